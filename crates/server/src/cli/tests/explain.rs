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
