//! The file as a whole: the reference configuration, tables of mistakes and of risks, and the tables of keys.

use std::{collections::BTreeSet, path::PathBuf, sync::LazyLock};

use rcgen::{CertificateParams, KeyPair};
use vestibule_downstream::{
    saml::{Cipher, KeyTransport, SamlApp, Sign},
    told::{Source, Template},
};
use vestibule_factor::totp;

use super::{surroundings::fake::FakeMachine, *};

mod apps;
mod mistakes;
mod oidc;
mod risks;
mod second_factor;

/// Enough for a trial.
const SMALL: &str = "\
public_url: http://localhost:8080
store: sqlite:vestibule.db
upstreams:
  local: { local: {} }
apps:
  wiki: { saml: { entity_id: 'https://wiki.acme.example', acs_url: 'https://wiki.acme.example/acs' } }
policy:
  - { name: Everyone, require: { factors: [totp, backup_code] } }
notify: { file: mail }
";

fn load(text: &str, machine: FakeMachine) -> Result<(Config, Vec<Finding>), Refused> {
    let machine = machine.with_file("etc/broker.yaml", 0o640, text);
    Config::load_from(Path::new("etc/broker.yaml"), &machine)
}

/// `path code` of each, none of which gives the reason as the remedy.
fn told(findings: &[Finding]) -> Vec<String> {
    for finding in findings {
        let ends_in_remedy = finding.reason.ends_with(&finding.remedy);
        assert!(!ends_in_remedy, "{finding}");
    }
    let told = |finding: &Finding| format!("{} {}", finding.path, finding.code);
    findings.iter().map(told).collect()
}

/// Each finding about a key that is there must name the line on which the key stands.
fn assert_places(text: &str, findings: &[Finding]) {
    for finding in findings.iter().filter(|finding| finding.code != "missing") {
        let key = finding.path.rsplit('.').next().unwrap_or_default();
        let line = text.lines().nth(finding.line - 1).unwrap_or_default();
        let there = key.ends_with(']') || line.contains(key);
        assert!(there, "{finding} stands on `{line}`");
    }
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// A certificate that ends on 1 January of this year.
fn certificate(ends: i32) -> String {
    certificate_until((ends, 1, 1))
}

fn certificate_until((year, month, day): (i32, u8, u8)) -> String {
    let mut params = CertificateParams::new(vec!["idp.acme.example".into()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(year, month, day);
    let key = KeyPair::generate().unwrap();
    params.self_signed(&key).unwrap().pem()
}

/// A private key and its certificate.
static RSA: LazyLock<(String, String)> = LazyLock::new(|| {
    let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let mut params = CertificateParams::new(vec!["app.acme.example".into()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    (key.serialize_pem(), params.self_signed(&key).unwrap().pem())
});

/// Every file and variable that `broker.yaml` and [`EVERYTHING`] name.
fn machine() -> FakeMachine {
    FakeMachine::default()
        .with_file("etc/idp.pem", 0o644, certificate(2040))
        .with_file("etc/app.xml", 0o644, APP_METADATA)
        .with_file("etc/new.key", 0o600, RSA.0.as_str())
        .with_file("etc/rsa.pem", 0o644, RSA.1.as_str())
        .with_file("etc/secret", 0o600, "s3cret\n")
        .with_file("etc/client", 0o600, CLIENT_SECRET)
        .with_file("etc/hash", 0o600, format!("{HASH}\n"))
        .with_variable("KEYCLOAK_SECRET", "s3cret")
        .with_variable("MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
}

const CLIENT_SECRET: &str = "R3tuuWU1BzFDnN0GoWYFmBUEeVL0SYVVvHm9ESV5L4I\n";

const APP_METADATA: &str = r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://wiki.example">
<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://wiki.example/acs"/>
</SPSSODescriptor></EntityDescriptor>"#;

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b1dWRWJTmaaJObG";

/// Every key at least once, apart from those that exclude each other.
const EVERYTHING: &str = r#"
public_url: https://sso.acme.example
listen: 127.0.0.1:8443
tls: { certificate: idp.pem, key: secret }
trusted_proxies: [10.0.0.1, "fd00::1"]
metrics_from: [10.0.0.9]
store: sqlite:data/vestibule.db
secrets: { master_key_env: MASTER_KEY }
upstreams:
  adfs:
    label: Acme account
    preset: adfs
    mail_domains: [acme.example]
    saml: { metadata_url: "https://adfs.acme.example/m.xml", metadata_signed_by: idp.pem, danger_accept_sha1: false, sign_requests: true, require_signed_response: true, offer_encryption: true, decryption_key_files: [new.key], decrypt_with_generated_key: false, danger_accept_cbc: true, binding: post, name_id_format: "urn:x", authn_context: "urn:y", clock_skew: 30 }
    mapping: { id: upn, mail: mail, display_name: [cn], given_name: gn, family_name: sn, groups: [a, b], strip_group_slash: true, subject_is_mail: false }
  idp:
    mail_domains: [partner.example]
    saml: { entity_id: "https://idp.example", sso_url: "https://idp.example/sso", slo_url: "https://idp.example/slo", certificate_file: idp.pem }
    second_factor: { contexts: "https://refeds.org/profile/mfa", methods: [mfa, "http://schemas.microsoft.com/claims/multipleauthn"], max_age: 30m }
  keycloak:
    preset: keycloak
    groups: { only: staff, prefix: kc- }
    logout: always
    disabled: true
    oidc:
      issuer: https://kc.acme.example/realms/acme
      client_id: vestibule
      client_secret_env: KEYCLOAK_SECRET
      client_authentication: basic
      scopes: [profile]
      algorithms: [RS256, ES256]
      trusted_audiences: [account]
      other_hosts: [keys.acme.example]
      userinfo: false
      email: unless_denied
      response_mode: form_post
      resource: urn:r
      acr_values: [gold]
      extra_params: { kc_idp_hint: x }
      clock_skew: 0
      danger_accept_logout_without_expiry: true
  local:
    local: { people: { Alice: { password_hash_file: hash, mail: alice@acme.example, display_name: Alice, given_name: A, family_name: L, groups: staff, disabled: false } } }
apps:
  atlassian:
    label: Jira
    preset: atlassian-cloud
    saml: { entity_id: "https://auth.atlassian.com/saml/1", acs_url: "https://auth.atlassian.com/login/callback?connection=saml-1", sign: both, encrypt_assertions: true, encryption_certificate_file: rsa.pem, encryption_cipher: aes128-gcm, encryption_key_transport: rsa-oaep-sha256, require_signed_requests: true, certificate_file: idp.pem, name_id: mail, name_id_format: "urn:x", authn_context: "urn:y", attributes: { mail: mail, dept: "attribute:department", plant: "constant:north" }, danger_accept_sha1: false }
  jira:
    preset: jira-data-center
    groups: { only: staff, prefix: jira-, rename: { staff: everybody } }
    saml: { base_url: "https://jira.acme.example", slo_url: "https://jira.acme.example/logout", name_id: mail, password_authn_context: "urn:z", session_lifetime: 8h, attributes: [{ name: groups, name_format: basic, friendly_name: Groups, values: groups, when_empty: none }], idp_initiated: { enabled: true, relay_states: "https://jira.acme.example/x" } }
  notes: { oidc: { redirect_uris: "https://notes.acme.example/cb", client_secret_file: client, claims: [{ name: teams, values: groups, scope: teams, list: true, when_empty: none }] } }
  portal: { single_sign_on: own_factor, saml: { entity_id: "https://portal.acme.example", metadata_url: "https://portal.acme.example/metadata", metadata_signed_by: idp.pem, relay_state_sites: "https://pages.acme.example" } }
  wiki: { disabled: true, saml: { metadata_file: app.xml } }
networks: { office: [203.0.113.0/24, 198.51.100.7, "2001:db8::/48"] }
routing:
  - { when: { email_domain: ACME.example, apps: atlassian }, to: adfs }
  - { choose: [idp, local] }
policy:
  - { name: Nobody from there, when: { apps: [wiki] }, deny: true }
  - { name: Office, when: { groups: [staff], networks: [office], upstreams: [adfs] }, skip: true, danger_skip_everywhere: false }
  - { name: Everyone, require: { factors: [totp, backup_code], first_enrolment: refuse, max_age: 8h, accept_upstream: true } }
factors: { totp: { issuer: Acme, digits: 8, algorithm: sha256, period: 60 }, webauthn: { user_verification: required }, backup_code: {} }
sessions: { idle: 30m, absolute: 8h }
notify: { smtp: { host: mail.acme.example, port: 2525, security: tls, authority_file: idp.pem, from: "SSO <sso@acme.example>", username: sso, password_file: secret } }
branding: { product: Acme login, support: "Call 4711" }
logging: { level: warn, format: text }
"#;

#[test]
fn a_small_file_is_enough() {
    let (config, warnings) = load(SMALL, FakeMachine::default()).unwrap();
    assert_eq!(told(&warnings), Vec::<String>::new());
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.store.file(), Some(Path::new("etc/vestibule.db")));
    assert_eq!(
        config.master_key,
        MasterKeySource::File("etc/master.key".into())
    );
    assert_eq!(config.factors.totp, Some(totp::Settings::default()));
    assert!(config.factors.backup_code);
    assert!(config.factors.webauthn.is_some());
    assert_eq!(config.logging, Logging::default());
    let wiki = AppId::new("wiki").unwrap();
    assert_eq!(
        config.routing.route(&wiki, None),
        vestibule_core::routing::Route::To(UpstreamId::new("local").unwrap())
    );
}

#[test]
fn every_setting_arrives() {
    let (config, warnings) = load(EVERYTHING, machine()).unwrap();
    assert_eq!(told(&warnings), Vec::<String>::new());
    let upstream = |id: &str| &config.upstreams[&UpstreamId::new(id).unwrap()];
    assert!(upstream("keycloak").disabled);
    assert_eq!(upstream("adfs").label, "Acme account");
    assert_eq!(upstream("idp").label, "idp");
    let UpstreamProtocol::Oidc(oidc) = &upstream("keycloak").protocol else {
        panic!("OIDC")
    };
    assert_eq!(
        oidc.authentication,
        ClientAuthentication::Basic(SecretSource::Variable("KEYCLOAK_SECRET".into()))
    );
    assert_eq!(oidc.clock_skew.as_secs(), 0);
    let UpstreamProtocol::Local(people) = &upstream("local").protocol else {
        panic!("local")
    };
    assert_eq!(people["alice"].password_hash, HASH);
    assert_eq!(people["alice"].groups, ["staff".to_owned()].into());
    let app = saml(&config.apps[&AppId::new("atlassian").unwrap()]);
    assert_eq!(app.sign, Sign::Both);
    assert_eq!(app.sp.signing_keys.len(), 1);
    assert!(app.sp.services[0].location.ends_with("?connection=saml-1"));
    let values: Vec<Template> = app
        .attributes
        .iter()
        .flat_map(|rule| rule.values.clone())
        .collect();
    assert_eq!(
        values,
        [
            Source::Mail.into(),
            Source::Attribute("department".into()).into(),
            Template::constant("north")
        ]
    );
    let UpstreamProtocol::Saml(adfs) = &upstream("adfs").protocol else {
        panic!("SAML")
    };
    assert_eq!(adfs.metadata.signed_by.len(), 1);
    assert_eq!(upstream("adfs").mapping.id.as_deref(), Some("upn"));
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.policy.rules().len(), 3);
    assert_eq!(config.factors.totp.unwrap().digits, totp::Digits::Eight);
    assert!(
        matches!(config.notify, Notify::Smtp(smtp) if smtp.port == 2525 && smtp.authority.is_some())
    );
}

#[test]
fn secrets_are_not_in_the_debug_form() {
    let text = SMALL.replace("sqlite:vestibule.db", "{ url_file: url }");
    let text = format!("{text}secrets: {{ master_key_file: master.key }}\n");
    let machine = FakeMachine::default().with_file(
        "etc/url",
        0o600,
        "postgres://vestibule:hunter2@db.acme.example/vestibule",
    );
    let (config, _) = load(&text, machine).unwrap();
    assert_eq!(
        config.store.to_string(),
        "postgres://db.acme.example/vestibule"
    );
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn the_reference_configuration_loads_without_mistakes() {
    let text = std::fs::read_to_string(repository("broker.yaml")).unwrap();
    let machine = FakeMachine::default()
        .with_file("/run/secrets/keycloak", 0o400, "s3cret\n")
        .with_file("/run/secrets/smtp", 0o400, "s3cret\n")
        .with_file("/run/secrets/wiki", 0o400, CLIENT_SECRET);
    let (config, warnings) = load(&text, machine)
        .map_err(|refused| refused.to_string())
        .unwrap();
    assert_eq!(told(&warnings), Vec::<String>::new());
    assert_eq!(config.upstreams.len(), 3);
    assert_eq!(config.policy.rules().len(), 4);
}

#[test]
fn the_reference_configuration_mentions_every_key() {
    let text = std::fs::read_to_string(repository("broker.yaml")).unwrap();
    let missing: Vec<String> = sections()
        .into_iter()
        .flat_map(|section| section.keys.iter().map(move |key| (section, key)))
        .filter(|(_, key)| !text.contains(&format!("{}:", key.name)))
        .map(|(section, key)| format!("{}.{}", section.path, key.name))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_parser_asks_for_every_documented_key() {
    load(EVERYTHING, machine()).unwrap();
    let postgres = SMALL.replace("sqlite:vestibule.db", "{ url_file: url }");
    load(&postgres, FakeMachine::default()).unwrap_err();
    let above = EVERYTHING.replacen("user_verification: required", "rp_id: acme.example", 1);
    load(&above, machine()).unwrap();
    let asked = reader::asked::all();
    let documented: BTreeSet<(&str, &str)> = sections()
        .into_iter()
        .flat_map(|section| section.keys.iter().map(move |key| (section.path, key.name)))
        .collect();
    // A key that is asked for but not documented fails in the reader itself.
    let unread: Vec<_> = documented.difference(&asked).collect();
    assert_eq!(unread, Vec::<&(&str, &str)>::new());
}

/// `VESTIBULE_WRITE_REFERENCE=1 cargo test -p vestibule-server reference_page` writes it anew.
#[test]
fn the_reference_page_is_up_to_date() {
    let path = repository("docs/reference/configuration.md");
    if std::env::var_os("VESTIBULE_WRITE_REFERENCE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, reference()).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == reference(),
        "docs/reference/configuration.md differs from `vestibule check --settings`"
    );
}

#[test]
fn encryption_is_offered_where_it_is_expected_or_wanted() {
    let offered = |saml: &str| {
        let text = EVERYTHING.replacen(
            "certificate_file: idp.pem }",
            &format!("certificate_file: idp.pem{saml} }}"),
            1,
        );
        let (config, _) = load(&text, machine()).unwrap();
        let idp = config.upstreams.iter().find(|(id, _)| id.as_str() == "idp");
        let UpstreamProtocol::Saml(saml) = &idp.unwrap().1.protocol else {
            panic!("{idp:?}");
        };
        [true, false].map(|expected| saml.decrypting.is_offered(expected))
    };
    assert_eq!(offered(""), [true, false]);
    assert_eq!(offered(", offer_encryption: false"), [false, false]);
    assert_eq!(offered(", offer_encryption: true"), [true, true]);
    assert_eq!(offered(", decryption_key_files: new.key"), [true, true]);
    assert_eq!(offered(", danger_accept_cbc: true"), [true, true]);
    assert_eq!(
        offered(", decrypt_with_generated_key: false"),
        [false, false]
    );
}

fn saml(app: &App) -> &SamlApp {
    match &app.protocol {
        AppProtocol::Saml(app) => app,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_application_gets_what_its_encryption_says() {
    let (config, _) = load(EVERYTHING, machine()).unwrap();
    let encryption = |id: &str| {
        let (_, app) = config
            .apps
            .iter()
            .find(|(known, _)| known.as_str() == id)
            .unwrap();
        saml(app).encryption.clone()
    };
    let atlassian = encryption("atlassian").unwrap();
    assert_eq!(atlassian.cipher, Cipher::Aes128Gcm);
    assert_eq!(atlassian.transport, KeyTransport::OaepSha256);
    assert_eq!(encryption("wiki"), None);
}
