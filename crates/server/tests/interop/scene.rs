//! Everything that a login needs: Keycloak, a Vestibule with an empty store, the stand-in application, and a look at
//! the record of decisions.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::Utc;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, OwnedMutexGuard};
use url::Url;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    key::KeyPurpose,
    port::{AuditFilter, AuditLog, KeptKey, Keys},
};
use vestibule_demo::{Broker, Places, Running, Stage};
use vestibule_saml::crypto::{
    DecryptionKey,
    generate::{CertificateProfile, RsaSize},
};
use vestibule_server::wiring::open_store;
use vestibule_testkit::{browser::Browser, free_port, keycloak::Keycloak, postgres::Postgres};

use crate::{
    administrator::{self, Administrator},
    example,
    vestibule::{Vestibule, load},
};

/// The secret that Keycloak's client and ours share in this run.
const CLIENT_SECRET: &str = "a secret of this run";

/// What Vestibule's own keys are for that Keycloak remembers.
const PURPOSES: [KeyPurpose; 3] = [
    KeyPurpose::OpenIdRs256,
    KeyPurpose::SamlIdentityProvider,
    KeyPurpose::SamlServiceProvider,
];

/// The realm that encrypts.
const SEALED: &str = "sealed";

/// What is there once for the run.
struct Shared {
    keycloak: Keycloak,
    /// What the realm [`SEALED`] encrypts for.
    decryption_key: DecryptionKey,
    port: u16,
    turn: Arc<Mutex<Turn>>,
}

/// Who holds it has the port. With it go the keys of the first Vestibule: Keycloak keeps them in its cache.
#[derive(Default)]
struct Turn {
    keys: Vec<KeptKey>,
}

/// Which store a Vestibule is given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Store {
    Postgres,
    Sqlite,
}

/// One test's world. Fields are dropped in this order: the turn ends last.
pub(crate) struct Scene {
    /// The stand-in application.
    pub(crate) application: Running,
    vestibule: Vestibule,
    file: PathBuf,
    keycloak: &'static Keycloak,
    _folder: TempDir,
    _turn: OwnedMutexGuard<Turn>,
}

impl Scene {
    /// Waits for the turn, then sets everything up.
    pub(crate) async fn set(store: Store) -> Self {
        Self::build(store, Variant::AsItStands).await
    }

    /// As [`Scene::set`]; Keycloak encrypts its assertions.
    pub(crate) async fn set_with_encryption(store: Store) -> Self {
        Self::build(store, Variant::Encryption).await
    }

    /// As [`Scene::set`]; Vestibule is given the wiki's metadata in place of two lines by hand.
    pub(crate) async fn set_with_metadata_of_the_wiki(store: Store) -> Self {
        let path = "/realms/wiki/broker/vestibule/endpoint/descriptor";
        let metadata = fetch(shared().keycloak.realm(), path).await;
        Self::build(store, Variant::MetadataOfTheWiki(metadata)).await
    }

    /// As [`Scene::set`]; each logout goes on to Keycloak.
    pub(crate) async fn set_with_logout_there(store: Store) -> Self {
        Self::build(store, Variant::LogoutThere).await
    }

    /// As [`Scene::set`]; Keycloak is believed about a second factor if it says this `acr`.
    pub(crate) async fn set_believing(acr: &'static str) -> Self {
        Self::build(Store::Sqlite, Variant::Believing(acr)).await
    }

    /// As [`Scene::set`], with these applications, too.
    pub(crate) async fn set_with(applications: Applications) -> Self {
        Self::build(Store::Sqlite, Variant::Applications(applications)).await
    }

    async fn build(store: Store, variant: Variant) -> Self {
        let shared = shared();
        let mut turn = shared.turn.clone().lock_owned().await;
        let stage = Stage::bind(Places::ephemeral()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let keys = variant.keys();
        let file = write_files(folder.path(), shared, store, &stage, variant);
        keep(&file, &turn.keys).await;
        for purpose in keys {
            run(&file, &["key", "create", "--purpose", purpose]);
        }
        let vestibule = Vestibule::start(&file);
        if turn.keys.is_empty() {
            turn.keys = kept(&file).await;
        }
        let public_url = vestibule.config.server.public_url.clone();
        let broker = Broker {
            idp_metadata: fetch(&public_url, "/saml/metadata").await,
            sp_metadata: fetch(&public_url, "/upstream/keycloak-saml/saml/metadata").await,
            oidc_redirect_uri: public_url
                .join("/upstream/keycloak-oidc/oidc/callback")
                .unwrap()
                .into(),
            public_url,
        };
        Self {
            application: stage.start(&broker).unwrap(),
            vestibule,
            file,
            keycloak: &shared.keycloak,
            _folder: folder,
            _turn: turn,
        }
    }

    /// Stops Vestibule and starts it again on its store.
    pub(crate) fn restart(&mut self) {
        self.vestibule.stop();
        self.vestibule = Vestibule::start(&self.file);
    }

    /// Gives the realm `acme` a new signing key, as its administrator would; the old one signs no more.
    pub(crate) async fn rotate_keys_of_keycloak(&self) {
        // Above the priority of all keys before it.
        static PRIORITY: AtomicU32 = AtomicU32::new(200);
        let priority = PRIORITY.fetch_add(1, Ordering::Relaxed).to_string();
        let key = json!({
            "name": format!("key {priority}"),
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "config": {
                "priority": [priority], "enabled": ["true"], "active": ["true"],
                "keySize": ["2048"], "algorithm": ["RS256"],
            },
        });
        self.administrator()
            .await
            .makes("/acme/components", &key)
            .await;
    }

    /// Keycloak's administrator.
    pub(crate) async fn administrator(&self) -> Administrator {
        Administrator::of(self.keycloak.realm()).await
    }

    /// Runs `vestibule` beside the one that serves; what it printed.
    pub(crate) fn vestibule_does(&self, words: &[&str]) -> String {
        run(&self.file, words)
    }

    /// Ends everybody's session with us, as an administrator would; those with Keycloak go on.
    pub(crate) fn ends_sessions(&self) {
        self.vestibule_does(&["session", "revoke", "--all"]);
    }

    /// Puts a new key of ours in the place of the one that serves this purpose; the old one stays known.
    pub(crate) fn replaces_key(&self, purpose: &str) {
        self.vestibule_does(&["key", "create", "--purpose", purpose]);
        let keys = self.vestibule_does(&["key", "list", "--json"]);
        let keys: Value = serde_json::from_str(&keys).unwrap();
        let fresh = keys.as_array().into_iter().flatten();
        let fresh = fresh.filter(|key| key["purpose"] == purpose && key["state"] == "published");
        let ids: Vec<&str> = fresh.filter_map(|key| key["id"].as_str()).collect();
        let [id] = ids.as_slice() else {
            panic!("{keys}")
        };
        self.vestibule_does(&["key", "promote", id]);
    }

    /// An address of Vestibule.
    pub(crate) fn vestibule(&self, path: &str) -> Url {
        self.vestibule.config.server.public_url.join(path).unwrap()
    }

    /// An address of Keycloak.
    pub(crate) fn keycloak(&self, path: &str) -> Url {
        self.keycloak.realm().join(path).unwrap()
    }

    /// Where a login at the stand-in application begins.
    pub(crate) fn application(&self) -> &Url {
        &self.application.facts().application.jira.login_url
    }

    /// What Vestibule says at one of its own addresses.
    pub(crate) async fn metadata(&self, path: &str) -> String {
        fetch(&self.vestibule.config.server.public_url, path).await
    }

    /// The records of this kind, newest last. The chain must be whole whenever somebody looks.
    pub(crate) async fn records(&self, event: AuditEvent) -> Vec<AuditRecord> {
        let store = open_store(&self.vestibule.config).await.unwrap();
        assert_eq!(store.verify_chain().await.unwrap().fault, None);
        let filter = AuditFilter {
            most: 1000,
            ..AuditFilter::default()
        };
        let entries = store.entries(&filter).await.unwrap();
        let records = entries.into_iter().map(|entry| entry.record);
        records.filter(|record| record.event == event).collect()
    }

    /// The rule that decided the last login, and how it ended.
    pub(crate) async fn last_login(&self) -> (Option<String>, AuditResult) {
        let last = self.records(AuditEvent::Login).await.pop();
        let last = last.expect("a login was recorded");
        (last.rule, last.result)
    }
}

/// Where Vestibule answers in this run, whichever test has the turn; without a slash at its end.
pub(crate) fn vestibule_url() -> String {
    format!("http://localhost:{}", shared().port)
}

/// Where Keycloak answers.
pub(crate) fn keycloak_url(path: &str) -> String {
    shared().keycloak.realm().join(path).unwrap().into()
}

/// What stands at this address.
pub(crate) async fn read(url: &Url) -> String {
    fetch(url, "").await
}

/// Applications as `broker.yaml` names them, the files that they need, and the keys of ours besides the usual ones.
pub(crate) struct Applications {
    /// Below `apps`.
    pub(crate) yaml: String,
    pub(crate) files: Vec<(&'static str, String)>,
    pub(crate) keys: &'static [&'static str],
}

impl Applications {
    /// Those that need no keys of their own.
    pub(crate) fn new(yaml: String, files: Vec<(&'static str, String)>) -> Self {
        Self {
            yaml,
            files,
            keys: &[],
        }
    }
}

/// What differs from the example.
enum Variant {
    Applications(Applications),
    AsItStands,
    Believing(&'static str),
    Encryption,
    LogoutThere,
    MetadataOfTheWiki(String),
}

impl Variant {
    fn keys(&self) -> &'static [&'static str] {
        match self {
            Self::Applications(applications) => applications.keys,
            Self::AsItStands
            | Self::Believing(_)
            | Self::Encryption
            | Self::LogoutThere
            | Self::MetadataOfTheWiki(_) => &[],
        }
    }
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let port = free_port().unwrap();
        let [acme, wiki] = ["acme", "wiki"].map(|name| example::realm(name, port));
        let profile = CertificateProfile::starting(Utc::now(), "Vestibule");
        let decryption_key = DecryptionKey::generate(RsaSize::Bits2048, &profile).unwrap();
        let sealed = example::encrypting_realm(SEALED, port, decryption_key.certificate_der());
        let [username, password] = administrator::ACCOUNT;
        let keycloak = Keycloak::import(
            &[("acme", &acme), ("wiki", &wiki), (SEALED, &sealed)],
            &[
                ("VESTIBULE_CLIENT_SECRET", CLIENT_SECRET),
                ("KC_BOOTSTRAP_ADMIN_USERNAME", username),
                ("KC_BOOTSTRAP_ADMIN_PASSWORD", password),
            ],
        );
        Shared {
            keycloak: keycloak.unwrap(),
            decryption_key,
            port,
            turn: Arc::default(),
        }
    })
}

/// The example's `broker.yaml`, with the stand-in as one more application, and what it names.
fn write_files(
    folder: &Path,
    shared: &Shared,
    store: Store,
    stage: &Stage,
    variant: Variant,
) -> PathBuf {
    let service = &stage.facts().application.jira;
    let mut app = format!(
        "  jira:\n    label: Jira\n    preset: atlassian-cloud\n    saml: {{ entity_id: \"{}\", acs_url: \"{}\" }}\n",
        service.entity_id, service.acs_url
    );
    if let Variant::Applications(more) = &variant {
        app.push_str(&more.yaml);
        for (name, content) in &more.files {
            write_secret(&folder.join(name), content);
        }
    }
    let postgres = || {
        let url = Postgres::shared().unwrap().create_database().unwrap();
        format!("store: {url}\nsecrets: {{ master_key_file: master.key }}\n")
    };
    let store = match store {
        Store::Postgres => Some(postgres()),
        Store::Sqlite => None,
    };
    let keycloak = shared.keycloak.realm().port().unwrap();
    let mut yaml = example::broker_yaml(shared.port, keycloak, store.as_deref(), &app);
    match variant {
        Variant::Applications(_) | Variant::AsItStands => {}
        Variant::Believing(acr) => yaml = example::believing(&yaml, acr),
        Variant::Encryption => {
            let key = shared.decryption_key.to_pkcs8_der().unwrap();
            let key = pem("PRIVATE KEY", &key);
            let certificate = pem("CERTIFICATE", shared.decryption_key.certificate_der());
            write_secret(&folder.join("decrypt.pem"), &format!("{key}{certificate}"));
            yaml = example::with_encryption(&yaml, SEALED, "decrypt.pem");
        }
        Variant::LogoutThere => yaml = example::with_logout_there(&yaml),
        Variant::MetadataOfTheWiki(metadata) => {
            fs::write(folder.join("wiki.xml"), metadata).unwrap();
            yaml = example::with_metadata_of_the_wiki(&yaml, "wiki.xml");
        }
    }
    write_secret(&folder.join("client-secret"), CLIENT_SECRET);
    let file = folder.join("broker.yaml");
    fs::write(&file, yaml).unwrap();
    file
}

/// Runs `vestibule` over this file.
fn run(file: &Path, words: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    let output = program.arg("--config").arg(file).args(words);
    let output = output.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn write_secret(path: &Path, secret: &str) {
    fs::write(path, secret).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// Gives a new store the keys of the run, as an administrator who moves a database would.
async fn keep(file: &Path, keys: &[KeptKey]) {
    if keys.is_empty() {
        return;
    }
    let store = open_store(&load(file)).await.unwrap();
    for key in keys {
        let now = key.record.created_at;
        let audit = AuditRecord::new(now, AuditEvent::Administration, AuditResult::Success);
        let seen = store.key_revision().await.unwrap();
        store.add_key(seen, key.clone(), audit).await.unwrap();
    }
}

async fn kept(file: &Path) -> Vec<KeptKey> {
    let store = open_store(&load(file)).await.unwrap();
    let keys = store.keys().await.unwrap().keys;
    let kept: Vec<_> = keys
        .into_iter()
        .filter(|key| PURPOSES.contains(&key.record.purpose))
        .collect();
    assert_eq!(kept.len(), PURPOSES.len());
    kept
}

async fn fetch(from: &Url, path: &str) -> String {
    let url = from.join(path).unwrap();
    let page = Browser::new().unwrap().get(&url).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.unlike("no metadata"));
    page.body
}
