//! What is only risky: each row is a change to a good file, and what must be told about it.

use chrono::TimeDelta;
use vestibule_saml::{
    crypto::{generate::CertificateProfile, sign::SigningKey},
    metadata::IdpDescription,
};

use super::*;

fn check(from: &str, to: &str, expect: &[&str]) {
    assert!(EVERYTHING.contains(from), "the row is out of date: {from}");
    let text = EVERYTHING.replacen(from, to, 1);
    let (_, warnings) = load(&text, machine())
        .map_err(|refused| refused.to_string())
        .unwrap();
    assert_places(&text, &warnings);
    assert_eq!(told(&warnings), expect, "{from} → {to}");
}

#[test]
fn the_way_to_us() {
    let tls = "tls: { certificate: idp.pem, key: secret }\n";
    check("127.0.0.1:8443", "0.0.0.0:8443", &[]);
    check("tls:", "#", &[]);
    check(
        &format!("127.0.0.1:8443\n{tls}"),
        "0.0.0.0:8080\n",
        &["listen listens_in_plain_text"],
    );
    check(
        &format!("{tls}trusted_proxies: [10.0.0.1, \"fd00::1\"]\n"),
        "\n",
        &[
            "public_url proxy_not_named",
            "policy[1] skip_behind_unnamed_proxy",
        ],
    );
    check(
        "public_url: https://sso.acme.example",
        "public_url: http://localhost:1",
        &[],
    );
}

#[test]
fn mf_70_keys_for_more_than_our_own_address() {
    check(
        "user_verification: required",
        "rp_id: acme.example",
        &["factors.webauthn.rp_id rp_id_above_host"],
    );
    check(
        "user_verification: required",
        "rp_id: sso.acme.example",
        &[],
    );
}

#[test]
fn stores() {
    check(
        "sqlite:data/vestibule.db",
        "'sqlite::memory:'",
        &["store store_forgets"],
    );
    check(
        "sqlite:data/vestibule.db",
        "postgres://db.example/v?sslmode=disable",
        &["store store_in_plain_text"],
    );
    check(
        "sqlite:data/vestibule.db",
        "postgres://localhost/v?sslmode=disable",
        &[],
    );
}

#[test]
fn mf_50_skipping_by_group_alone_is_told() {
    check(
        ", networks: [office], upstreams: [adfs]",
        ", upstreams: [adfs]",
        &["policy[1] skip_without_network"],
    );
    check(
        "groups: [staff]",
        "groups: ['staff,dev']",
        &["policy[1].when.groups[0] odd_group"],
    );
}

#[test]
fn mf_50_a_group_that_helps_is_bound_to_who_says_it() {
    let everyone = "factors: [totp, backup_code], first_enrolment: refuse, max_age: 8h";
    let office =
        "networks: [office], upstreams: [adfs] }, skip: true, danger_skip_everywhere: false";
    let unbound = EVERYTHING.replace(", upstreams: [adfs]", "");
    let told_about = |text: &str| {
        let (_, warnings) = load(text, machine())
            .map_err(|refused| refused.to_string())
            .unwrap();
        assert_places(text, &warnings);
        told(&warnings)
    };
    let doubt = ["policy[1] groups_of_several_upstreams"];
    assert_eq!(told_about(&unbound), doubt);
    // What a rule requires, against what the last one does.
    for (then, is_doubtful) in [
        ("deny: true", false),
        (
            "require: { factors: [totp, backup_code], first_enrolment: refuse, max_age: 8h }",
            false,
        ),
        (
            "require: { factors: [webauthn], first_enrolment: refuse, max_age: 8h }",
            true,
        ),
        (
            "require: { factors: [totp, backup_code], max_age: 8h }",
            true,
        ),
        (
            "require: { factors: [totp, backup_code], first_enrolment: refuse }",
            true,
        ),
        (
            "require: { factors: [totp, backup_code], first_enrolment: refuse, max_age: 9h }",
            true,
        ),
        (
            "require: { factors: [totp, backup_code], first_enrolment: refuse, max_age: 1h }",
            false,
        ),
    ] {
        assert!(EVERYTHING.contains(office) && EVERYTHING.contains(everyone));
        let text = EVERYTHING.replace(office, &format!("networks: [office] }}, {then}"));
        let expect: &[&str] = if is_doubtful { &doubt } else { &[] };
        let mut told = told_about(&text);
        // Who may set up a factor is another matter.
        told.retain(|one| one != "policy accepts_and_enrols");
        assert_eq!(told, expect, "{then}");
    }
    // The cures: each upstream speaks of its own groups, or there is only one.
    let adfs = "preset: adfs\n    mail_domains: [acme.example]\n";
    let idp = "idp:\n    mail_domains: [partner.example]\n";
    let bound = |text: &str, from: &str| {
        assert!(text.contains(from), "the row is out of date: {from}");
        text.replace(
            from,
            &format!("{from}    groups: {{ only: [staff], prefix: acme- }}\n"),
        )
    };
    let one = bound(&unbound, adfs);
    let (_, warnings) = load(&one, machine())
        .map_err(|refused| refused.to_string())
        .unwrap();
    assert!(
        warnings[0].reason.contains("whomever `idp` says"),
        "{}",
        warnings[0].reason
    );
    assert_eq!(told_about(&bound(&one, idp)), Vec::<String>::new());
}

#[test]
fn mf_49_a_proxy_inside_a_skip_network_is_told() {
    check(
        "203.0.113.0/24, ",
        "10.0.0.0/8, ",
        &["policy[1] proxy_in_skip_network"],
    );
}

#[test]
fn si_74_ciphertext_that_anybody_may_have_changed_is_told() {
    // Where the whole response must be signed, nobody else can change it.
    check("danger_accept_cbc: true", "danger_accept_cbc: true", &[]);
    check(
        "require_signed_response: true, ",
        "",
        &["upstreams.adfs.saml.danger_accept_cbc accepts_cbc"],
    );
}

#[test]
fn the_rest() {
    check("[totp, backup_code]", "[totp]", &["policy[2] no_way_back"]);
    check("notify:", "#", &[" no_notices"]);
    check(
        "security: tls",
        "security: danger_none",
        &["notify.smtp.security mail_in_plain_text"],
    );
    check("level: warn", "level: trace", &["logging.level talkative"]);
    check(
        "- { choose: [idp, local] }",
        "- { when: { apps: wiki }, to: local }",
        &["routing[1] nowhere"],
    );
    check("to: adfs", "to: keycloak", &["routing[0].to disabled"]);
    check(
        "callback?connection=saml-1",
        "callback?connection=saml-2",
        &["apps.atlassian.saml.entity_id atlassian_ids_differ"],
    );
    check(
        "danger_accept_sha1: false, sign_requests",
        "danger_accept_sha1: true, sign_requests",
        &["upstreams.adfs.saml.danger_accept_sha1 accepts_sha1"],
    );
    check(
        "\"constant:north\" }, danger_accept_sha1: false",
        "\"constant:north\" }, danger_accept_sha1: true",
        &["apps.atlassian.saml.danger_accept_sha1 accepts_sha1"],
    );
}

#[test]
fn certificates_near_their_end() {
    // The fake machine's date is 15 January 2027.
    for (ends, code) in [(2027, "certificate_expired"), (2028, "")] {
        let machine = machine().with_file("etc/idp.pem", 0o644, certificate(ends));
        let (_, warnings) = load(EVERYTHING, machine).unwrap();
        let codes: BTreeSet<&str> = warnings.iter().map(|warning| warning.code).collect();
        let expect: BTreeSet<&str> = [code].into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(codes, expect, "{ends}");
    }
}

/// Metadata whose key has a certificate that ends so many days from the fake machine's now.
fn metadata_ending_in(days: i64) -> String {
    let now = FakeMachine::default().now();
    let profile = CertificateProfile {
        common_name: "idp".to_owned(),
        not_before: now - TimeDelta::days(3650),
        not_after: now + TimeDelta::days(days),
    };
    let key = SigningKey::generate_ec_p256(&profile).unwrap();
    let description = IdpDescription {
        entity_id: "https://idp.acme.example",
        sso_url: "https://idp.acme.example/sso",
        certificates: vec![key.certificate_der()],
        want_authn_requests_signed: false,
        single_logout: Vec::new(),
        name_id_formats: Vec::new(),
        valid_until: None,
    };
    description.to_xml(None).unwrap()
}

#[test]
fn si_68_certificates_in_metadata_and_beside_decryption_keys_near_their_end() {
    let text = EVERYTHING.replace(
        "metadata_url: \"https://adfs.acme.example/m.xml\", metadata_signed_by: idp.pem",
        "metadata_file: idp.xml",
    );
    assert_ne!(text, EVERYTHING);
    let key = KeyPair::from_pem(&RSA.0).unwrap();
    let beside = |year| {
        let mut params = CertificateParams::new(vec!["us".into()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 2, 1);
        format!("{}{}", RSA.0, params.self_signed(&key).unwrap().pem())
    };
    for (days, year, expect) in [
        // The control.
        (400, 2040, vec![]),
        (
            59,
            2027,
            vec![
                "upstreams.adfs.saml.metadata_file certificate_ends_soon",
                "upstreams.adfs.saml.decryption_key_files[0] certificate_ends_soon",
            ],
        ),
        (
            -1,
            2026,
            vec![
                "upstreams.adfs.saml.metadata_file certificate_expired",
                "upstreams.adfs.saml.decryption_key_files[0] certificate_expired",
            ],
        ),
    ] {
        let machine = machine()
            .with_file("etc/idp.xml", 0o644, metadata_ending_in(days))
            .with_file("etc/new.key", 0o600, beside(year));
        let (_, warnings) = load(&text, machine).unwrap();
        assert_eq!(told(&warnings), expect, "{days}");
    }
}

#[test]
fn days_are_counted_as_people_do() {
    for (day, expect) in [
        (16, "ends today"),
        (17, "ends in 1 day"),
        (18, "ends in 2 days"),
    ] {
        let pem = certificate_until((2027, 1, day));
        let machine = machine().with_file("etc/idp.pem", 0o644, pem);
        let (_, warnings) = load(EVERYTHING, machine).unwrap();
        assert!(!warnings.is_empty(), "{expect}");
        for warning in warnings {
            assert!(warning.reason.ends_with(expect), "{}", warning.reason);
        }
    }
}

#[test]
fn an_address_with_a_mistake_is_not_said_to_differ_as_well() {
    let good = "\"https://auth.atlassian.com/login/callback?connection=saml-1\"";
    let bad = good.replace("https", "http");
    for acs_url in [
        bad.clone(),
        format!("[{bad}, \"https://auth.atlassian.com/2\"]"),
    ] {
        let text = EVERYTHING.replace(good, &acs_url);
        let refused = load(&text, machine()).unwrap_err();
        let codes: Vec<&str> = refused.mistakes.iter().map(|one| one.code).collect();
        assert_eq!(codes, ["not_https"], "{acs_url}");
        assert_eq!(told(&refused.warnings), Vec::<String>::new(), "{acs_url}");
    }
}

#[test]
fn a_hash_in_a_file_that_everybody_can_read() {
    let text = EVERYTHING.replace(
        "password_hash_file: hash",
        &format!("password_hash: \"{HASH}\""),
    );
    let machine = machine().with_file("etc/broker.yaml", 0o644, text.clone());
    let path = Path::new("etc/broker.yaml");
    let (_, warnings) = Config::load_from(path, &machine).unwrap();
    assert_eq!(
        told(&warnings),
        ["upstreams.local.local.people.Alice.password_hash file_is_open"]
    );
    let (_, warnings) = load(&text, machine).unwrap();
    assert_eq!(told(&warnings), Vec::<String>::new());
}

#[test]
fn logouts_that_cannot_go_on() {
    let idp = "    saml: { entity_id: \"https://idp.example\", sso_url: \"https://idp.example/sso\", slo_url: \"https://idp.example/slo\",";
    let nowhere = idp.replace(" slo_url: \"https://idp.example/slo\",", "");
    let with = |word: &str, saml: &str| format!("    logout: {word}\n{saml}");
    check(idp, &with("always", idp), &[]);
    check(idp, &with("offered", &nowhere), &[]);
    check(
        idp,
        &with("always", &nowhere),
        &["upstreams.idp.logout logout_cannot_work"],
    );
    let local = "  local:\n    local:";
    check(
        local,
        "  local:\n    logout: always\n    local:",
        &["upstreams.local.logout logout_of_nothing"],
    );
    check(local, "  local:\n    logout: none\n    local:", &[]);
}
