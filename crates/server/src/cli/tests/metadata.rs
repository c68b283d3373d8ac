//! What the other sides are told of us.

use serde_json::{Value, json};

use super::*;

/// One of each kind, on both sides.
const ALL: &str = "\
public_url: http://localhost:8080
store: sqlite:vestibule.db
upstreams:
  adfs: { mail_domains: [acme.example], saml: { metadata_url: 'https://adfs.acme.example/m.xml' } }
  keycloak: { mail_domains: [acme.example], oidc: { issuer: 'https://keycloak.acme.example/realms/acme', client_id: vestibule, client_authentication: public } }
  quiet: { logout: none, mail_domains: [acme.example], oidc: { issuer: 'https://quiet.acme.example', client_id: vestibule, client_authentication: public } }
  local: { local: { people: { carol: { password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b1dWRWJTmaaJObG' } } } }
apps:
  atlassian: { preset: atlassian-cloud, saml: { entity_id: 'https://auth.atlassian.com/saml/1', acs_url: 'https://auth.atlassian.com/login/callback?connection=saml-1' } }
  jira: { preset: jira-data-center, saml: { base_url: 'https://jira.acme.example' } }
  talk: { saml: { entity_id: 'https://talk.acme.example', acs_url: 'https://talk.acme.example/acs' } }
  wiki: { disabled: true, oidc: { client_id: the-wiki, client_auth: none, redirect_uris: ['https://wiki.acme.example/cb'] } }
policy:
  - { name: Everyone, require: { factors: [totp] } }
notify: { file: mail }
";

fn told(site: &Site) -> Value {
    serde_json::from_str(&site.prints("metadata --json")).unwrap()
}

#[test]
fn each_application_and_each_provider_is_told_what_it_needs() {
    let site = Site::new(ALL);
    let out = site.prints("metadata");
    for lines in [
        "For the application `atlassian` (Atlassian: Security > Identity providers > Set up SAML single sign-on):\n  \
         Identity provider Entity ID: http://localhost:8080/saml/metadata\n  \
         Identity provider SSO URL: http://localhost:8080/saml/sso\n  \
         Public x509 certificate (key idp-",
        "For the application `jira` (Authentication methods > SAML single sign-on):\n  \
         Single sign-on issuer: http://localhost:8080/saml/metadata\n  \
         Identity provider single sign-on URL: http://localhost:8080/saml/sso\n  \
         X.509 certificate (key idp-",
        "For the application `talk` (SAML):\n  \
         Metadata, which has all of it: http://localhost:8080/saml/metadata\n  \
         Entity ID: http://localhost:8080/saml/metadata\n  \
         Single sign-on URL: http://localhost:8080/saml/sso\n  \
         Single logout URL: http://localhost:8080/saml/slo\n  \
         Certificate (key idp-",
        "For the application `wiki` (OpenID Connect, disabled):\n  \
         Issuer: http://localhost:8080\n  \
         Discovery: http://localhost:8080/.well-known/openid-configuration\n  \
         Client ID: the-wiki\n",
        "For the identity provider `adfs` (SAML):\n  \
         Metadata, which has all of it: http://localhost:8080/upstream/adfs/saml/metadata\n  \
         Entity ID: http://localhost:8080/upstream/adfs/saml/metadata\n  \
         Assertion consumer service URL: http://localhost:8080/upstream/adfs/saml/acs\n  \
         Single logout URL: http://localhost:8080/upstream/adfs/saml/slo\n",
        "For the identity provider `keycloak` (OpenID Connect):\n  \
         Redirect URI: http://localhost:8080/upstream/keycloak/oidc/callback\n  \
         Back-channel logout URI: http://localhost:8080/upstream/keycloak/oidc/backchannel-logout\n  \
         Post-logout redirect URI: http://localhost:8080/upstream/keycloak/oidc/signed-out\n",
    ] {
        assert!(out.contains(lines), "{lines}\nnot in\n{out}");
    }
    // Nobody is told what nobody needs.
    assert!(!out.contains("local`"), "{out}");
    assert!(!out.contains("quiet/oidc/signed-out"), "{out}");
    assert_eq!(out.matches("saml/slo").count(), 2, "{out}");
    let without = ALL.lines().filter(|line| !line.contains("atlassian"));
    let site = Site::new(&without.collect::<Vec<_>>().join("\n"));
    assert!(!site.prints("metadata").contains("Atlassian"));
}

#[test]
fn it_is_the_same_as_json() {
    let site = Site::new(ALL);
    let told = told(&site);
    let wiki = json!({
        "label": "wiki",
        "disabled": true,
        "protocol": "oidc",
        "issuer": "http://localhost:8080",
        "discovery_url": "http://localhost:8080/.well-known/openid-configuration",
        "client_id": "the-wiki",
    });
    assert_eq!(told["applications"]["wiki"], wiki);
    let keycloak = json!({
        "protocol": "oidc",
        "redirect_uri": "http://localhost:8080/upstream/keycloak/oidc/callback",
        "back_channel_logout_uri": "http://localhost:8080/upstream/keycloak/oidc/backchannel-logout",
        "post_logout_redirect_uri": "http://localhost:8080/upstream/keycloak/oidc/signed-out",
    });
    assert_eq!(told["upstreams"]["keycloak"], keycloak);
    assert_eq!(
        told["upstreams"]["quiet"]["post_logout_redirect_uri"],
        Value::Null
    );
    assert_eq!(told["upstreams"].as_object().unwrap().len(), 3);
    assert_eq!(told["applications"].as_object().unwrap().len(), 4);
    for app in ["atlassian", "jira", "talk"] {
        let app = &told["applications"][app];
        assert_eq!(app["protocol"], "saml");
        for (name, path) in [
            ("entity_id", "saml/metadata"),
            ("metadata_url", "saml/metadata"),
            ("slo_url", "saml/slo"),
            ("sso_url", "saml/sso"),
        ] {
            assert_eq!(app[name], format!("http://localhost:8080/{path}"));
        }
    }
}

/// What stands there is what a person would paste: during a change of keys each application has its own.
#[test]
fn so_16_each_application_is_told_the_certificate_that_signs_for_it() {
    let site = Site::new(ALL);
    let old = told(&site)["applications"]["talk"]["key"].clone();
    let old = old.as_str().unwrap();
    let made: Value = serde_json::from_str(&site.prints("key create --json")).unwrap();
    let new = made["id"].as_str().unwrap();
    let expect = |table: &[(&str, &str)]| {
        let told = told(&site);
        let out = site.prints("metadata");
        for (app, key) in table {
            let certificate = site.prints(&format!("key show {key} --certificate"));
            let shown = &told["applications"][app];
            assert_eq!(shown["key"], *key, "{app}");
            let pem = shown["certificate"].as_str().unwrap();
            assert_eq!(pem.trim_end(), certificate.trim_end(), "{app}");
            let heading = format!("For the application `{app}` (");
            let (_, section) = out.split_once(&heading).unwrap();
            let (section, _) = section.split_once("\nFor the ").unwrap();
            assert!(section.contains(&format!("(key {key}):")), "{section}");
            assert!(section.contains(certificate.trim_end()), "{section}");
        }
    };
    expect(&[("atlassian", old), ("jira", old), ("talk", old)]);
    site.prints(&format!("key promote {new} --app atlassian"));
    expect(&[("atlassian", new), ("jira", old), ("talk", old)]);
    // Some follow, and one stays behind.
    site.prints(&format!("key promote {new} --except jira --yes"));
    expect(&[("atlassian", new), ("jira", old), ("talk", new)]);
}
