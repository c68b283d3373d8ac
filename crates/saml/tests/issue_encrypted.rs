//! Assertions that we encrypt for applications.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod keys;

use std::sync::LazyLock;

use vestibule_saml::{
    crypto::{
        DecryptionKey, EncryptionKey, KeyTransport,
        generate::{CertificateProfile, RsaSize},
        sign::SigningKey,
    },
    encryption::Decryption,
    instant::Skew,
    issue::{Assertion, Cipher, Encryption, IssuedResponse, MAX_LIFETIME, NameId, Reply, Sign},
    response::{self, Expectation},
};

use self::keys::{EC, RSA, now, verifying};

const APP: &str = "https://app.test/metadata";
const ACS: &str = "https://app.test/acs";
const ISSUER: &str = "https://sso.test/saml/metadata";

static THEIRS: LazyLock<DecryptionKey> = LazyLock::new(|| decryption_key("app"));

fn decryption_key(name: &str) -> DecryptionKey {
    let profile = CertificateProfile::starting(now(), name);
    DecryptionKey::generate(RsaSize::Bits2048, &profile).unwrap()
}

fn encryption() -> Encryption {
    Encryption::with(EncryptionKey::from_certificate_der(THEIRS.certificate_der()).unwrap())
}

fn issue(sign: Sign, key: &SigningKey, encryption: &Encryption) -> IssuedResponse {
    let reply = Reply {
        id: "_r1",
        issue_instant: now(),
        issuer: ISSUER,
        acs_url: ACS,
        in_response_to: Some("_q1"),
    };
    let assertion = Assertion {
        id: "_a1",
        audience: APP,
        name_id: NameId {
            value: "alice@acme.test",
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        attributes: &[],
        authn_context: "urn:a",
        authn_instant: now(),
        session_index: Some("_s1"),
        lifetime: MAX_LIFETIME,
        session_not_on_or_after: None,
    };
    reply
        .vouch_encrypted(&assertion, sign, key, encryption)
        .unwrap()
}

/// The name that the application reads, or the reason why it refuses.
fn read_by(app: &DecryptionKey, xml: &str, key: &SigningKey) -> String {
    let expectation = Expectation {
        acs_url: ACS,
        danger_accept_sha1: false,
        decryption: Decryption {
            keys: std::slice::from_ref(app),
            danger_accept_cbc: false,
        },
        idp_entity_id: ISSUER,
        in_response_to: "_q1",
        keys: &[verifying(key)],
        now: now(),
        require_signed_response: false,
        skew: Skew::default(),
        sp_entity_id: APP,
    };
    match response::verify(xml.as_bytes(), &expectation) {
        Ok(read) => read.name_id().value.clone(),
        Err(error) => error.code().to_owned(),
    }
}

#[test]
fn si_b4_the_application_reads_it_and_nobody_else() {
    let other = decryption_key("other");
    for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
        for key in [&*RSA, &*EC] {
            for (cipher, transport) in [
                (Cipher::Aes256Gcm, KeyTransport::OaepSha1),
                (Cipher::Aes128Gcm, KeyTransport::OaepSha256),
                (Cipher::Aes256Gcm, KeyTransport::OaepSha512),
            ] {
                let encryption = Encryption {
                    cipher,
                    transport,
                    ..encryption()
                };
                let issued = issue(sign, key, &encryption);
                let xml = issued.as_str();
                assert_eq!(read_by(&THEIRS, xml, key), "alice@acme.test");
                assert_eq!(read_by(&other, xml, key), "decryption_failed");
                // Nothing of the assertion stands outside.
                for inside in ["alice", "_a1", "_s1", "<saml:Assertion", "urn:a\""] {
                    assert!(!xml.contains(inside), "{sign:?}: {inside} in {xml}");
                }
            }
        }
    }
}

#[test]
fn what_is_signed_is_what_was_asked_for() {
    for (sign, signatures_outside) in [(Sign::Assertion, 0), (Sign::Response, 1), (Sign::Both, 1)] {
        let issued = issue(sign, &RSA, &encryption());
        let outside = issued.as_str().matches("<ds:Signature ").count();
        assert_eq!(outside, signatures_outside, "{sign:?}");
    }
    // The Response's signature covers the ciphertext: without it an assertion that is not signed itself is worth
    // nothing.
    let issued = issue(Sign::Response, &RSA, &encryption());
    let xml = issued.as_str();
    let start = xml.find("<ds:Signature ").unwrap();
    let end = xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let without = format!("{}{}", &xml[..start], &xml[end..]);
    assert_eq!(read_by(&THEIRS, &without, &RSA), "signature_missing");
}

#[test]
fn each_message_has_its_own_key() {
    let encryption = encryption();
    let [one, two] = [(), ()].map(|()| issue(Sign::Assertion, &EC, &encryption).into_string());
    let values = |xml: &str| -> Vec<String> {
        xml.split("<xenc:CipherValue>")
            .skip(1)
            .map(|it| it.split('<').next().unwrap().to_owned())
            .collect()
    };
    let (one, two) = (values(&one), values(&two));
    assert_eq!((one.len(), two.len()), (2, 2));
    assert!(one.iter().all(|value| !two.contains(value)));
}

#[test]
fn only_rsa_keys_can_be_encrypted_for() {
    let refused = EncryptionKey::from_certificate_der(EC.certificate_der()).unwrap_err();
    assert_eq!(refused.code(), "certificate_unusable");
    assert!(EncryptionKey::from_certificate_der(RSA.certificate_der()).is_ok());
}
