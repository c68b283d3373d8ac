//! Real messages and third-party attack fixtures, read from the folder that `VESTIBULE_SAMPLES` names.
//!
//! Extra: without the folder every test says so and passes.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests read files and say what they expect by panicking"
)]

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;
use vestibule_saml::{
    crypto::{DecryptionKey, VerifyingKey},
    encryption::Decryption,
    instant::{self, Skew},
    response::{self, Expectation},
    xml::{Document, Limits},
};

fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("VESTIBULE_SAMPLES").map(PathBuf::from);
    if folder.is_none() {
        println!("SKIPPED: VESTIBULE_SAMPLES names no folder");
    }
    folder
}

/// Base64 with line breaks.
fn decode(text: &str) -> Vec<u8> {
    STANDARD
        .decode(text.split_ascii_whitespace().collect::<String>())
        .unwrap()
}

fn key(pem: &[u8]) -> [VerifyingKey; 1] {
    [VerifyingKey::from_certificate_pem(pem).unwrap()]
}

#[test]
fn ad_fs_signed_assertion() {
    let Some(folder) = samples() else { return };
    let xml =
        decode(&fs::read_to_string(folder.join("adfs-response-signed-assertion.b64")).unwrap());
    let keys = key(&fs::read(folder.join("adfs-response-idp-signing-cert.pem")).unwrap());
    let expectation = Expectation {
        acs_url: "https://saml.test.nope/session/sso/saml/acs/dknhyszjl7",
        danger_accept_sha1: false,
        decryption: Decryption::default(),
        idp_entity_id: "http://fs.spstest2.com/adfs/services/trust",
        in_response_to: "_5988bf45-1cc8-4228-b3e8-1aa8590e63d3",
        keys: &keys,
        now: instant::parse("2017-09-21T23:27:10Z").unwrap(),
        require_signed_response: false,
        skew: Skew::default(),
        sp_entity_id: "https://saml.test.nope/session/sso/saml/spentityid/dknhyszjl7",
    };
    let read = response::verify(&xml, &expectation).unwrap();
    assert_eq!(read.name_id().value, "paul@spstest2.com");
    let surname = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname";
    assert_eq!(read.attributes().single(surname), Ok(Some("fraley")));
    assert_eq!(
        instant::format(read.remember_until()),
        "2017-09-21T23:33:06Z"
    );

    let late = Expectation {
        now: instant::parse("2026-01-01T00:00:00Z").unwrap(),
        ..expectation
    };
    assert_eq!(
        response::verify(&xml, &late).unwrap_err().code(),
        "confirmation_expired"
    );
}

#[test]
fn ad_fs_encrypts_with_cbc() {
    let Some(folder) = samples() else { return };
    let xml =
        decode(&fs::read_to_string(folder.join("adfs-response-encrypted-assertion.b64")).unwrap());
    let keys = key(&fs::read(folder.join("adfs-response-idp-signing-cert.pem")).unwrap());
    let ours = fs::read(folder.join("adfs-response-sp-TEST-decryption-key.pem")).unwrap();
    let ours = [DecryptionKey::from_pem(&ours).unwrap()];
    let expectation = Expectation {
        acs_url: "https://saml.test.nope/session/sso/saml/acs/dknhyszjl7",
        danger_accept_sha1: false,
        decryption: Decryption {
            keys: &ours,
            danger_accept_cbc: true,
        },
        idp_entity_id: "http://fs.spstest2.com/adfs/services/trust",
        in_response_to: "_252d0129-1c83-496e-b039-ffc9cee11cca",
        keys: &keys,
        now: instant::parse("2017-09-21T23:19:12Z").unwrap(),
        require_signed_response: false,
        skew: Skew::default(),
        sp_entity_id: "https://saml.test.nope/session/sso/saml/spentityid/dknhyszjl7",
    };
    let read = response::verify(&xml, &expectation).unwrap();
    assert_eq!(read.name_id().value, "paul@spstest2.com");

    let refused = |expectation: Expectation<'_>| {
        let error = response::verify(&xml, &expectation).unwrap_err();
        error.code()
    };
    let without_cbc = Decryption {
        danger_accept_cbc: false,
        ..expectation.decryption
    };
    for (decryption, expected) in [
        (Decryption::default(), "encrypted_not_configured"),
        (without_cbc, "cbc_refused"),
    ] {
        let expectation = Expectation {
            decryption,
            ..expectation
        };
        assert_eq!(refused(expectation), expected);
    }
    let signed_only = Expectation {
        require_signed_response: true,
        ..expectation
    };
    assert_eq!(refused(signed_only), "response_signature_missing");
}

#[test]
fn okta_signs_both_with_a_prefix_list() {
    let Some(folder) = samples() else { return };
    let xml = fs::read(folder.join("okta-response-signed.xml")).unwrap();
    let keys = key(&fs::read(folder.join("okta-response-idp-cert.pem")).unwrap());
    let expectation = Expectation {
        acs_url: "http://localhost:8080/v1/_saml_callback",
        danger_accept_sha1: false,
        decryption: Decryption::default(),
        idp_entity_id: "http://www.okta.com/exk659aytfMeNI49v0h7",
        in_response_to: "_15f66d2d-628b-4d9b-a99e-089d8da862e1",
        keys: &keys,
        now: instant::parse("2016-07-25T23:20:20Z").unwrap(),
        require_signed_response: false,
        skew: Skew::default(),
        sp_entity_id: "\"123\"",
    };
    let read = response::verify(&xml, &expectation).unwrap();
    assert_eq!(read.name_id().value, "russellhaering");
    assert_eq!(
        read.attributes().single("username"),
        Ok(Some("russell.haering@scaleft.com"))
    );
}

#[test]
fn metadata_of_real_partners_is_harmless_xml() {
    let Some(folder) = samples() else { return };
    for name in [
        "adfs-v2-FederationMetadata.xml",
        "adfs-v3-FederationMetadata.xml",
        "adfs-v4-FederationMetadata.xml",
        "idp-metadata-multi-signing-certs.xml",
        "shibboleth-testshib-idp-metadata.xml",
    ] {
        let bytes = fs::read(folder.join(name)).unwrap();
        let document = Document::parse(&bytes, &Limits::METADATA);
        assert!(document.is_ok(), "{name}: {:?}", document.err());
    }
}

/// Reasons that lie in the shape of a document. A fixture that fails for one of these failed for what it attacks.
const SHAPE: [&str; 10] = [
    "assertion_count",
    "assertion_misplaced",
    "doctype_refused",
    "duplicate_id",
    "encrypted_element_refused",
    "encrypted_not_configured",
    "not_a_response",
    "signature_misplaced",
    "text_not_plain",
    "xml_malformed",
];

/// Fixtures that fail for something else. The keys of the first four are RSA of 1024 bit, which we do not use.
const OTHER: [(&str, &str); 6] = [
    ("duplicated_attributes.xml.base64", "key_mismatch"),
    ("response_node_text_attack3.xml.base64", "key_mismatch"),
    ("bad_reference.xml.base64", "key_mismatch"),
    ("attackers-cert-at-keyinfo.xml", "key_mismatch"),
    ("invalid_signature_position.xml.base64", "key_mismatch"),
    ("invalid_saml_sha256_rsa_mgf1.xml", "algorithm_refused"),
];

#[test]
fn third_party_fixtures_are_refused() {
    let Some(folder) = samples() else { return };
    for (path, bytes) in third_party(&folder) {
        let xml = String::from_utf8_lossy(&bytes);
        let keys = certificates(&xml);
        if path.ends_with(BENIGN) {
            continue;
        }
        let error = response::verify(&bytes, &trusting(&xml, &keys).borrowed()).expect_err(&path);
        match OTHER.iter().find(|(name, _)| path.ends_with(name)) {
            Some((_, code)) => assert_eq!(error.code(), *code, "{path}: {error}"),
            None => assert!(
                SHAPE.contains(&error.code()),
                "{path}: {}: {error}",
                error.code()
            ),
        }
    }
}

/// A genuine message of Google, meant to be changed by the test.
const BENIGN: &str = "TestSPRejectsInjectedComment_response";

#[test]
fn si_25_comment_in_a_genuine_message() {
    let Some(folder) = samples() else { return };
    let (_, bytes) = third_party(&folder)
        .find(|(path, _)| path.ends_with(BENIGN))
        .unwrap();
    let xml = String::from_utf8(bytes).unwrap();
    let keys = certificates(&xml);
    let trusting = trusting(&xml, &keys);
    let verify = |xml: &str| response::verify(xml.as_bytes(), &trusting.borrowed());
    let name = verify(&xml).unwrap().name_id().value.clone();
    let (user, domain) = name.split_once('@').unwrap();
    let changed = xml.replace(&name, &format!("{user}@<!-- -->{domain}"));
    assert_eq!(verify(&changed).unwrap_err().code(), "text_not_plain");
    assert_eq!(
        verify(&xml.replace(&name, "admin@a.test"))
            .unwrap_err()
            .code(),
        "digest_mismatch"
    );
}

fn third_party(folder: &Path) -> impl Iterator<Item = (String, Vec<u8>)> {
    let text = fs::read_to_string(folder.join("saml-in-thirdparty.json")).unwrap();
    let mut set: serde_json::Value = serde_json::from_str(&text).unwrap();
    let serde_json::Value::Array(items) = set["items"].take() else {
        panic!("the set has no items");
    };
    items.into_iter().map(|item| {
        let bytes = message(decode(item["content_b64"].as_str().unwrap()));
        (item["path"].as_str().unwrap().to_owned(), bytes)
    })
}

/// Some fixtures are kept in the form of a binding: base64, and deflated before that.
fn message(stored: Vec<u8>) -> Vec<u8> {
    if stored.trim_ascii_start().starts_with(b"<") {
        return stored;
    }
    let decoded = decode(std::str::from_utf8(&stored).unwrap());
    if decoded.trim_ascii_start().starts_with(b"<") {
        return decoded;
    }
    let mut inflated = Vec::new();
    DeflateDecoder::new(decoded.as_slice())
        .read_to_end(&mut inflated)
        .unwrap();
    inflated
}

/// All certificates of a message, the attacker's included.
fn certificates(xml: &str) -> Vec<VerifyingKey> {
    xml.split("X509Certificate>")
        .filter_map(|it| {
            STANDARD
                .decode(
                    it.split('<')
                        .next()?
                        .split_ascii_whitespace()
                        .collect::<String>(),
                )
                .ok()
        })
        .filter_map(|der| VerifyingKey::from_certificate_der(&der).ok())
        .collect()
}

/// An expectation that believes whatever the message says of itself, so that it can only fail for what is wrong with
/// it.
struct Trusting<'a> {
    acs_url: String,
    idp_entity_id: String,
    in_response_to: String,
    keys: &'a [VerifyingKey],
    now: String,
    sp_entity_id: String,
}

fn trusting<'a>(xml: &str, keys: &'a [VerifyingKey]) -> Trusting<'a> {
    let attribute = |name: &str| {
        let value = xml
            .split_once(&format!(" {name}="))
            .map_or("", |(_, rest)| rest);
        let quote = value.chars().next().unwrap_or('"');
        value.split(quote).nth(1).unwrap_or_default().to_owned()
    };
    let text = |name: &str| {
        let rest = xml
            .split_once(name)
            .and_then(|(_, rest)| rest.split_once('>'))
            .map_or("", |(_, rest)| rest);
        rest.split('<').next().unwrap_or_default().to_owned()
    };
    Trusting {
        acs_url: attribute("Recipient"),
        idp_entity_id: text("Issuer"),
        in_response_to: attribute("InResponseTo"),
        keys,
        now: attribute("IssueInstant"),
        sp_entity_id: xml
            .split("Audience>")
            .nth(1)
            .and_then(|it| it.split('<').next())
            .unwrap_or_default()
            .to_owned(),
    }
}

impl Trusting<'_> {
    fn borrowed(&self) -> Expectation<'_> {
        Expectation {
            acs_url: &self.acs_url,
            danger_accept_sha1: true,
            decryption: Decryption::default(),
            idp_entity_id: &self.idp_entity_id,
            in_response_to: &self.in_response_to,
            keys: self.keys,
            now: instant::parse(&self.now).unwrap_or_default(),
            require_signed_response: false,
            skew: Skew::MAX,
            sp_entity_id: &self.sp_entity_id,
        }
    }
}
