//! The command line as a whole: exit status and output, on a store of its own.

use std::{io, path::PathBuf};

use chrono::Utc;
use clap::CommandFactory;
use secrecy::SecretString;
use tempfile::TempDir;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    id::Reference,
    identity::PersonId,
    port::{Commit, Commits, PersonRecord},
};

use super::*;
use crate::wiring::open_store;

mod accounts;
mod checks;
mod explain;
mod factors;
mod keys;
mod metadata;
mod statuses;
mod texts;

/// A terminal that remembers, in front of which nobody sits.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) out: String,
    pub(super) err: String,
    typed: String,
    /// Nobody reads the output any more.
    unread: bool,
}

impl Terminal for Recorder {
    fn ask_password(&mut self, _: &str) -> io::Result<SecretString> {
        Ok(SecretString::from(self.typed.clone()))
    }

    fn complain(&mut self, text: &str) -> io::Result<()> {
        self.err.push_str(text);
        self.err.push('\n');
        Ok(())
    }

    fn input(&mut self) -> Box<dyn io::BufRead> {
        Box::new(io::Cursor::new(self.typed.clone().into_bytes()))
    }

    fn is_interactive(&self) -> bool {
        false
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        if self.unread {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.out.push_str(text);
        self.out.push('\n');
        Ok(())
    }
}

const CONFIG: &str = "\
public_url: http://localhost:8080
store: sqlite:vestibule.db
upstreams:
  adfs: { mail_domains: [acme.example], saml: { metadata_url: 'https://adfs.acme.example/m.xml' } }
  local: { local: { people: { carol: { password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b1dWRWJTmaaJObG' } } } }
apps:
  wiki: { saml: { entity_id: 'https://wiki.acme.example', acs_url: 'https://wiki.acme.example/acs' } }
networks: { office: [203.0.113.0/24] }
policy:
  - { name: Former staff, when: { groups: [former] }, deny: true }
  - { name: Office, when: { groups: [staff], networks: [office], upstreams: [adfs] }, skip: true }
  - { name: Everyone, require: { factors: [totp, backup_code] } }
notify: { file: mail }
";

/// A folder with a configuration, and what a command does in it.
struct Site {
    folder: TempDir,
}

impl Site {
    fn new(config: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("broker.yaml");
        std::fs::write(&file, config).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        Self { folder }
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("broker.yaml")
    }

    /// Runs a command line; words are parted by spaces.
    fn run(&self, line: &str) -> (Exit, Recorder) {
        self.run_typing(line, "")
    }

    fn run_typing(&self, line: &str, typed: &str) -> (Exit, Recorder) {
        let terminal = Recorder {
            typed: typed.into(),
            ..Recorder::default()
        };
        self.run_at(line, terminal)
    }

    fn run_at(&self, line: &str, mut terminal: Recorder) -> (Exit, Recorder) {
        let config = self.config();
        let words = ["vestibule", "--config", config.to_str().unwrap()];
        let words = words.into_iter().chain(line.split_whitespace());
        let exit = run(words, &mut terminal);
        (exit, terminal)
    }

    /// What a command prints that must end well.
    fn prints(&self, line: &str) -> String {
        let (exit, terminal) = self.run(line);
        assert_eq!(exit, Exit::Yes, "{line}: {}", terminal.err);
        terminal.out
    }
}

#[test]
fn the_arguments_are_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn exit_status_tells_yes_no_and_usage() {
    let site = Site::new(CONFIG);
    site.prints("migrate");
    let table = [
        ("check", Exit::Yes),
        ("--help", Exit::Yes),
        ("--version", Exit::Yes),
        ("", Exit::Usage),
        ("chekc", Exit::Usage),
        ("check --jsn", Exit::Usage),
        ("user show alice", Exit::Usage),
        ("policy explain --user alice --app wiki", Exit::Usage),
        ("policy explain --user adfs/alice --app jira", Exit::Usage),
        (
            "policy explain --user adfs/alice --enrolled sms",
            Exit::Usage,
        ),
        (
            "policy explain --user adfs/alice --evidence totp,sms",
            Exit::Usage,
        ),
        ("policy explain --user adfs/alice --groups former", Exit::No),
        ("user show adfs/nobody", Exit::No),
        ("audit verify", Exit::Yes),
    ];
    for (line, expect) in table {
        let (exit, terminal) = site.run(line);
        assert_eq!(exit, expect, "{line}: {}{}", terminal.out, terminal.err);
        assert!(exit != Exit::Usage || !terminal.err.is_empty(), "{line}");
    }
}

#[test]
fn metadata_as_xml_is_there_for_saml_upstreams_only() {
    let keycloak = "  keycloak: { oidc: { issuer: 'https://keycloak.acme.example/realms/acme', client_id: vestibule, client_authentication: public } }\n  local:";
    let site = Site::new(&CONFIG.replace("  local:", keycloak));
    assert!(site.prints("metadata --upstream adfs").contains("<"));
    for (upstream, expect, status) in [
        ("keycloak", "speaks OpenID Connect", Exit::No),
        ("local", "accounts of our own", Exit::No),
        ("okta", "there are adfs, keycloak, local", Exit::Usage),
    ] {
        let (exit, terminal) = site.run(&format!("metadata --upstream {upstream}"));
        assert_eq!(exit, status, "{upstream}");
        assert!(terminal.err.contains(expect), "{}", terminal.err);
    }
}

#[test]
fn a_reader_who_has_enough_is_no_error() {
    let site = Site::new(CONFIG);
    for line in [
        "check",
        "check --settings",
        "policy explain --user adfs/alice",
    ] {
        let terminal = Recorder {
            unread: true,
            ..Recorder::default()
        };
        let (exit, terminal) = site.run_at(line, terminal);
        assert_eq!((exit, terminal.err.as_str()), (Exit::Unread, ""), "{line}");
    }
}

#[test]
fn a_call_is_tried_again_for_an_application_that_there_is() {
    let site = Site::new(CONFIG);
    site.prints("migrate");
    let said = site.prints("logout retry --app wiki");
    assert_eq!(said, "There is nothing to try again.\n");
    let (exit, terminal) = site.run("logout retry --app nix");
    assert_eq!(exit, Exit::Usage);
    assert!(
        terminal.err.contains("no application `nix`"),
        "{}",
        terminal.err
    );
    assert!(terminal.err.contains("there are wiki"), "{}", terminal.err);
}

#[test]
fn who_is_disabled_is_not_disabled_again() {
    let site = Site::new(CONFIG);
    for _ in 0..2 {
        site.prints("user disable local/carol");
    }
    for _ in 0..2 {
        site.prints("user enable local/carol");
    }
    let log = site.prints("audit list --user local/carol");
    for reason in ["person_disabled", "person_enabled"] {
        assert_eq!(log.matches(reason).count(), 1, "{log}");
    }
}

#[test]
fn a_list_of_nothing_says_so_beside_the_output() {
    let site = Site::new(CONFIG);
    site.prints("migrate");
    let table = [
        ("user list", "nobody has logged in yet\n"),
        ("audit list", "no entries\n"),
        ("audit list --reference 7k3f9qwd2x", "no entries\n"),
    ];
    for (line, expect) in table {
        let (exit, terminal) = site.run(line);
        assert_eq!(exit, Exit::Yes, "{line}");
        assert_eq!((terminal.out.as_str(), terminal.err.as_str()), ("", expect));
    }
    let (_, terminal) = site.run("audit list --json");
    assert_eq!((terminal.out.as_str(), terminal.err.as_str()), ("[]\n", ""));
}

#[test]
fn entries_are_found_by_a_reference_as_it_was_heard() {
    let site = Site::new(CONFIG);
    let (config, _) = Config::load(&site.config()).unwrap();
    let mut record = AuditRecord::new(Utc::now(), AuditEvent::Upstream, AuditResult::Failure);
    record.reference = Some(Reference::from_random([0; 8]));
    let commit = Commit {
        audit: vec![record],
        ..Commit::default()
    };
    wait(async { Ok(open_store(&config).await?.commit(commit).await?) }).unwrap();
    let listed = site.prints("audit list --reference ooooo00000");
    assert!(listed.contains("reference=00000-00000"), "{listed}");
    // One word for one thing, for people and for scripts.
    assert!(listed.contains(" upstream failure "), "{listed}");
    let told = site.prints("audit list --reference ooooo00000 --json");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told[0]["result"], "failure");
    for (line, expect) in [
        ("audit list --since 2026-11-21T08:00", 1),
        ("audit list --until 2026-11-21T08:00", 0),
        ("audit list --since 2026-11-21 --until 2099-01-01", 1),
    ] {
        let (exit, terminal) = site.run(line);
        assert_eq!(
            (exit, terminal.out.lines().count()),
            (Exit::Yes, expect),
            "{line}"
        );
    }
    let (exit, terminal) = site.run("audit list --reference 7K3F9-QWD2");
    assert_eq!(exit, Exit::Usage);
    assert!(
        terminal.err.contains("such as 7K3F9-QWD2X"),
        "{}",
        terminal.err
    );
}

#[test]
fn a_way_round_is_offered_where_there_is_one() {
    let site = Site::new(CONFIG);
    let table = [
        ("backup-codes", true),
        ("disable", true),
        ("enable", false),
        ("factors", false),
        ("show", false),
        ("unlock", false),
    ];
    for (command, expect) in table {
        let (exit, terminal) = site.run(&format!("user {command} adfs/alice"));
        assert_eq!(exit, Exit::No, "{command}");
        assert!(terminal.err.contains("nobody called adfs/alice"));
        assert_eq!(terminal.err.contains("--unseen"), expect, "{command}");
    }
}

#[test]
fn who_only_reads_makes_no_store() {
    let site = Site::new(CONFIG);
    for command in [
        "audit list",
        "audit verify",
        "user list",
        "user show adfs/alice",
        "user factors adfs/alice",
    ] {
        let (exit, terminal) = site.run(command);
        assert_eq!(exit, Exit::Unable, "{command}");
        assert!(
            terminal.err.contains("there is no store at"),
            "{command}: {}",
            terminal.err
        );
        for made in ["master.key", "vestibule.db"] {
            assert!(!site.folder.path().join(made).exists(), "{command}: {made}");
        }
    }
    site.prints("migrate");
    site.prints("audit verify");
}

#[test]
fn to_migrate_says_what_became_of_the_schema() {
    let site = Site::new(CONFIG);
    for expect in [
        "The store is made, with the schema ",
        " is up to date; nothing was changed.\n",
    ] {
        let out = site.prints("migrate");
        assert!(out.contains(expect), "{out}");
    }
}

#[test]
fn a_lost_master_key_is_not_replaced_by_a_new_one() {
    let site = Site::new(CONFIG);
    site.prints("migrate");
    let key = site.folder.path().join("master.key");
    std::fs::remove_file(&key).unwrap();
    let (exit, terminal) = site.run("migrate");
    assert_eq!(exit, Exit::Unable);
    assert!(
        terminal.err.contains("restore the key from your backup"),
        "{}",
        terminal.err
    );
    assert!(!key.exists());
}

#[test]
fn backup_codes_are_printed_once_and_taken_away() {
    let site = Site::new(CONFIG);
    let (exit, terminal) = site.run("user backup-codes adfs/alice");
    assert_eq!(exit, Exit::No, "nobody of that name was seen");
    assert!(terminal.err.contains("--unseen"), "{}", terminal.err);
    let codes = site.prints("user backup-codes adfs/alice --unseen");
    assert_eq!(codes.lines().count(), 10);
    let again = site.prints("user backup-codes adfs/alice --unseen");
    assert_ne!(codes, again);
    // A disabled person is known from then on.
    site.prints("user disable adfs/alice --unseen");
    let shown = site.prints("user factors adfs/alice");
    assert_eq!(shown.lines().count(), 1);
    assert!(
        shown.contains("backup_code  Backup codes  10 left"),
        "{shown}"
    );
    assert!(!shown.contains(again.lines().next().unwrap()));
    site.prints("user remove-factor adfs/alice backup_code");
    assert_eq!(
        site.prints("user factors adfs/alice"),
        "adfs/alice has no factor.\n"
    );
    let (exit, _) = site.run("user remove-factor adfs/alice totp");
    assert_eq!(exit, Exit::No);
}

#[test]
fn a_person_is_told_by_mail_when_an_administrator_takes_a_factor_away() {
    let site = Site::new(CONFIG);
    let mails = || std::fs::read_dir(site.folder.path().join("mail")).map_or(0, Iterator::count);
    let (config, _) = Config::load(&site.config()).unwrap();
    let id: PersonId = "adfs/alice".parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let seen = PersonRecord {
            id: id.clone(),
            display_name: None,
            mail: Some("alice@acme.example".into()),
            disabled: false,
            first_seen: Utc::now(),
            last_seen: Some(Utc::now()),
            valid_from: chrono::DateTime::UNIX_EPOCH,
        };
        let commit = Commit {
            seen: Some(seen),
            ..Commit::default()
        };
        open_store(&config)
            .await
            .unwrap()
            .commit(commit)
            .await
            .unwrap();
    });
    site.prints("user backup-codes adfs/alice");
    assert_eq!(mails(), 1);
    site.prints("user remove-factor adfs/alice backup_code");
    assert_eq!(mails(), 2);
}

#[test]
fn a_person_is_disabled_enabled_and_unlocked() {
    let site = Site::new(CONFIG);
    let (exit, _) = site.run("user disable adfs/alcie");
    assert_eq!(
        exit,
        Exit::No,
        "a slip of the pen does not look like success"
    );
    site.prints("user disable adfs/alice --unseen");
    for command in ["user show adfs/alice", "user list"] {
        assert_eq!(
            site.prints(command),
            "adfs/alice  never logged in  disabled\n"
        );
    }
    site.prints("user enable adfs/alice");
    assert!(!site.prints("user show adfs/alice").contains("disabled"));
    site.prints("user unlock adfs/alice");
    let (exit, _) = site.run("user enable entra/alice");
    assert_eq!(exit, Exit::Usage, "no such upstream");
    let log = site.prints("audit list --json");
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    let reasons: Vec<&str> = log
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["reason"].as_str())
        .collect();
    for reason in ["person_disabled", "person_enabled", "attempts_cleared"] {
        assert!(reasons.contains(&reason), "{reasons:?}");
    }
}

#[test]
fn wa_17_the_master_key_is_made_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new(CONFIG);
    site.prints("migrate");
    let key = site.folder.path().join("master.key");
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (exit, terminal) = site.run("migrate");
    assert_eq!(exit, Exit::Unable);
    assert!(terminal.err.contains("chmod"), "{}", terminal.err);
}
