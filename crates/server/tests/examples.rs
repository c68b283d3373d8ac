//! Every `broker.yaml` below `examples/` is loaded as it stands: no mistake, and no risk but those that it takes on
//! purpose.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
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
