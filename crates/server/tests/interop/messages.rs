//! What we put on the wire, in the eyes of others: schemas, `xmlsec1`, AWS-LC over the raw query, and Keycloak.

use std::io::Read;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;
use url::Url;
use vestibule_testkit::{
    browser::Browser,
    samael::{self, ServiceProvider},
    xmlsec::{Schema, Signed, validate, verify},
};
use x509_parser::pem::parse_x509_pem;

use crate::{
    person::{Person, response_on},
    scene::{Scene, Store},
};

const WAY: &str = "keycloak-saml";
const SP_METADATA: &str = "/upstream/keycloak-saml/saml/metadata";

#[tokio::test(flavor = "multi_thread")]
async fn our_metadata_is_valid_in_both_roles() {
    let scene = Scene::set(Store::Sqlite).await;
    for (path, words) in [
        ("/saml/metadata", ["IDPSSODescriptor", "/saml/sso\""]),
        (
            SP_METADATA,
            ["SPSSODescriptor", "/upstream/keycloak-saml/saml/acs\""],
        ),
    ] {
        let metadata = scene.metadata(path).await;
        validate(&metadata, Schema::Metadata).unwrap();
        let entity_id = format!("entityID=\"{}\"", scene.vestibule(path));
        for words in words.into_iter().chain([entity_id.as_str()]) {
            assert!(metadata.contains(words), "{words} in {metadata}");
        }
        let broken = metadata.replace("Location=", "Place=");
        assert!(validate(&broken, Schema::Metadata).is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_requests_are_valid_and_signed_over_the_raw_query() {
    let scene = Scene::set(Store::Sqlite).await;
    let sent = Person::new("alice").chooses(scene.application(), WAY).await;
    let request = sent.redirect().unwrap();
    let query = request.query().unwrap();

    let (signed, _) = query.split_once("&Signature=").unwrap();
    let signature = STANDARD
        .decode(field(&request, "Signature").unwrap())
        .unwrap();
    assert!(
        !signature.is_empty() && signed.starts_with("SAMLRequest="),
        "{query}"
    );
    assert_eq!(
        field(&request, "SigAlg").as_deref(),
        Some("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
    );
    let certificate = certificate_in(&scene.metadata(SP_METADATA).await);
    assert!(is_signed(signed, &signature, &certificate));
    assert!(!is_signed(&format!("{signed}x"), &signature, &certificate));

    let deflated = STANDARD
        .decode(field(&request, "SAMLRequest").unwrap())
        .unwrap();
    let mut xml = String::new();
    DeflateDecoder::new(&deflated[..])
        .read_to_string(&mut xml)
        .unwrap();
    validate(&xml, Schema::Protocol).unwrap();

    // Keycloak demands the signature, and looks at it.
    let unsigned = with_query(&request, signed.split_once("&SigAlg=").unwrap().0);
    let forged = with_query(&request, &forge(query));
    for (url, expect) in [(&request, 200), (&unsigned, 400), (&forged, 400)] {
        let mut browser = Browser::new().unwrap();
        let page = browser.get(url).await.unwrap();
        let page = browser.follow(page).await.unwrap();
        assert_eq!(page.status, expect, "{}", page.unlike(url.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_responses_are_valid_and_signed() {
    let scene = Scene::set(Store::Sqlite).await;
    let idp = certificate_in(&scene.metadata("/saml/metadata").await);
    let sp = certificate_in(&scene.metadata(SP_METADATA).await);
    let mut alice = Person::new("alice");
    let page = alice.passes_first_door(scene.application(), WAY).await;
    let page = alice.enrols(page).await;
    let response = response_on(&page);

    validate(&response, Schema::Protocol).unwrap();
    verify(&response, &idp, Signed::Assertion).unwrap();
    assert!(
        verify(&response, &sp, Signed::Assertion).is_err(),
        "one key for one purpose"
    );
    assert!(response.contains("alice@acme.example"), "{response}");
    let forged = response.replace("alice@acme.example", "dora@acme.example");
    assert!(verify(&forged, &idp, Signed::Assertion).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn samael_reads_our_response_and_nothing_that_was_altered() {
    samael::build().unwrap();
    let scene = Scene::set(Store::Sqlite).await;
    let metadata = scene.metadata("/saml/metadata").await;
    let mut alice = Person::new("alice");
    let page = alice.passes_first_door(scene.application(), WAY).await;
    let page = alice.enrols(page).await;
    let response = response_on(&page);
    let acs_url = page.message_form().expect("a Response").action;
    let said = |attribute: &str| {
        let (_, after) = response.split_once(&format!("{attribute}=\"")).unwrap();
        after.split('"').next().unwrap().to_owned()
    };
    let audience = response.split("Audience>").nth(1).unwrap();
    let service = ServiceProvider {
        idp_metadata: &metadata,
        entity_id: audience.split('<').next().unwrap(),
        acs_url: acs_url.as_str(),
        request_id: &said("InResponseTo"),
    };
    assert_eq!(service.reads(&response).unwrap(), "alice@acme.example");

    let altered = response.replace("alice@acme.example", "dora@acme.example");
    assert!(service.reads(&altered).is_err());
    let elsewhere = ServiceProvider {
        entity_id: "https://other.example",
        ..service
    };
    assert!(elsewhere.reads(&response).is_err(), "for another audience");
    let unasked = ServiceProvider {
        request_id: "_another",
        ..service
    };
    assert!(unasked.reads(&response).is_err(), "for another request");
}

/// The first certificate in some metadata, as PEM.
pub(crate) fn certificate_in(metadata: &str) -> String {
    let after = metadata
        .split("X509Certificate>")
        .nth(1)
        .expect("it names a certificate");
    let bare: String = after
        .split('<')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    format!("-----BEGIN CERTIFICATE-----\n{bare}\n-----END CERTIFICATE-----\n")
}

/// SAML bindings 3.4.4.1: RSA-SHA256 over the query as it stands.
fn is_signed(query: &str, signature: &[u8], certificate: &str) -> bool {
    let (_, pem) = parse_x509_pem(certificate.as_bytes()).unwrap();
    let certificate = pem.parse_x509().unwrap();
    let key = &certificate.public_key().subject_public_key.data;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(query.as_bytes(), signature).is_ok()
}

fn field(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

pub(crate) fn with_query(url: &Url, query: &str) -> Url {
    let mut url = url.clone();
    url.set_query(Some(query));
    url
}

/// Another signature of the same length.
pub(crate) fn forge(query: &str) -> String {
    let (before, signature) = query.split_once("&Signature=").unwrap();
    let first = signature.chars().next().unwrap();
    let other = if first == 'A' { 'B' } else { 'A' };
    format!("{before}&Signature={other}{}", &signature[1..])
}
