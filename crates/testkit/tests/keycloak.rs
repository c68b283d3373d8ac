//! The real Keycloak: it boots, knows its people, and signs what it says.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

use std::io::Write;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use url::{Url, form_urlencoded::byte_serialize};
use vestibule_testkit::{
    browser::{Browser, Page},
    keycloak::{Keycloak, NameId, OidcClient, Realm, SamlClient, SamlSignatures},
    xmlsec::{Schema, Signed, validate, verify},
};

const ENTITY_ID: &str = "http://127.0.0.1:8080/upstream/keycloak/saml/metadata";
const ACS: &str = "http://127.0.0.1:8080/upstream/keycloak/saml/acs";
const CALLBACK: &str = "http://127.0.0.1:8080/upstream/keycloak/oidc/callback";

/// One start serves all: it is most of the time that this test takes.
#[tokio::test]
async fn people_log_in_over_oidc_and_over_saml() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(["vestibule.example".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let realm = Realm::with_people("acme")
        .oidc_client(&OidcClient {
            client_id: "vestibule".into(),
            secret: "a secret of this test".into(),
            redirect_uri: CALLBACK.into(),
        })
        .saml_client(&SamlClient {
            entity_id: ENTITY_ID.into(),
            acs_url: ACS.into(),
            certificate: certificate.pem(),
            signatures: SamlSignatures::Both,
            name_id: NameId::Persistent,
        });
    let keycloak = Keycloak::start(&realm).unwrap();

    oidc_login(&keycloak).await;
    refusals(&keycloak).await;
    saml_login(&keycloak, &key).await;
}

async fn oidc_login(keycloak: &Keycloak) {
    let answer = log_in(
        &authorization_request(keycloak, true),
        "alice",
        "alice-password",
    )
    .await;
    let back = answer
        .redirect()
        .unwrap_or_else(|| panic!("{}", answer.unlike("no redirect")));
    assert!(back.as_str().starts_with(CALLBACK), "{back}");
    let value = |name: &str| {
        back.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    assert!(value("code").is_some(), "{back}");
    assert_eq!(value("state").as_deref(), Some("a-state"));
    assert_eq!(value("iss"), Some(keycloak.issuer()));

    // PKCE is not optional.
    let answer = Browser::new()
        .unwrap()
        .get(&authorization_request(keycloak, false))
        .await
        .unwrap();
    assert!(
        answer
            .redirect()
            .is_some_and(|back| back.as_str().contains("error=invalid_request")),
        "{answer:?}"
    );
}

async fn refusals(keycloak: &Keycloak) {
    let request = authorization_request(keycloak, true);
    for (name, password) in [
        ("alice", "wrong"),
        ("carol", "carol-password"),
        ("nobody", "alice-password"),
    ] {
        let answer = log_in(&request, name, password).await;
        assert_eq!(answer.redirect(), None, "{name} with {password}");
        assert!(
            answer.form_with("password").is_ok(),
            "{name} is asked again"
        );
    }
}

async fn saml_login(keycloak: &Keycloak, key: &rcgen::KeyPair) {
    let mut browser = Browser::new().unwrap();
    let metadata = browser.get(&keycloak.saml_metadata()).await.unwrap().body;
    validate(&metadata, Schema::Metadata).unwrap();
    let certificate = certificate_in(&metadata);

    let unsigned = saml_request(keycloak, None);
    assert_eq!(
        browser.get(&unsigned).await.unwrap().status,
        400,
        "an unsigned request is refused"
    );

    let answer = log_in(&saml_request(keycloak, Some(key)), "dora", "dora-password").await;
    let form = answer
        .message_form()
        .unwrap_or_else(|| panic!("{}", answer.unlike("no response")));
    assert_eq!(form.action.as_str(), ACS);
    let response = String::from_utf8(
        STANDARD
            .decode(form.value("SAMLResponse").unwrap())
            .unwrap(),
    )
    .unwrap();
    validate(&response, Schema::Protocol).unwrap();
    for signed in [Signed::Root, Signed::Assertion] {
        verify(&response, &certificate, signed).unwrap();
    }
    for words in [
        ">staff<",
        ">administrators<",
        ">dora@acme.example<",
        "nameid-format:persistent",
    ] {
        assert!(response.contains(words), "{words} in {response}");
    }
    let forged = response.replace(">staff<", ">Staff<");
    assert!(verify(&forged, &certificate, Signed::Assertion).is_err());
    let stranger = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let stranger = rcgen::CertificateParams::default()
        .self_signed(&stranger)
        .unwrap()
        .pem();
    assert!(verify(&response, &stranger, Signed::Assertion).is_err());
}

async fn log_in(request: &Url, name: &str, password: &str) -> Page {
    let mut browser = Browser::new().unwrap();
    let page = browser.get(request).await.unwrap();
    let page = browser.follow(page).await.unwrap();
    let form = page
        .form_with("password")
        .unwrap()
        .with("username", name)
        .with("password", password);
    browser.submit(&form).await.unwrap()
}

fn authorization_request(keycloak: &Keycloak, with_pkce: bool) -> Url {
    let mut url = keycloak.authorization_endpoint();
    let fields = [
        ("client_id", "vestibule"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "a-state"),
        ("nonce", "a-nonce"),
    ];
    url.query_pairs_mut().extend_pairs(fields);
    if with_pkce {
        // RFC 7636 appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        url.query_pairs_mut()
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
    }
    url
}

/// SAML bindings 3.4: a deflated request in the query, the signature over the query as it stands.
fn saml_request(keycloak: &Keycloak, key: Option<&rcgen::KeyPair>) -> Url {
    let endpoint = keycloak.saml_endpoint();
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
    let xml = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" Version=\"2.0\" \
         IssueInstant=\"{now}\" Destination=\"{endpoint}\" AssertionConsumerServiceURL=\"{ACS}\">\
         <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{ENTITY_ID}</saml:Issuer></samlp:AuthnRequest>"
    );
    validate(&xml, Schema::Protocol).unwrap();
    let mut deflate =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflate.write_all(xml.as_bytes()).unwrap();
    let escape = |bytes: &[u8]| byte_serialize(bytes).collect::<String>();
    let mut query = format!(
        "SAMLRequest={}",
        escape(STANDARD.encode(deflate.finish().unwrap()).as_bytes())
    );
    if let Some(key) = key {
        query.push_str("&SigAlg=");
        query.push_str(&escape(
            b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        ));
        let pair = RsaKeyPair::from_pkcs8(&key.serialize_der()).unwrap();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            query.as_bytes(),
            &mut signature,
        )
        .unwrap();
        query.push_str("&Signature=");
        query.push_str(&escape(STANDARD.encode(signature).as_bytes()));
    }
    let mut url = endpoint;
    url.set_query(Some(&query));
    url
}

fn certificate_in(metadata: &str) -> String {
    let after = metadata.split("X509Certificate>").nth(1).unwrap();
    let bare = after.split('<').next().unwrap().trim();
    format!("-----BEGIN CERTIFICATE-----\n{bare}\n-----END CERTIFICATE-----\n")
}
