//! A whole broker in process: a real configuration file, a real SQLite store, real factors.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    rc::Rc,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
};

use actix_http::Request;
use actix_web::{App, dev::ServiceResponse, middleware, test, web::Data};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::LocalBoxFuture;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tempfile::TempDir;
use tokio::task::JoinSet;
use vestibule_core::port::Clock;
use vestibule_server::{
    config::Config,
    http::{self, Site, contain, harden},
    upkeep::Upkeep,
    wiring::{self, ambient::SystemEntropy},
};
use vestibule_upstream::local::hash_password;

use super::{Browser, app_key, app_signer};
use crate::shared::messages::idp_metadata;

const CONFIGURATION: &str = r#"
public_url: http://localhost:8080
store: sqlite:vestibule.db
upstreams:
  adfs: { label: Acme, preset: adfs, saml: { metadata_file: idp.xml } }
  local: { label: Emergency, local: { people: { admin: { password_hash_file: admin.hash, mail: admin@acme.example } } } }
apps:
  atlassian:
    label: Jira
    preset: atlassian-cloud
    saml: { entity_id: "https://auth.atlassian.example/saml/1", acs_url: "https://auth.atlassian.example/login/callback?connection=saml-1" }
routing:
  - { when: { email_domain: [acme.example] }, to: adfs }
  - { choose: [adfs, local] }
policy:
  - { name: Leavers, when: { groups: [leavers] }, deny: true }
  - { name: Kiosk, when: { groups: [kiosk] }, skip: true }
  - { name: Everyone, require: { factors: [totp, backup_code] } }
"#;

/// Relying parties: `portal` and `other` have a secret, `pad` is an app on a telephone, `sheet` a script in a browser.
const PARTIES: &str = r#"
  portal:
    label: Portal
    oidc:
      redirect_uris: ["https://portal.example/callback", "https://portal.example/second?tenant=1&x=%2f"]
      client_secret_file: portal.secret
      scopes: [profile, email, groups]
      offline_access: true
      post_logout_redirect_uris: "https://portal.example/bye"
      front_channel_logout_uri: "https://portal.example/front"
      back_channel_logout_uri: "https://portal.example/back"
  other:
    oidc: { client_id: other-client, redirect_uris: "https://other.example/callback", client_auth: client_secret_post, client_secret_file: portal.secret, danger_pkce_optional: true, front_channel_logout_uri: "https://other.example/front", post_logout_redirect_uris: "https://other.example/bye" }
  pad:
    oidc: { client_auth: none, native: true, redirect_uris: "http://127.0.0.1/callback" }
  sheet:
    oidc: { client_auth: none, redirect_uris: "https://sheet.example/callback", post_logout_redirect_uris: "https://sheet.example/bye" }
"#;

/// Another SAML application.
const WIKI: &str = r#"  wiki:
    saml: { entity_id: "https://wiki.example/sp", acs_url: "https://wiki.example/acs", slo_url: "https://wiki.example/slo", certificate_file: signer.pem }
"#;

/// The secret of `portal` and `other`.
pub(crate) const SECRET: &str = "R3tuuWU1BzFDnN0GoWYFmBUEeVL0SYVVvHm9ESV5L4I";

/// The system's clock, put forward.
#[derive(Default)]
struct Wound(AtomicI64);

impl Clock for Wound {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }
}

/// The password of the local account `admin`.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Takes a request all the way to its answer.
type Service = Box<dyn Fn(Request) -> LocalBoxFuture<'static, ServiceResponse>>;

/// A broker and the folder that it lives in.
pub(crate) struct House {
    service: Service,
    site: Data<Site>,
    upkeep: Option<Upkeep>,
    clock: Arc<Wound>,
    folder: TempDir,
}

impl House {
    pub(crate) async fn build() -> Self {
        Self::configured(CONFIGURATION).await
    }

    /// One where these factors count for everyone.
    pub(crate) async fn accepting(factors: &str) -> Self {
        Self::configured(&CONFIGURATION.replace("[totp, backup_code]", factors)).await
    }

    /// Both sides encrypt; CBC is accepted.
    pub(crate) async fn encrypting() -> Self {
        let change = |text: &str, from: &str, to: &str| {
            assert_eq!(text.matches(from).count(), 1, "{from}");
            text.replacen(from, to, 1)
        };
        let upstream = "metadata_file: idp.xml, offer_encryption: true, danger_accept_cbc: true";
        let text = change(CONFIGURATION, "metadata_file: idp.xml", upstream);
        let app = "encrypt_assertions: true, encryption_certificate_file: app.pem, acs_url:";
        Self::configured(&change(&text, "acs_url:", app)).await
    }

    /// One whose application is of no known kind.
    pub(crate) async fn generic() -> Self {
        Self::configured(&CONFIGURATION.replacen("atlassian-cloud", "generic", 1)).await
    }

    /// One whose application has these settings more below `saml`.
    pub(crate) async fn with_saml(more: &str) -> Self {
        let text = CONFIGURATION.replacen("acs_url:", &format!("{more}, acs_url:"), 1);
        Self::configured(&text).await
    }

    /// One whose SAML applications sign people out: Jira, a wiki, and relying parties.
    pub(crate) async fn signing_out() -> Self {
        Self::configured(&Self::with_sign_offs(CONFIGURATION)).await
    }

    /// The same, where each logout goes on to the identity provider.
    pub(crate) async fn signing_out_there() -> Self {
        let there = CONFIGURATION.replacen("preset: adfs,", "preset: adfs, logout: always,", 1);
        Self::configured(&Self::with_sign_offs(&there)).await
    }

    fn with_sign_offs(configuration: &str) -> String {
        let jira = "slo_url: \"https://auth.atlassian.example/slo\", certificate_file: signer.pem, acs_url:";
        let text = configuration.replacen("acs_url:", jira, 1);
        let apps = format!("{PARTIES}{WIKI}routing:");
        text.replacen("\nrouting:", &apps, 1)
    }

    /// One with relying parties beside the application that speaks SAML.
    pub(crate) async fn with_parties() -> Self {
        Self::configured(&CONFIGURATION.replacen("\nrouting:", &format!("{PARTIES}routing:"), 1))
            .await
    }

    /// The same, where `portal` is called on this port when a session ends.
    pub(crate) async fn calling(port: u16) -> Self {
        let here = format!("http://127.0.0.1:{port}/back");
        let apps = PARTIES.replacen("https://portal.example/back", &here, 1);
        Self::configured(&CONFIGURATION.replacen("\nrouting:", &format!("{apps}routing:"), 1)).await
    }

    /// One that asks an OpenID provider, too: for everybody of `corp.example`.
    pub(crate) async fn with_provider(issuer: &str) -> Self {
        Self::configured(&Self::asking(issuer)).await
    }

    /// The same, with relying parties, where both providers are believed about a second factor for ten minutes, and Jira is
    /// told of one, too.
    pub(crate) async fn believing(issuer: &str) -> Self {
        let mut text = Self::asking(issuer);
        for (from, to) in [
            (
                "preset: adfs,",
                "preset: adfs, second_factor: { contexts: \"https://refeds.org/profile/mfa\", max_age: 10m },",
            ),
            (
                "corp: {",
                "corp: { second_factor: { methods: mfa, max_age: 10m },",
            ),
            (
                "factors: [totp, backup_code]",
                "factors: [totp, backup_code], accept_upstream: true",
            ),
            (
                "acs_url:",
                "authn_context: \"https://refeds.org/profile/mfa\", acs_url:",
            ),
            ("\nrouting:", &format!("{PARTIES}routing:")),
        ] {
            assert_eq!(text.matches(from).count(), 1, "{from}");
            text = text.replacen(from, to, 1);
        }
        Self::configured(&text).await
    }

    fn asking(issuer: &str) -> String {
        let upstream = format!(
            "upstreams:\n  corp: {{ oidc: {{ issuer: \"{issuer}\", client_id: vestibule, client_authentication: public, algorithms: ES256, userinfo: false }} }}\n"
        );
        let route = "routing:\n  - { when: { email_domain: [corp.example] }, to: corp }\n";
        CONFIGURATION
            .replacen("upstreams:\n", &upstream, 1)
            .replacen("routing:\n", route, 1)
    }

    /// So many seconds pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn configured(configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("idp.xml"), idp_metadata()).unwrap();
        write_hash(&path("admin.hash"));
        fs::write(path("app.pem"), pem(app_key().certificate_der())).unwrap();
        fs::write(path("signer.pem"), pem(app_signer().certificate_der())).unwrap();
        write_private(&path("portal.secret"), SECRET);
        fs::write(path("broker.yaml"), configuration).unwrap();
        let clock = Arc::new(Wound::default());
        let broker = broker_of(&path("broker.yaml"), clock.clone()).await;
        Self {
            service: service_of(&broker).await,
            site: broker.app,
            upkeep: Some(broker.upkeep),
            clock,
            folder,
        }
    }

    /// Somebody's browser, which has seen nothing yet.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::in_front_of(self)
    }

    /// What its handlers share.
    pub(crate) fn site(&self) -> Data<Site> {
        self.site.clone()
    }

    /// Begins what a broker that serves does from time to time; it ends when the set is dropped.
    pub(crate) fn look_after(&mut self) -> JoinSet<()> {
        self.upkeep.take().unwrap().start()
    }

    /// What an administrator's command on the same store prints.
    pub(crate) fn command(&self, line: &str) -> String {
        let done = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(line.split(' '))
            .arg("--config")
            .arg(self.folder.path().join("broker.yaml"))
            .output()
            .unwrap();
        assert!(done.status.success(), "{line}: {done:?}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// What the broker answers.
    pub(super) async fn answer(&self, request: Request) -> ServiceResponse {
        (self.service)(request).await
    }
}

/// A certificate as a file.
fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// The hash of [`PASSWORD`], made as `vestibule user hash-password` makes it; only its owner may read it.
fn write_hash(path: &Path) {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| hash_password(&PASSWORD.into(), &SystemEntropy).unwrap());
    write_private(path, hash);
}

fn write_private(path: &Path, content: &str) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

async fn broker_of(path: &Path, clock: Arc<dyn Clock>) -> wiring::Broker {
    let (config, _) = Config::load(path).unwrap_or_else(|refused| panic!("{refused}"));
    wiring::broker_with_clock(&config, metrics(), clock)
        .await
        .unwrap()
}

async fn service_of(broker: &wiring::Broker) -> Service {
    let app = App::new()
        .configure(http::routes(broker.app.clone()))
        .wrap(middleware::from_fn(contain))
        .wrap(middleware::from_fn(harden));
    let service = Rc::new(test::init_service(app).await);
    Box::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            test::call_service(&*service, request)
                .await
                .map_into_boxed_body()
        })
    })
}

fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| PrometheusBuilder::new().build_recorder().handle())
        .clone()
}
