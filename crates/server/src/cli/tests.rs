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

mod texts;

/// A terminal that remembers, in front of which nobody sits.
#[derive(Default)]
struct Recorder {
    out: String,
    err: String,
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
fn metadata_tells_what_each_provider_needs() {
    let keycloak = "  keycloak: { oidc: { issuer: 'https://keycloak.acme.example/realms/acme', client_id: vestibule, client_authentication: public } }\n  local:";
    let site = Site::new(&CONFIG.replace("  local:", keycloak));
    let out = site.prints("metadata");
    for line in [
        "For the identity provider `adfs`, metadata: http://localhost:8080/upstream/adfs/saml/metadata\n",
        "For the identity provider `keycloak`, redirect URI: http://localhost:8080/upstream/keycloak/oidc/callback\n",
    ] {
        assert!(out.contains(line), "{line}\nnot in\n{out}");
    }
    let json = site.prints("metadata --json");
    let told: serde_json::Value = serde_json::from_str(&json).unwrap();
    let uri = "http://localhost:8080/upstream/keycloak/oidc/callback";
    assert_eq!(told["oidc_redirect_uris"]["keycloak"], uri);
    assert!(site.prints("metadata --upstream adfs").contains("<"));
    for (upstream, expect) in [
        ("keycloak", "speaks OpenID Connect"),
        ("local", "accounts of our own"),
        ("okta", "there is no upstream `okta`"),
    ] {
        let (exit, terminal) = site.run(&format!("metadata --upstream {upstream}"));
        assert_eq!(exit, Exit::No);
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
fn a_hash_is_made_without_a_configuration() {
    let site = Site::new("nothing: yet\n");
    let (exit, terminal) = site.run_typing("user hash-password", "correct horse");
    assert_eq!(exit, Exit::Yes, "{}", terminal.err);
    assert!(vestibule_upstream::local::check_hash(terminal.out.trim()).is_ok());
    let (exit, _) = site.run_typing("user hash-password", "short");
    assert_eq!(exit, Exit::No);
}

#[test]
fn check_tells_all_mistakes_and_risks() {
    let site = Site::new(&CONFIG.replace("notify:", "notfy:").replace("[staff]", "[]"));
    let (exit, terminal) = site.run("check");
    assert_eq!(exit, Exit::No);
    let file = site.config().display().to_string();
    let expect = [
        format!("mistake: {file}:11:29: policy[1].when.groups: the list is empty"),
        format!(
            "mistake: {file}:13:1: notfy: the key `notfy` is not known here\n    did you mean `notify`?"
        ),
        format!("risk: {file}:1:1: `notify` is missing"),
        format!("{file}: 2 mistakes, 1 risk"),
    ];
    for part in expect {
        assert!(
            terminal.out.contains(&part),
            "{part}\nnot in\n{}",
            terminal.out
        );
    }
    let (exit, terminal) = site.run("check --json");
    assert_eq!(exit, Exit::No);
    let told: serde_json::Value = serde_json::from_str(&terminal.out).unwrap();
    assert_eq!(told["mistakes"][1]["code"], "unknown_key");
    assert_eq!(told["mistakes"][1]["line"], 13);
    assert_eq!(told["risks"][0]["code"], "no_notices");
}

#[test]
fn check_says_why_the_file_cannot_be_read() {
    let site = Site::new(CONFIG);
    std::fs::write(site.config(), b"public_url: http://caf\xe9.example\n").unwrap();
    let (exit, terminal) = site.run("check");
    assert_eq!(exit, Exit::No);
    let expect = "the configuration cannot be read: it is not UTF-8\n    save it as UTF-8\n";
    assert!(terminal.out.contains(expect), "{}", terminal.out);
    std::fs::remove_file(site.config()).unwrap();
    std::fs::create_dir(site.config()).unwrap();
    let (_, terminal) = site.run("check");
    let expect = "it is a folder\n    name the file in it\n";
    assert!(terminal.out.contains(expect), "{}", terminal.out);
}

#[test]
fn check_says_why_security_keys_cannot_be_used() {
    let keys = CONFIG.replace("[totp, backup_code]", "[webauthn]");
    for (url, why) in [
        (
            "https://192.0.2.7",
            "rule `Everyone` names the factor `webauthn`, but security keys are made for a name, and `192.0.2.7` is an address",
        ),
        // The address is told, and nothing that only follows from it.
        ("http://sso.acme.example", "1 mistake,"),
    ] {
        let site = Site::new(&keys.replace("http://localhost:8080", url));
        let told = site.run("check").1.out;
        assert!(told.contains(why), "{told}");
        assert!(!told.contains("not switched on"), "{told}");
    }
    let off = keys.replace("notify:", "factors: { webauthn: false }\nnotify:");
    let told = Site::new(&off).run("check").1.out;
    assert!(told.contains("not switched on below `factors`"), "{told}");
}

#[test]
fn check_sums_a_good_configuration_up() {
    let site = Site::new(CONFIG);
    assert!(site.prints("check").ends_with(
        "broker.yaml: 2 upstreams, 1 application, 3 policy rules: no mistakes, no risks\n"
    ));
    assert!(
        site.prints("check --settings")
            .starts_with("# Configuration\n")
    );
}

#[test]
fn explain_gives_the_decision_and_each_rule_passed_over() {
    let site = Site::new(CONFIG);
    let line = "policy explain --user adfs/alice --groups staff --app wiki --ip 198.51.100.7";
    assert_eq!(
        site.prints(line),
        "\
Person:    adfs/alice
For:       wiki
Networks:  none
Decision:  they must set up totp
By rule:   Everyone
Passed over:
  Former staff: the person is in none of the groups `former`
  Office: the address is in none of the networks `office`
"
    );
    let table = [
        (
            "--ip 203.0.113.9",
            "allowed with the upstream's login alone",
        ),
        ("--ip 203.0.113.9 --groups former", "refused"),
        ("--enrolled totp", "they must pass totp"),
        (
            "--enrolled totp,backup_code",
            "they must pass totp or backup_code",
        ),
        (
            "--evidence totp",
            "allowed: a factor that the rule accepts was passed",
        ),
        // The account page asks for the strongest, also where a rule skips.
        ("--app account --ip 203.0.113.9", "they must set up totp"),
        (
            "--app account --enrolled totp,backup_code",
            "they must pass totp",
        ),
    ];
    for (more, expect) in table {
        let (_, terminal) = site.run(&format!(
            "policy explain --user adfs/alice --groups staff {more}"
        ));
        let decision = format!("Decision:  {expect}\n");
        assert!(terminal.out.contains(&decision), "{more}: {}", terminal.out);
    }
    let json = site.prints("policy explain --user alice --upstream adfs --enrolled totp --json");
    let told: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(told["outcome"]["step_up"][0], "totp");
    assert_eq!(told["rule"], "Everyone");
    assert_eq!(told["passed_over"][0]["rule"], "Former staff");
}

#[test]
fn explain_tells_of_the_factor_that_must_be_added() {
    let keys = CONFIG
        .replace("notify:", "factors: { totp: {}, webauthn: {} }\nnotify:")
        .replace("[totp, backup_code]", "[KIND]");
    for (accepted, enrolled) in [("webauthn", "totp"), ("totp", "webauthn")] {
        let site = Site::new(&keys.replace("KIND", accepted));
        let line = format!("policy explain --user adfs/alice --enrolled {enrolled}");
        let out = site.prints(&line);
        let expect = format!(
            "they must pass {enrolled} first, then set up {accepted}: the rule does not accept {enrolled}\n"
        );
        assert!(out.contains(&expect), "{out}");
        let told: serde_json::Value =
            serde_json::from_str(&site.prints(&format!("{line} --json"))).unwrap();
        assert_eq!(told["outcome"]["step_up"][0], enrolled);
        assert_eq!(told["then_enrol"][0], accepted);
        // What the rule accepts opens the door, and nothing follows.
        let out = site.prints(&line.replace(enrolled, accepted));
        let expect = format!("Decision:  they must pass {accepted}\n");
        assert!(out.contains(&expect), "{out}");
    }
}

#[test]
fn mf_49_without_an_address_a_rule_that_denies_by_network_holds() {
    let denied = CONFIG.replace(
        "upstreams: [adfs] }, skip: true",
        "upstreams: [adfs] }, deny: true",
    );
    let site = Site::new(&denied);
    let line = "policy explain --user adfs/alice --groups staff";
    let (exit, terminal) = site.run(line);
    assert_eq!(exit, Exit::No);
    let out = terminal.out;
    assert!(
        out.contains("Networks:  unknown (no --ip)\nDecision:  refused\n"),
        "{out}"
    );
    let (_, terminal) = site.run(&format!("{line} --json"));
    let told: serde_json::Value = serde_json::from_str(&terminal.out).unwrap();
    assert!(told["networks"].is_null());
    assert!(
        site.prints(&format!("{line} --ip 198.51.100.7"))
            .contains("Networks:  none\n")
    );
    // One that skips does not.
    let out = Site::new(CONFIG).prints(line);
    assert!(out.contains("Office: the address is not known\n"), "{out}");
}

#[test]
fn mf_50_a_rule_for_one_upstream_does_not_hold_for_another() {
    let site = Site::new(CONFIG);
    let out = site.prints("policy explain --user local/alice --groups staff --ip 203.0.113.9");
    assert!(
        out.contains("Office: the upstream `local` is none of `adfs`"),
        "{out}"
    );
}

#[test]
fn a_mail_address_that_will_be_in_the_way_is_told() {
    let domains = CONFIG.replace("{ local: {", "{ mail_domains: [acme.example], local: {");
    for (config, arguments, expect) in [
        (CONFIG, "dora --mail dora@else.example", ""),
        (CONFIG, "dora", "mail_missing"),
        (&*domains, "dora --mail dora@ACME.example", ""),
        (
            &*domains,
            "dora --mail d@else.example",
            "mail_domain_foreign",
        ),
    ] {
        let add = format!("user add {arguments}");
        let (exit, terminal) = Site::new(config).run_typing(&add, "correct horse battery");
        assert_eq!(
            (exit, terminal.err.is_empty()),
            (Exit::Yes, expect.is_empty())
        );
        assert!(terminal.err.contains(expect), "{add}: {}", terminal.err);
    }
}

#[test]
fn an_account_comes_gets_a_password_and_goes() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new(CONFIG);
    let (exit, terminal) = site.run("user add Alice --mail notamail");
    assert_eq!(exit, Exit::Usage);
    assert!(terminal.err.contains("not a mail address"));
    let add = "user add Alice --mail alice@acme.example --groups staff,dev";
    for (typed, expect) in [
        ("", "error: no password was given\n"),
        (
            "short",
            "error: the password is shorter than 8 characters\n",
        ),
    ] {
        let (exit, terminal) = site.run_typing(add, typed);
        assert_eq!((exit, terminal.err.as_str()), (Exit::No, expect));
    }
    let (exit, terminal) = site.run_typing(add, "correct horse battery");
    assert_eq!(
        (exit, terminal.out.as_str()),
        (Exit::Yes, "local/alice can log in.\n")
    );
    let (exit, _) = site.run_typing("user add ALICE", "correct horse battery");
    assert_eq!(exit, Exit::No);
    let (exit, terminal) =
        site.run_typing("user set-password local/carol", "correct horse battery");
    assert_eq!(exit, Exit::No);
    assert!(terminal.err.contains("change it there"), "{}", terminal.err);
    assert!(
        site.prints("user list")
            .contains("local/alice  alice@acme.example  never logged in")
    );
    let file = site.folder.path().join("password");
    std::fs::write(&file, "another good password\n").unwrap();
    let set = format!(
        "user set-password local/alice --password-file {}",
        file.display()
    );
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (exit, terminal) = site.run(&set);
    assert_eq!(exit, Exit::No, "everybody can read the password");
    assert!(terminal.err.contains("chmod o="), "{}", terminal.err);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    site.prints(&set);
    site.prints("user remove local/alice");
    assert!(
        site.prints("user list")
            .contains("local/alice  never logged in  disabled")
    );
    let (exit, _) = site.run("user remove local/alice");
    assert_eq!(exit, Exit::No);
    // Who gets the name next is let in on purpose, and not by the way.
    let (exit, terminal) = site.run_typing(add, "correct horse battery");
    assert_eq!(exit, Exit::Yes);
    assert!(terminal.out.contains("user enable"), "{}", terminal.out);
    site.prints("user enable local/alice");
    assert!(!site.prints("user show local/alice").contains("disabled"));
    site.prints("user remove local/alice");
    let log = site.prints("audit list --user local/alice");
    for reason in ["account_added", "password_set", "account_removed"] {
        assert!(
            log.contains(&format!(
                "administration ok reason={reason} person=local/alice"
            )),
            "{log}"
        );
    }
    assert!(log.contains("actor="), "{log}");
    assert!(
        site.prints("audit verify")
            .contains("none missing, added or changed")
    );
}

#[test]
fn an_account_is_corrected() {
    let site = Site::new(CONFIG);
    let add = "user add alice --mail alcie@acme.example --groups staff,dev";
    assert_eq!(site.run_typing(add, "correct horse battery").0, Exit::Yes);
    let set = "user set local/alice --mail alice@acme.example --groups staff";
    assert_eq!(
        site.prints(set),
        "local/alice is changed; their sessions are over.\n"
    );
    assert!(
        site.prints("user list")
            .contains("local/alice  alice@acme.example")
    );
    for (line, exit, expect) in [
        // What is so already is not written down again.
        (set, Exit::No, "stays as it is"),
        ("user set local/alice", Exit::No, "stays as it is"),
        (
            "user set local/alice --mail alice",
            Exit::Usage,
            "not a mail address",
        ),
        (
            "user set local/carol --mail c@acme.example",
            Exit::No,
            "change it there",
        ),
        (
            "user set local/dave --mail d@acme.example",
            Exit::No,
            "no account",
        ),
    ] {
        let (was, terminal) = site.run(line);
        assert_eq!(was, exit, "{line}: {}", terminal.err);
        assert!(terminal.err.contains(expect), "{line}: {}", terminal.err);
    }
    let log = site.prints("audit list --user local/alice");
    assert_eq!(log.matches("reason=account_changed").count(), 1, "{log}");
}

#[test]
fn a_user_name_that_cannot_be_told_from_a_person_is_refused() {
    let site = Site::new(CONFIG);
    let names = ["x/y", "al\u{a0}ice", "al\tice", "al ice"];
    for name in names {
        let config = site.config();
        let mut terminal = Recorder {
            typed: "correct horse battery".into(),
            ..Recorder::default()
        };
        let words = [
            "vestibule",
            "--config",
            config.to_str().unwrap(),
            "user",
            "add",
            name,
        ];
        assert_eq!(run(words, &mut terminal), Exit::Usage, "{name}");
    }
    let (exit, _) = site.run_typing("user add alice@acme.example", "correct horse battery");
    assert_eq!(exit, Exit::Yes);
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
        assert_eq!(exit, Exit::No, "{command}");
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
fn a_lost_master_key_is_not_replaced_by_a_new_one() {
    let site = Site::new(CONFIG);
    site.prints("migrate");
    let key = site.folder.path().join("master.key");
    std::fs::remove_file(&key).unwrap();
    let (exit, terminal) = site.run("migrate");
    assert_eq!(exit, Exit::No);
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
    assert_eq!(exit, Exit::No, "no such upstream");
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
    assert_eq!(exit, Exit::No);
    assert!(terminal.err.contains("chmod"), "{}", terminal.err);
}
