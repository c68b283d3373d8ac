//! What is wrong: each row is a change to a good file, and what must be told about it.

mod files;

use super::*;

/// Replaces `from` by `to` in [`EVERYTHING`] and compares what is told.
fn check(from: &str, to: &str, expect: &[&str]) {
    assert!(EVERYTHING.contains(from), "the row is out of date: {from}");
    let text = EVERYTHING.replacen(from, to, 1);
    let found = match load(&text, machine()) {
        Ok(_) => Vec::new(),
        Err(refused) => {
            assert_places(&text, &refused.mistakes);
            told(&refused.mistakes)
        }
    };
    assert_eq!(found, expect, "{from} → {to}");
}

/// What a newcomer wrote: whatever does not lean on another setting is told in the first run.
#[test]
fn independent_mistakes_are_told_at_once() {
    let text = r#"
public_url: http://localhost:8080
store: sqlite:/nonexistent/dir/v.db
upstreams:
  local: { local: {} }
apps:
  blog: { oidc: { client_id: one, redirect_uris: ['https://blog.acme.example/cb'] } }
  chat: { oidc: { client_id: one, client_auth: none, redirect_uris: ['https://chat.acme.example/cb'] } }
  docs: { saml: { entity_id: 'https://wiki.acme.example', acs_url: 'http://docs.acme.example/acs' } }
  wiki: { saml: { entity_id: 'https://wiki.acme.example', acs_url: 'https://wiki.acme.example/acs' } }
policy:
  - { name: Same, require: { factors: [sms] } }
  - { name: Same, when: { groups: [a] }, deny: true }
  - { name: Last, when: { groups: [b] }, skip: true }
notify: { file: mail }
"#;
    let machine = machine().without_folder("/nonexistent/dir");
    let refused = load(text, machine).unwrap_err();
    assert_places(text, &refused.mistakes);
    assert_eq!(
        told(&refused.mistakes),
        [
            "store store_folder_missing",
            "apps.blog.oidc missing",
            "apps.chat.oidc.client_id repeated",
            "apps.docs.saml.acs_url not_https",
            "apps.wiki.saml.entity_id repeated",
            "policy[0] hides_the_rest",
            "policy[0].require.factors[0] unknown_factor",
            "policy[1] repeated",
            "policy[2] last_may_not_match",
        ]
    );
}

/// What could not be read is not blamed for more than that.
#[test]
fn a_rule_that_cannot_be_read_breaks_no_other() {
    check(
        "  - { name: Everyone,",
        "  - { nam: Everyone,",
        &["policy[2].name missing", "policy[2].nam unknown_key"],
    );
    check(
        "when: { apps: [wiki] }, ",
        "when: { apps: [wikki] }, ",
        &["policy[0].when.apps[0] unknown_id"],
    );
    check(
        "- { name: Nobody from there, when: { apps: [wiki] }, deny: true }",
        "- everybody",
        &["policy[0] wrong_type"],
    );
}

fn lines_and_paths(findings: &[Finding]) -> Vec<(usize, &str, &str)> {
    findings
        .iter()
        .map(|finding| (finding.line, finding.path.as_str(), finding.code))
        .collect()
}

#[test]
fn keys_and_types() {
    check("listen:", "lisen:", &["lisen unknown_key"]);
    check("public_url:", "#", &["public_url missing"]);
    check(
        "{ only: staff, prefix: kc- }",
        "{}",
        &["upstreams.keycloak.groups bounds_nothing"],
    );
    check(
        "public_url: https://sso.acme.example",
        "public_url: [a]",
        &["public_url wrong_type"],
    );
    check(
        "disabled: true\n",
        "disabled: 'true'\n",
        &["upstreams.keycloak.disabled wrong_type"],
    );
    check(
        "disabled: true\n",
        "disabled: yes\n",
        &["upstreams.keycloak.disabled wrong_type"],
    );
    check(
        "clock_skew: 30",
        "clock_skew: 600",
        &["upstreams.adfs.saml.clock_skew not_in_range"],
    );
    check(
        "sign: both",
        "sign: all",
        &["apps.atlassian.saml.sign unknown_word"],
    );
    check(
        "logging:",
        "listen: 127.0.0.1:1\nlogging:",
        &["listen repeated"],
    );
    check(
        "  idp:\n",
        "  Idp:\n",
        &["upstreams.Idp bad_id", "routing[1].choose[0] unknown_id"],
    );
    check(
        "digits: 8",
        "digits: 7",
        &["factors.totp.digits unknown_word"],
    );
    check(
        "factors: { totp:",
        "factors: { sms: {}, totp:",
        &["factors.sms unknown_key"],
    );
    check(
        "backup_code: {} }",
        "backup_code: { codes: 5 } }",
        &["factors.backup_code.codes unknown_key"],
    );
    check(
        "user_verification: required",
        "user_verification: discouraged",
        &["factors.webauthn.user_verification unknown_word"],
    );
    for rp_id in ["other.example", "example", "x.sso.acme.example"] {
        check(
            "user_verification: required",
            &format!("rp_id: {rp_id}"),
            &["factors.webauthn.rp_id webauthn_impossible"],
        );
    }
    check(
        "public_url: https://sso.acme.example",
        "public_url: https://192.0.2.7",
        &["factors.webauthn webauthn_impossible"],
    );
    check("level: warn", "level: ''", &["logging.level bad_text"]);
    check(
        "[profile]",
        "[profile, profile]",
        &["upstreams.keycloak.oidc.scopes[1] repeated"],
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = "publik_url: https://x.example\nstore: mysql://x\nupstreams: []\npolicy:\n  - { nam: x, skip: false }\nnotify: {}\n";
    let refused = load(text, FakeMachine::default()).unwrap_err();
    assert_eq!(
        lines_and_paths(&refused.mistakes),
        [
            (1, "publik_url", "unknown_key"),
            (1, "public_url", "missing"),
            (1, "apps", "missing"),
            (2, "store", "bad_store"),
            (3, "upstreams", "wrong_type"),
            (5, "policy[0].name", "missing"),
            (5, "policy[0].nam", "unknown_key"),
            (5, "policy[0].skip", "says_nothing"),
            (6, "notify", "missing"),
        ]
    );
    let first = &refused.mistakes[0];
    assert_eq!(
        (first.column, first.remedy.as_str()),
        (1, "did you mean `public_url`?")
    );
    assert!(
        refused
            .to_string()
            .starts_with("etc/broker.yaml:1:1: publik_url: the key `publik_url`")
    );
}

#[test]
fn what_is_no_yaml_is_told_with_its_place() {
    let refused = load("a: 1\nb: [1\n", FakeMachine::default()).unwrap_err();
    assert_eq!(lines_and_paths(&refused.mistakes), [(2, "", "syntax")]);
    let refused = Config::load_from(Path::new("absent.yaml"), &FakeMachine::default()).unwrap_err();
    assert_eq!(
        lines_and_paths(&refused.mistakes),
        [(1, "", "file_unreadable")]
    );
}

#[test]
fn addresses() {
    let public = "public_url: https://sso.acme.example";
    check(
        public,
        "public_url: http://sso.acme.example",
        &["public_url not_https"],
    );
    check(public, "public_url: http://localhost:8080", &[]);
    check(
        public,
        "public_url: http://localhost.acme.example",
        &["public_url not_https"],
    );
    check(
        public,
        "public_url: https://acme.example/sso",
        &["public_url bad_url"],
    );
    check(
        public,
        "public_url: sso.acme.example",
        &["public_url bad_url"],
    );
    check(
        public,
        "public_url: https://a:b@sso.acme.example",
        &["public_url inline_secret"],
    );
    check("127.0.0.1:8443", "localhost", &["listen bad_socket"]);
    check(
        "connection=saml-1\"",
        "connection=saml-1#top\"",
        &["apps.atlassian.saml.acs_url bad_url"],
    );
    check(
        "https://adfs.acme.example/m.xml",
        "http://adfs.acme.example/m.xml",
        &["upstreams.adfs.saml.metadata_url not_https"],
    );
    check(
        "https://kc.acme.example/realms/acme",
        "https://kc.acme.example/.well-known/openid-configuration",
        &["upstreams.keycloak.oidc.issuer bad_url"],
    );
    check(
        "https://auth.atlassian.com/login",
        "http://auth.atlassian.com/login",
        &["apps.atlassian.saml.acs_url not_https"],
    );
}

#[test]
fn upstreams_and_apps() {
    check(
        "metadata_file: app.xml",
        "metadata_file: idp.pem",
        &["apps.wiki.saml.metadata_file bad_metadata"],
    );
    check(
        "https://auth.atlassian.com/saml/1\"",
        "https://wiki.example\"",
        &["apps.wiki.saml.metadata_file repeated"],
    );
    check(
        "sso_url: \"https://idp.example/sso\", ",
        "",
        &["upstreams.idp.saml missing"],
    );
    check(
        "metadata_url: \"https://adfs.acme.example/m.xml\"",
        "metadata_url: \"https://adfs.acme.example/m.xml\", metadata_file: app.xml",
        &["upstreams.adfs.saml.metadata_url not_together"],
    );
    check(
        "client_authentication: basic",
        "client_authentication: public",
        &["upstreams.keycloak.oidc not_together"],
    );
    check(
        "{ metadata_file: app.xml }",
        "{ entity_id: 'https://auth.atlassian.com/saml/1', acs_url: 'https://wiki.example/acs' }",
        &["apps.wiki.saml.entity_id repeated"],
    );
    check(
        "require_signed_requests: true, certificate_file: idp.pem",
        "require_signed_requests: true",
        &["apps.atlassian.saml.require_signed_requests missing"],
    );
    check(
        "name_id: mail",
        "name_id: groups",
        &["apps.atlassian.saml.name_id unknown_word"],
    );
    check(
        "disabled: true, saml: { metadata_file: app.xml }",
        "disabled: true",
        &["apps.wiki missing"],
    );
    check(
        "  wiki:",
        "  account:",
        &["apps.account reserved", "policy[0].when.apps[0] unknown_id"],
    );
}

#[test]
fn routing_rules() {
    check("apps: atlassian }", "apps: account }", &[]);
    check("to: adfs", "to: adsf", &["routing[0].to unknown_id"]);
    check(
        "ACME.example",
        "'@acme.example'",
        &["routing[0].when.email_domain bad_domain"],
    );
    check(
        "ACME.example",
        "'*.acme.example'",
        &["routing[0].when.email_domain bad_domain"],
    );
    check(
        "ACME.example",
        "münchen.example",
        &["routing[0].when.email_domain bad_domain"],
    );
    check(
        "when: { email_domain: ACME.example, apps: atlassian }, ",
        "",
        &["routing[0] hides_the_rest"],
    );
    check(
        "{ email_domain: ACME.example, apps: atlassian }",
        "{}",
        &[
            "routing[0] hides_the_rest",
            "routing[0].when empty_condition",
        ],
    );
    check("[idp, local]", "[idp]", &["routing[1].choose no_choice"]);
    check(
        "to: adfs",
        "to: adfs, choose: [idp, local]",
        &["routing[0].choose not_together"],
    );
}

#[test]
fn policy_rules() {
    check(
        "networks: [office]",
        "networks: [offize]",
        &["policy[1].when.networks[0] unknown_id"],
    );
    check(
        "totp, backup_code]",
        "totp, sms]",
        &["policy[2].require.factors[1] unknown_factor"],
    );
    check(
        "[totp, backup_code]",
        "[backup_code]",
        &["policy[2] no_primary"],
    );
    check(
        "backup_code: {} }",
        "backup_code: false }",
        &["policy[2] factor_off"],
    );
    check("name: Everyone", "name: Office", &["policy[2] repeated"]);
    // Of two rules of one name, the one that is meant.
    check(
        "- { name: Nobody from there, when: { apps: [wiki] },",
        "- { name: Everyone,",
        &["policy[0] hides_the_rest", "policy[2] repeated"],
    );
    check(
        "when: { apps: [wiki] }, ",
        "",
        &["policy[0] hides_the_rest"],
    );
    check(
        "require: { factors: [totp, backup_code], first_enrolment: refuse, max_age: 8h, accept_upstream: true }",
        "skip: true",
        &["policy[2] last_skips"],
    );
    check(
        "  - { name: Everyone,",
        "  - { name: Everyone, when: { groups: [x] },",
        &["policy[2] last_may_not_match"],
    );
    check(
        "deny: true",
        "deny: true, skip: true",
        &["policy[0].deny not_together"],
    );
    check(
        "policy:\n",
        "policy: []\nnotes:\n",
        &["policy empty_list", "notes unknown_key"],
    );
    // It is read twice, and told once.
    check(
        "factors: [totp, backup_code]",
        "factors: []",
        &[
            "policy[2] no_primary",
            "policy[2].require.factors empty_list",
        ],
    );
}

#[test]
fn mf_49_networks_that_hold_everything_do_not_skip_by_accident() {
    let office = "office: [203.0.113.0/24, 198.51.100.7, \"2001:db8::/48\"]";
    let skips = &["policy[1] skips_everywhere"];
    check(office, "office: [0.0.0.0/0]", skips);
    check(office, "office: [\"::/0\"]", skips);
    check(office, "office: [0.0.0.0/1, 128.0.0.0/1]", skips);
    check(office, "office: [10.0.0.0/8]", &[]);
    check(
        office,
        "office: [203.0.113.7/24]",
        &["networks.office[0] bad_network"],
    );
    check(
        office,
        "office: [\"::ffff:203.0.113.0/120\"]",
        &["networks.office[0] bad_network"],
    );
    check(
        office,
        "office: [vpn.acme.example]",
        &["networks.office[0] bad_network"],
    );
    check(office, "office: []", &["networks.office empty_list"]);
    let confirmed = EVERYTHING.replace(office, "office: [0.0.0.0/0]").replace(
        "danger_skip_everywhere: false",
        "danger_skip_everywhere: true",
    );
    assert!(load(&confirmed, machine()).is_ok());
}

#[test]
fn mf_49_nobody_trusts_every_proxy() {
    check(
        "[10.0.0.1, \"fd00::1\"]",
        "[0.0.0.0/0]",
        &["trusted_proxies trusts_everybody"],
    );
    check("[10.0.0.1, \"fd00::1\"]", "[10.0.0.0/24]", &[]);
}

#[test]
fn mf_50_an_empty_list_of_groups_is_not_everybody() {
    check(
        "groups: [staff]",
        "groups: []",
        &["policy[1].when.groups empty_list"],
    );
    check(
        "groups: [staff]",
        "groups: ['']",
        &["policy[1].when.groups[0] bad_text"],
    );
    check(
        "groups: [staff]",
        "groups: ['staff ']",
        &["policy[1].when.groups[0] bad_text"],
    );
    check(
        "{ groups: [staff], networks: [office], upstreams: [adfs] }",
        "{}",
        &["policy[1].when empty_condition"],
    );
    check("groups: [staff]", "groups: [Staff]", &[]);
}
