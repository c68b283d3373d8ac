//! Decryption keys as administrators have them.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
use vestibule_saml::crypto::{
    DecryptionKey,
    generate::{CertificateProfile, RsaSize},
};

/// Where the PKCS#1 form begins in the PKCS#8 form of an RSA key: behind version, algorithm and the head of the string.
const PKCS8_HEAD: usize = 26;

struct Files {
    pkcs8: String,
    pkcs1: String,
    certificate: String,
}

fn files() -> Files {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate = CertificateParams::new(["sp.test".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let pkcs1 = key.serialize_der().split_off(PKCS8_HEAD);
    Files {
        pkcs8: key.serialize_pem(),
        pkcs1: pem("RSA PRIVATE KEY", &pkcs1),
        certificate: certificate.pem(),
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn code(pem: &str) -> Option<&'static str> {
    DecryptionKey::from_pem(pem.as_bytes())
        .err()
        .map(|error| error.code())
}

#[test]
fn both_forms_are_the_same_key() {
    let files = files();
    let pkcs8 = DecryptionKey::from_pem(files.pkcs8.as_bytes()).unwrap();
    let pkcs1 = DecryptionKey::from_pem(files.pkcs1.as_bytes()).unwrap();
    assert_eq!(
        *pkcs8.to_pkcs8_der().unwrap(),
        *pkcs1.to_pkcs8_der().unwrap()
    );
    // Without a certificate one is made, the same each time: metadata must not change with each start.
    assert_eq!(pkcs8.certificate_der(), pkcs1.certificate_der());
}

#[test]
fn a_certificate_in_the_file_is_the_one_that_is_published() {
    let files = files();
    for order in [
        format!("{}{}", files.certificate, files.pkcs1),
        format!("{}{}", files.pkcs8, files.certificate),
    ] {
        let key = DecryptionKey::from_pem(order.as_bytes()).unwrap();
        let given = x509_parser::pem::parse_x509_pem(files.certificate.as_bytes())
            .unwrap()
            .1;
        assert_eq!(key.certificate_der(), given.contents);
    }
}

#[test]
fn what_cannot_decrypt_is_refused() {
    let (own, other) = (files(), files());
    let ec = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
        .unwrap()
        .serialize_pem();
    let rejected = Some("private_key_rejected");
    for (name, pem, expected) in [
        ("control", own.pkcs8.clone(), None),
        (
            "another's certificate",
            own.pkcs8.clone() + &other.certificate,
            Some("certificate_mismatch"),
        ),
        (
            "a broken certificate",
            own.pkcs8.clone() + &pem("CERTIFICATE", b"none"),
            Some("certificate_invalid"),
        ),
        ("two keys", own.pkcs8.clone() + &other.pkcs1, rejected),
        ("an elliptic curve", ec, rejected),
        ("a password", pem("ENCRYPTED PRIVATE KEY", b"x"), rejected),
        ("only a certificate", own.certificate.clone(), rejected),
        ("garbage", pem("RSA PRIVATE KEY", b"garbage"), rejected),
        ("nothing", String::new(), rejected),
    ] {
        assert_eq!(code(&pem), expected, "{name}");
    }
}

#[test]
fn a_key_survives_the_store_and_stays_out_of_logs() {
    let profile = CertificateProfile::starting(chrono::DateTime::UNIX_EPOCH, "sp.test");
    let made = DecryptionKey::generate(RsaSize::Bits2048, &profile).unwrap();
    let pkcs8 = made.to_pkcs8_der().unwrap();
    let kept = DecryptionKey::from_pkcs8_der(&pkcs8, made.certificate_der()).unwrap();
    assert_eq!(kept, made);
    assert_eq!(format!("{made:?}"), "DecryptionKey { .. }");
}
