//! `check`: what it tells of a file, and of one that it cannot read.

use super::*;

#[test]
fn check_tells_all_mistakes_and_risks() {
    let site = Site::new(&CONFIG.replace("notify:", "notfy:").replace("[staff]", "[]"));
    let (exit, terminal) = site.run("check");
    assert_eq!(exit, Exit::No);
    let file = site.config().display().to_string();
    let expect = [
        format!("mistake: {file}:11:29: policy[1].when.groups: the list is empty"),
        format!(
            "mistake: {file}:13:1: notfy: the key `notfy` is not known here [unknown_key]\n    did you mean `notify`?"
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
    let expect = "the configuration cannot be read: it is not UTF-8 [file_unreadable]\n    save it as UTF-8\n";
    assert!(terminal.out.contains(expect), "{}", terminal.out);
    std::fs::remove_file(site.config()).unwrap();
    std::fs::create_dir(site.config()).unwrap();
    let (_, terminal) = site.run("check");
    let expect = "it is a folder [file_unreadable]\n    name the file in it\n";
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
fn check_tells_what_a_saml_application_lacks_for_logout() {
    let hosts = "https://wiki.acme.example";
    let by_hand = "acs_url: 'https://wiki.acme.example/acs'";
    let slo = format!("{by_hand}, slo_url: '{hosts}/slo'");
    let keys = format!("{by_hand}, certificate_file: app.pem");
    let both = format!("{slo}, certificate_file: app.pem");
    for (saml, expect) in [
        (by_hand, Some("it takes no part in logout")),
        (slo.as_str(), Some("for none of its keys is known")),
        (
            keys.as_str(),
            Some("nothing says where it takes logout messages"),
        ),
        (both.as_str(), None),
    ] {
        let text = CONFIG.replace(by_hand, saml);
        let site = Site::new(&text);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default()
            .self_signed(&key)
            .unwrap();
        std::fs::write(site.folder.path().join("app.pem"), certificate.pem()).unwrap();
        let out = site.prints("check");
        assert_eq!(out.contains("hint: apps.wiki: "), expect.is_some(), "{out}");
        assert!(out.contains(expect.unwrap_or_default()), "{out}");
        // It is no risk.
        assert!(out.ends_with("no mistakes, no risks\n"), "{out}");
        let told: serde_json::Value = serde_json::from_str(&site.prints("check --json")).unwrap();
        let code = told["hints"].get(0).map(|hint| hint["code"].clone());
        assert_eq!(code, expect.map(|_| "logout_incomplete".into()));
    }
    // Where no setting would help, there is nothing to say; nor of an application that is switched off.
    for (from, to) in [
        ("wiki: {", "wiki: { preset: jira-data-center,"),
        ("wiki: {", "wiki: { disabled: true,"),
    ] {
        let out = Site::new(&CONFIG.replace(from, to)).prints("check");
        assert!(!out.contains("hint:"), "{out}");
    }
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
