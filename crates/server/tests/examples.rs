//! Every `broker.yaml` below `examples/` is loaded as it stands: no mistake, and no risk but those that it takes on
//! purpose; and `vestibule check` says so, in a folder in which the reader did what the page says.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use chrono::{DateTime, Utc};
use vestibule_server::config::{Config, Finding, Surroundings, ThisMachine};

/// The folders, and the codes of the risks that each takes.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("atlassian-cloud", &[]),
    ("jira-data-center-oidc", &[]),
    ("jira-data-center-saml", &[]),
    ("keycloak", &["no_way_back"]),
    ("oidc-client", &[]),
];

/// This machine, after the reader did what the page says: what is not in the repository is there, and is private.
struct Prepared;

impl Surroundings for Prepared {
    fn has_folder(&self, _: &Path) -> bool {
        true
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        if path.exists() {
            ThisMachine.mode(path)
        } else {
            Ok(0o600)
        }
    }

    fn now(&self) -> DateTime<Utc> {
        ThisMachine.now()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path.exists() {
            ThisMachine.read(path)
        } else {
            Ok(b"made by the reader of the page".to_vec())
        }
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

#[test]
fn examples_load() {
    let mut found = BTreeMap::new();
    for entry in folder()
        .read_dir()
        .expect("there are examples")
        .map(Result::unwrap)
    {
        let file = entry.path().join("broker.yaml");
        assert!(
            entry.path().join("README.md").is_file(),
            "{}",
            entry.path().display()
        );
        let (_, risks) = Config::load_from(&file, &Prepared).unwrap_or_else(|refused| {
            let told: Vec<String> = refused.mistakes.iter().map(Finding::to_string).collect();
            panic!("{}", told.join("\n"))
        });
        let codes: Vec<&str> = risks.iter().map(|risk| risk.code).collect();
        found.insert(entry.file_name().into_string().unwrap(), codes);
    }
    let expected = EXAMPLES
        .iter()
        .map(|(name, codes)| ((*name).to_owned(), codes.to_vec()));
    assert_eq!(found, expected.collect());
}

#[test]
fn vestibule_check_takes_each_example_and_none_that_is_broken() {
    for (name, risks) in EXAMPLES {
        let text = fs::read_to_string(folder().join(name).join("broker.yaml")).unwrap();
        let checked = check(&text);
        let told = String::from_utf8_lossy(&checked.stdout);
        assert!(checked.status.success(), "{name}: {told}");
        let expect = match risks.len() {
            0 => "no mistakes, no risks".to_owned(),
            1 => "no mistakes, 1 risk".to_owned(),
            many => format!("no mistakes, {many} risks"),
        };
        assert!(told.contains(&expect), "{name}: {told}");

        let broken = text.replacen("\napps:", "\napplications:", 1);
        assert_ne!(broken, text, "{name} has applications");
        assert!(!check(&broken).status.success(), "{name}");
    }
}

/// What `vestibule check` says of this configuration, beside the files that it names.
fn check(broker_yaml: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broker.yaml"), broker_yaml).unwrap();
    let named = broker_yaml.split("_file: ").skip(1);
    for name in named.filter_map(|rest| rest.split([' ', ',', '}', '\n']).next()) {
        let file = folder.path().join(name);
        fs::write(&file, "drawn at random by the reader of the page").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let mut vestibule = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    let vestibule = vestibule.arg("check").current_dir(folder.path());
    vestibule.env_remove("VESTIBULE_CONFIG").output().unwrap()
}

/// What both sides must say alike.
#[test]
fn the_client_of_the_oidc_example_is_the_one_that_is_registered() {
    let file = |name| fs::read_to_string(folder().join("oidc-client").join(name)).unwrap();
    let (yaml, client) = (file("broker.yaml"), file("oauth2-proxy.cfg"));
    for (ours, theirs) in [
        ("public_url: ", "oidc_issuer_url = "),
        ("redirect_uris: ", "redirect_url = "),
        ("client_secret_file: ", "client_secret_file = "),
    ] {
        let ours = yaml
            .split_once(ours)
            .and_then(|(_, rest)| rest.lines().next());
        let theirs = client
            .split_once(theirs)
            .and_then(|(_, rest)| rest.lines().next());
        assert_eq!(ours, theirs.map(|it| it.trim_matches('"')));
        assert!(ours.is_some());
    }
    assert!(yaml.contains("\n  proxy:\n") && client.contains("client_id = \"proxy\""));
}

/// A page that names a file or a rule that is not there any more misleads its reader.
#[test]
fn the_page_of_the_keycloak_example_names_what_is_there() {
    let folder = folder().join("keycloak");
    let page = fs::read_to_string(folder.join("README.md")).unwrap();
    let yaml = fs::read_to_string(folder.join("broker.yaml")).unwrap();
    let realm = fs::read_to_string(folder.join("acme-realm.json")).unwrap();
    for rule in yaml
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- name: "))
    {
        assert!(page.contains(&format!("*{rule}*")), "{rule}");
    }
    for name in ["alice", "bob", "carol", "dora"] {
        assert!(page.contains(&format!("`{name}`")), "{name}");
        assert!(realm.contains(&format!("\"{name}-password\"")), "{name}");
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}
