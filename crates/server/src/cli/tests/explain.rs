//! `policy explain`: decision, rule, and what is not known.

use serde_json::json;

use super::*;

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
fn explain_tells_what_a_session_is_good_for() {
    let limited = CONFIG
        .replace("wiki: {", "wiki: { single_sign_on: MODE,")
        .replace("backup_code]", "backup_code], max_age: 1h");
    assert!(limited.contains("MODE") && limited.contains("max_age: 1h"));
    let allowed = "Decision:  allowed: a factor that the rule accepts was passed\n";
    let asked = "Decision:  they must pass totp\n";
    let own = "the application asks for a factor in each login (`own_factor`)";
    let off = "the application wants both doors in each login (`off`)";
    for (mode, evidence, session, decision, forgotten) in [
        ("shared", "totp", "", allowed, None),
        (
            "shared",
            "totp=20m",
            "totp 20m ago\n",
            allowed,
            Some(json!(null)),
        ),
        (
            "shared",
            "totp=3600s",
            "totp 1h ago\n",
            allowed,
            Some(json!(null)),
        ),
        // As old as the rule takes it, and older.
        (
            "shared",
            "totp=61m",
            "totp 61m ago\n",
            asked,
            Some(json!(null)),
        ),
        (
            "shared",
            "totp=13h",
            "totp 13h ago: the session is over",
            asked,
            Some(json!("expired")),
        ),
        (
            "own_factor",
            "totp=20m",
            own,
            asked,
            Some(json!("own_factor")),
        ),
        ("off", "totp=20m", off, asked, Some(json!("sign_on_off"))),
        // What is passed in this login counts wherever it is.
        ("off", "totp", "", allowed, None),
    ] {
        let site = Site::new(&limited.replace("MODE", mode));
        let line = format!("policy explain --user adfs/alice --app wiki --evidence {evidence}");
        let out = site.prints(&line);
        assert!(out.contains(decision), "{mode} {evidence}: {out}");
        assert!(out.contains(session), "{mode} {evidence}: {out}");
        assert_eq!(out.contains("Session:"), forgotten.is_some(), "{out}");
        let told: serde_json::Value =
            serde_json::from_str(&site.prints(&format!("{line} --json"))).unwrap();
        assert_eq!(told["single_sign_on"], mode);
        assert_eq!(
            told["session"].get(0).map(|one| one["forgotten"].clone()),
            forgotten
        );
    }
    // The account page has a shorter limit of its own.
    let site = Site::new(&limited.replace("MODE", "off"));
    for (age, expect) in [("50m", "totp 50m ago\n"), ("61m", "the session is over")] {
        let line = format!("policy explain --user adfs/alice --app account --evidence totp={age}");
        let out = site.prints(&line);
        assert!(out.contains(expect), "{out}");
    }
    for bad in ["totp=", "totp=1", "totp=-1h", "TOTP=1h", "=1h", "hotp=1h"] {
        let (exit, _) = site.run(&format!(
            "policy explain --user adfs/alice --app wiki --evidence {bad}"
        ));
        assert_eq!(exit, Exit::Usage, "{bad}");
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
fn explain_tells_what_an_upstreams_word_comes_to() {
    let believed = CONFIG
        .replace(
            "adfs: {",
            "adfs: { second_factor: { contexts: gold, methods: mfa, max_age: 30m },",
        )
        .replace("wiki: {", "wiki: { single_sign_on: MODE,")
        .replace("backup_code]", "backup_code], accept_upstream: true");
    assert!(believed.contains("gold") && believed.contains("MODE") && believed.contains("accept"));
    let allowed = "allowed: a second factor was passed at the upstream\n";
    let by_ours = "allowed: a factor that the rule accepts was passed\n";
    let asked = "they must pass totp\n";
    let set_up = "they must set up totp\n";
    let sent = "they are sent to the upstream, to pass a second factor there now; if they pass none: they must set up totp\n";
    for (mode, more, decision, doubt, is_sent) in [
        ("shared", "--upstream-method mfa", allowed, None, false),
        ("shared", "--upstream-context gold", allowed, None, false),
        // As old as the upstream's word counts, and older.
        (
            "shared",
            "--upstream-context gold --upstream-age 1800s",
            allowed,
            None,
            false,
        ),
        (
            "shared",
            "--upstream-method mfa --upstream-age 31m",
            sent,
            Some("too_old"),
            true,
        ),
        (
            "shared",
            "--upstream-method mfa --upstream-age 13h",
            sent,
            Some("too_old"),
            true,
        ),
        // Who has a factor of ours passes that one.
        (
            "shared",
            "--upstream-method mfa --upstream-age 31m --enrolled totp",
            asked,
            Some("too_old"),
            false,
        ),
        (
            "shared",
            "--upstream-method mfa --upstream-age 31m --evidence totp",
            by_ours,
            None,
            false,
        ),
        // What is not believed.
        ("shared", "", set_up, Some("unsaid"), false),
        (
            "shared",
            "--upstream-method MFA",
            set_up,
            Some("unsaid"),
            false,
        ),
        // A value counts only where it is named, and beside others.
        (
            "shared",
            "--upstream-context mfa",
            set_up,
            Some("unsaid"),
            false,
        ),
        (
            "shared",
            "--upstream-method gold",
            set_up,
            Some("unsaid"),
            false,
        ),
        (
            "shared",
            "--upstream-context password --upstream-method pwd --upstream-method mfa",
            allowed,
            None,
            false,
        ),
        (
            "shared",
            "--upstream-method mfa --user local/alice",
            set_up,
            Some("not_believed"),
            false,
        ),
        // An application that wants a factor, or both doors, in each login.
        ("own_factor", "--upstream-method mfa", allowed, None, false),
        (
            "own_factor",
            "--upstream-method mfa --upstream-age 5m",
            sent,
            Some("earlier"),
            true,
        ),
        (
            "own_factor",
            "--upstream-method mfa --upstream-age 5m --enrolled totp",
            asked,
            Some("earlier"),
            false,
        ),
        (
            "off",
            "--upstream-method mfa --upstream-age 5m",
            sent,
            Some("earlier"),
            true,
        ),
        // The account page takes no such word.
        (
            "shared",
            "--upstream-method mfa --app account",
            set_up,
            Some("account"),
            false,
        ),
    ] {
        let site = Site::new(&believed.replace("MODE", mode));
        let [user, app] = [("--user", "adfs/alice"), ("--app", "wiki")].map(|(key, usual)| {
            if more.contains(key) {
                String::new()
            } else {
                format!(" {key} {usual}")
            }
        });
        let line = format!("policy explain{user}{app} {more}");
        let out = site.prints(&line);
        let expect = format!("Decision:  {decision}By rule:   Everyone\n");
        assert!(out.contains(&expect), "{mode} {more}: {out}");
        let is_told = out.contains("\nUpstream:  its word does not count: ");
        assert_eq!(is_told, doubt.is_some(), "{mode} {more}: {out}");
        let told: serde_json::Value =
            serde_json::from_str(&site.prints(&format!("{line} --json"))).unwrap();
        let code = doubt.map(|doubt| format!("upstream_factor_{doubt}"));
        assert_eq!(told["doubt"], json!(code), "{mode} {more}");
        assert_eq!(told["sent_to_upstream"], is_sent, "{mode} {more}");
    }
    let site = Site::new(&believed.replace("MODE", "own_factor"));
    let line =
        "policy explain --user adfs/alice --app wiki --upstream-method mfa --upstream-age 5m";
    assert!(
        site.prints(line)
            .contains("\nSession:   the method mfa 5m ago: does not count, ")
    );
    let told: serde_json::Value =
        serde_json::from_str(&site.prints(&format!("{line} --json"))).unwrap();
    assert_eq!(
        told["session"],
        json!([{ "method": "mfa", "age": 300, "forgotten": "own_factor" }])
    );
    let told: serde_json::Value =
        serde_json::from_str(&site.prints(&format!("{line} --upstream-context silver --json")))
            .unwrap();
    assert_eq!(
        told["session"],
        json!([
            { "context": "silver", "age": 300, "forgotten": "own_factor" },
            { "method": "mfa", "age": 300, "forgotten": "own_factor" },
        ])
    );
    let now = line.replace(" --upstream-age 5m", "");
    let told: serde_json::Value =
        serde_json::from_str(&site.prints(&format!("{now} --json"))).unwrap();
    assert_eq!(told["outcome"]["allow"]["basis"], "upstream");
    assert_eq!(told["session"], json!([]));
}

#[test]
fn an_age_of_an_upstreams_word_is_an_age_and_is_one_of_a_word() {
    let site = Site::new(CONFIG);
    let line = "policy explain --user adfs/alice --app wiki";
    for (more, expect) in [
        // The controls.
        ("--upstream-method mfa --upstream-age 20m", Exit::Yes),
        ("--upstream-context gold --upstream-age 20m", Exit::Yes),
        ("--upstream-method mfa --upstream-age 20x", Exit::Usage),
        ("--upstream-method mfa --upstream-age 20", Exit::Usage),
        ("--upstream-method mfa --upstream-age=-1m", Exit::Usage),
        ("--upstream-age 20m", Exit::Usage),
        (
            "--upstream-context gold --upstream-context mfa",
            Exit::Usage,
        ),
    ] {
        let (exit, _) = site.run(&format!("{line} {more}"));
        assert_eq!(exit, expect, "{more}");
    }
    let told: serde_json::Value = serde_json::from_str(&site.prints(&format!(
        "{line} --upstream-method mfa=20x --upstream-age 20m --json"
    )))
    .unwrap();
    assert_eq!(told["session"][0]["method"], "mfa=20x");
}

#[test]
fn explain_refuses_nobody_whom_the_upstream_can_help() {
    let refusing = CONFIG
        .replace(
            "adfs: {",
            "adfs: { second_factor: { methods: mfa, max_age: 30m },",
        )
        .replace(
            "backup_code]",
            "backup_code], first_enrolment: refuse, accept_upstream: true",
        );
    let site = Site::new(&refusing);
    for (said, exit) in [
        ("mfa --upstream-age 31m", Exit::Yes),
        ("pwd", Exit::No),
        ("mfa", Exit::Yes),
    ] {
        let line = format!("policy explain --user adfs/alice --upstream-method {said}");
        let (ended, terminal) = site.run(&line);
        assert_eq!(ended, exit, "{said}: {}", terminal.out);
        let is_sent = terminal
            .out
            .contains("if they pass none: refused: they have no factor");
        assert_eq!(is_sent, said.ends_with("31m"), "{}", terminal.out);
    }
}
