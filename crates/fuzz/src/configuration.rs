//! Any text as `broker.yaml`: it is taken, or refused with places that lie in the file.

use std::{io, path::Path, sync::LazyLock};

use chrono::{DateTime, Utc};
use vestibule_server::config::{Config, Surroundings};

use crate::{genuine, splice::splice};

/// How many genuine files there are.
pub const STARTS: usize = 1;

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| vec![BROKER.as_bytes().to_vec()]);

const BROKER: &str = "\
public_url: https://sso.acme.test
store: sqlite:vestibule.db
upstreams:
  adfs:
    preset: adfs
    saml: { metadata_file: idp.xml }
apps:
  atlassian:
    preset: atlassian-cloud
    saml:
      entity_id: https://auth.atlassian.test/saml/1
      acs_url: https://auth.atlassian.test/login/callback?connection=saml-1
networks: { office: [203.0.113.0/24] }
factors: { totp: {}, backup_code: {} }
policy:
  - { name: Office, when: { networks: [office] }, skip: true }
  - { name: Everybody, require: { factors: [totp, backup_code] } }
notify: { smtp: { host: mail.acme.test, from: sso@acme.test } }
";

/// Reads it, with all files and variables that it may name.
///
/// # Panics
/// If it is refused without a reason, or for a place outside of the file.
pub fn run(script: &[u8]) -> bool {
    let file = splice(&GENUINE, script);
    // A carriage return by itself ends a line too (YAML 1.2.2, 5.4).
    let lines = file.split(|byte| matches!(byte, b'\n' | b'\r')).count();
    let machine = Machine { file };
    match Config::load_from(Path::new(FILE), &machine) {
        Ok(_) => true,
        Err(refused) => {
            assert!(!refused.mistakes.is_empty(), "refused without a reason");
            for mistake in &refused.mistakes {
                let line = mistake.place().line;
                assert!(line <= lines + 1, "line {line} of {lines}: {mistake}");
            }
            false
        }
    }
}

const FILE: &str = "/etc/vestibule/broker.yaml";

/// A machine with the file, and the same content behind every other path that looks like metadata.
struct Machine {
    file: Vec<u8>,
}

impl Surroundings for Machine {
    fn has_folder(&self, path: &Path) -> bool {
        Some(path) == Path::new(FILE).parent()
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        self.read(path).map(|_| 0o100_600)
    }

    fn now(&self) -> DateTime<Utc> {
        genuine::now()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        static METADATA: LazyLock<String> = LazyLock::new(genuine::idp_metadata);
        if path == Path::new(FILE) {
            Ok(self.file.clone())
        } else if path.extension().is_some_and(|it| it == "xml") {
            Ok(METADATA.clone().into_bytes())
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == vestibule_server::config::MASTER_KEY_VARIABLE)
            .then(|| "c2l4dHkgZm91ciBieXRlcyBvZiBub3RoaW5nIGJ1dCA=".to_owned())
    }
}
