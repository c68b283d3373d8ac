//! Accounts of our own: added, corrected, given a password, removed.

use super::*;

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
fn whose_sessions_are_meant_is_somebody_who_is_known() {
    let site = Site::new(CONFIG);
    let (exit, terminal) = site.run_typing("user add bob", "correct horse battery");
    assert_eq!(exit, Exit::Yes, "{}", terminal.err);
    // An account that nobody has used yet: here, and in the configuration.
    for who in ["local/bob", "local/carol"] {
        let (exit, terminal) = site.run(&format!("session list --user {who}"));
        let expect = format!("{who} is not signed in\n");
        assert_eq!((exit, terminal.err), (Exit::Yes, expect));
        let said = site.prints(&format!("session revoke --user {who}"));
        assert!(
            said.contains("has not logged in yet: there is nothing"),
            "{said}"
        );
    }
    for command in ["list", "revoke"] {
        let (exit, terminal) = site.run(&format!("session {command} --user adfs/alcie"));
        assert_eq!(exit, Exit::No, "{command}");
        let expect = "nobody called adfs/alcie has logged in yet";
        assert!(terminal.err.contains(expect), "{}", terminal.err);
    }
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
                "administration success reason={reason} person=local/alice"
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
    site.prints("user set local/alice --given-name Alice --family-name Liddell --groups staff,ops");
    for command in ["user list", "user show local/alice"] {
        let told = site.prints(command);
        assert!(told.contains("  groups staff, ops"), "{command}: {told}");
    }
    let shown = || -> serde_json::Value {
        serde_json::from_str(&site.prints("user show local/alice --json")).unwrap()
    };
    assert_eq!(shown()["groups"], serde_json::json!(["staff", "ops"]));
    assert_eq!(shown()["given_name"], "Alice");
    assert_eq!(shown()["family_name"], "Liddell");
    site.prints("user set local/alice --family-name=");
    assert_eq!(shown()["family_name"], serde_json::Value::Null);
    assert_eq!(shown()["given_name"], "Alice");
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
