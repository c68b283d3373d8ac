//! A whole Vestibule between the demo's stand-ins, with a clock that a test can put forward.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
};

use actix_web::{dev::ServerHandle, rt::System};
use chrono::{DateTime, TimeDelta, Utc};
use metrics_exporter_prometheus::PrometheusHandle;
use tempfile::TempDir;
use url::Url;
use vestibule_core::port::Clock;
use vestibule_demo::{Broker, Facts, Places, Stage};
use vestibule_server::{
    config::Config,
    http::{install_metrics, serve},
    wiring::{self, ambient::SystemEntropy},
};
use vestibule_testkit::free_port;
use vestibule_upstream::local::hash_password;

use super::neighbour::Neighbour;

/// The password of the account `admin` of our own.
pub(crate) const ADMIN_PASSWORD: &str = "correct horse battery";

/// A broker, its stand-ins and its folder; all of it stops when this is dropped.
pub(crate) struct House {
    /// The stand-ins.
    pub(crate) facts: Facts,
    /// Where Notes is, if it is there.
    neighbour: Option<String>,
    public_url: Url,
    clock: Arc<Wound>,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
    folder: TempDir,
}

/// What a house has beyond what all have.
#[derive(Clone, Copy)]
struct Plan {
    /// What the last rule asks for.
    factors: &'static str,
    has_neighbour: bool,
}

/// The system's clock, put forward.
#[derive(Default)]
struct Wound(AtomicI64);

impl Clock for Wound {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }
}

impl House {
    /// With the rules of the demo, and accounts of our own beside its identity provider; authenticator apps and backup
    /// codes are what counts.
    pub(crate) fn open() -> Self {
        Self::asking_for("totp, backup_code")
    }

    /// The same, with these factors.
    pub(crate) fn asking_for(factors: &'static str) -> Self {
        Self::planned(Plan {
            factors,
            has_neighbour: false,
        })
    }

    /// The same with one application for each way in which a logout is told: Notes in a frame, the wiki by the browser,
    /// which does not come back by itself, and Jira not at all. A link leads to Jira.
    pub(crate) fn with_neighbour() -> Self {
        Self::planned(Plan {
            factors: "totp, backup_code",
            has_neighbour: true,
        })
    }

    fn planned(plan: Plan) -> Self {
        // Somebody may take the port between the look and the start; not three times in a row.
        Self::try_open(plan)
            .or_else(|_| Self::try_open(plan))
            .or_else(|_| Self::try_open(plan))
            .unwrap()
    }

    fn try_open(plan: Plan) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("broker.yaml");
        let port = free_port().unwrap();
        let clock = Arc::new(Wound::default());
        let (started, start) = mpsc::channel();
        let for_thread = clock.clone();
        let thread = thread::spawn(move || {
            System::with_tokio_rt(|| {
                let runtime = tokio::runtime::Builder::new_multi_thread();
                { runtime }.worker_threads(2).enable_all().build().unwrap()
            })
            .block_on(run(
                &file,
                port,
                plan,
                for_thread,
                |facts, neighbour, server| {
                    started.send((facts, neighbour, server)).unwrap();
                },
            ));
        });
        match start.recv() {
            Ok((facts, neighbour, server)) => Ok(Self {
                facts,
                neighbour,
                public_url: Url::parse(&format!("http://localhost:{port}")).unwrap(),
                clock,
                server,
                thread: Some(thread),
                folder,
            }),
            Err(_) => Err(format!("Vestibule did not start: {:?}", thread.join())),
        }
    }

    /// An address of the broker.
    pub(crate) fn at(&self, path: &str) -> Url {
        self.public_url.join(path).unwrap()
    }

    /// Where a login to Jira begins.
    pub(crate) fn jira(&self) -> &Url {
        &self.facts.application.jira.login_url
    }

    /// Where a login to the wiki begins.
    pub(crate) fn wiki(&self) -> &Url {
        &self.facts.application.wiki.login_url
    }

    /// Where a login to Notes begins.
    pub(crate) fn notes(&self) -> Url {
        let at = self.neighbour.as_ref().expect("there is a neighbour");
        let mut request = self.at("/oauth2/authorize");
        request.query_pairs_mut().extend_pairs([
            ("client_id", "notes"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", &format!("{at}/in")),
        ]);
        request
    }

    /// What the broker takes for the present.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Lets time pass for the broker, and for nobody else.
    pub(crate) fn lets_pass(&self, time: TimeDelta) {
        self.clock
            .0
            .fetch_add(time.num_seconds(), Ordering::Relaxed);
    }

    /// Ends everybody's session.
    pub(crate) fn ends_sessions(&self) {
        self.administrator(&["session", "revoke", "--all"]);
    }

    /// What an administrator does at the command line, and what is printed.
    pub(crate) fn administrator(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["--config", "broker.yaml"])
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // The command is sent by the call; the thread ends when it was carried out.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn run(
    file: &Path,
    port: u16,
    plan: Plan,
    clock: Arc<Wound>,
    started: impl FnOnce(Facts, Option<String>, ServerHandle),
) {
    let stage = Stage::bind(Places::ephemeral()).unwrap();
    let neighbour = plan.has_neighbour.then(Neighbour::open);
    let neighbours_url = neighbour.as_ref().map(|neighbour| neighbour.url.clone());
    write_files(file, stage.facts());
    let text = configuration(port, plan.factors, stage.facts(), neighbours_url.as_deref());
    fs::write(file, text).unwrap();
    let (config, _) = Config::load(file).unwrap_or_else(|refused| panic!("{refused}"));
    let broker = wiring::broker_with_clock(&config, metrics(), clock)
        .await
        .unwrap();
    let told = Broker {
        public_url: config.server.public_url.clone(),
        idp_metadata: broker.face.idp.metadata.clone(),
        sp_metadata: broker.face.sp_metadata.values().next().unwrap().clone(),
        oidc_redirect_uri: config.server.address("/none").into(),
    };
    let running = stage.start(&told).unwrap();
    let facts = running.facts().clone();
    serve(broker.app, broker.listener, |_, server| {
        started(facts, neighbours_url, server);
    })
    .await
    .unwrap();
    running.stop().await;
    if let Some(neighbour) = neighbour {
        neighbour.close().await;
    }
}

/// What stands beside the configuration.
fn write_files(file: &Path, facts: &Facts) {
    let beside = |name: &str| file.with_file_name(name);
    let metadata = &facts.identity_provider.saml_metadata;
    fs::write(beside("identity-provider.xml"), metadata).unwrap();
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| hash_password(&ADMIN_PASSWORD.into(), &SystemEntropy).unwrap());
    fs::write(beside("admin.hash"), hash).unwrap();
    fs::set_permissions(beside("admin.hash"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(beside("notes.secret"), "a secret that nobody brings here").unwrap();
    fs::set_permissions(beside("notes.secret"), fs::Permissions::from_mode(0o600)).unwrap();
    let signer = rcgen::generate_simple_self_signed([]).unwrap();
    fs::write(beside("wiki.pem"), signer.cert.pem()).unwrap();
}

fn configuration(port: u16, factors: &str, facts: &Facts, neighbour: Option<&str>) -> String {
    let mut apps: String = facts
        .application
        .services()
        .map(|app| {
            let besides = match (app.id, neighbour) {
                ("jira", Some(_)) => ", idp_initiated: { enabled: true, relay_states: [\"https://acme.atlassian.net\"] }".to_owned(),
                ("wiki", Some(at)) => format!(", slo_url: \"{at}/slo\", certificate_file: wiki.pem"),
                _ => String::new(),
            };
            format!(
                "  {}: {{ label: {}, preset: atlassian-cloud, saml: {{ entity_id: \"{}\", acs_url: \"{}\"{besides} }} }}\n",
                app.id, app.name, app.entity_id, app.acs_url
            )
        })
        .collect();
    if let Some(at) = neighbour {
        apps.push_str(&format!(
            "  notes: {{ label: Notes, oidc: {{ redirect_uris: \"{at}/in\", front_channel_logout_uri: \"{at}/out\", client_secret_file: notes.secret, danger_pkce_optional: true }} }}\n"
        ));
    }
    format!(
        r#"
public_url: "http://localhost:{port}"
listen: "127.0.0.1:{port}"
store: sqlite:vestibule.db
upstreams:
  acme:
    label: Acme account
    mail_domains: [acme.example]
    preset: adfs
    saml: {{ metadata_file: identity-provider.xml }}
  emergency:
    label: Emergency account
    mail_domains: [emergency.example]
    local: {{ people: {{ admin: {{ password_hash_file: admin.hash, mail: admin@emergency.example }} }} }}
apps:
{apps}
routing:
  - {{ when: {{ apps: [wiki], email_domain: [acme.example] }}, to: acme }}
  - {{ choose: [acme, emergency] }}
policy:
  - {{ name: Leavers are not let in, when: {{ groups: [leavers] }}, deny: true }}
  - {{ name: Kiosks have no second factor, when: {{ groups: [kiosk] }}, skip: true }}
  - {{ name: Everyone else, require: {{ factors: [{factors}] }} }}
branding: {{ product: Acme sign-in, support: "Call the helpdesk: 1234" }}
"#
    )
}

/// One recorder for the process.
fn metrics() -> PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS.get_or_init(|| install_metrics().unwrap()).clone()
}
