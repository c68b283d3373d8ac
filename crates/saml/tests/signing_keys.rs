//! Signing keys: where they come from, what is refused, and that they stay secret.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::{DateTime, TimeDelta, Utc};
use vestibule_saml::crypto::{
    SignatureAlgorithm::{EcdsaSha256, RsaSha256},
    generate::{CertificateProfile, RsaSize},
    sign::SigningKey,
};

use self::keys::{ATTACKER, EC, RSA, now};

fn pem(label: &str, der: &[u8]) -> String {
    let body = BASE64.encode(der);
    let lines: Vec<&str> = (0..body.len())
        .step_by(64)
        .map(|at| &body[at..body.len().min(at + 64)])
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

#[test]
fn a_key_survives_sealing() {
    for (key, algorithm) in [(&*RSA, RsaSha256), (&*EC, EcdsaSha256)] {
        let der = key.to_pkcs8_der().unwrap();
        let again = SigningKey::from_pkcs8_der(&der, key.certificate_der()).unwrap();
        let value = again.sign(b"message").unwrap();
        assert_eq!(again.algorithm(), algorithm);
        assert!(
            key.verifying_key()
                .unwrap()
                .verify(algorithm, b"message", &value)
                .is_ok()
        );
        assert!(
            key.verifying_key()
                .unwrap()
                .verify(algorithm, b"massage", &value)
                .is_err()
        );

        let from_pem = SigningKey::from_pem(
            &pem("PRIVATE KEY", &der),
            &pem("CERTIFICATE", key.certificate_der()),
        );
        assert_eq!(from_pem.unwrap().certificate_der(), key.certificate_der());
    }
}

#[test]
fn what_cannot_be_used_is_refused() {
    let der = RSA.to_pkcs8_der().unwrap();
    let code = |der: &[u8], certificate: &[u8]| {
        SigningKey::from_pkcs8_der(der, certificate)
            .unwrap_err()
            .code()
    };
    assert_eq!(
        code(&der, ATTACKER.certificate_der()),
        "certificate_mismatch"
    );
    assert_eq!(code(&der, EC.certificate_der()), "certificate_mismatch");
    assert_eq!(code(&der, b"x"), "certificate_invalid");
    assert_eq!(
        code(&der, &[RSA.certificate_der(), b"x"].concat()),
        "certificate_invalid"
    );
    assert_eq!(code(b"x", RSA.certificate_der()), "private_key_rejected");

    let certificate = pem("CERTIFICATE", RSA.certificate_der());
    let code =
        |key: &str, certificate: &str| SigningKey::from_pem(key, certificate).unwrap_err().code();
    assert_eq!(
        code(&pem("ENCRYPTED PRIVATE KEY", &der), &certificate),
        "private_key_rejected"
    );
    assert_eq!(code("", &certificate), "private_key_rejected");
    assert_eq!(code(&pem("PRIVATE KEY", &der), ""), "certificate_invalid");
    assert_eq!(
        code(&pem("PRIVATE KEY", &der), &pem("PRIVATE KEY", &der)),
        "certificate_invalid"
    );
}

#[test]
fn a_certificate_says_what_was_asked_for() {
    let profile = CertificateProfile::starting(now(), "Vestibule \u{2013} acme");
    let key = SigningKey::generate_ec_p256(&profile).unwrap();
    let verifying = key.verifying_key().unwrap();
    let certificate = verifying.certificate();
    assert_eq!(certificate.not_before, now());
    assert_eq!(certificate.not_after.format("%Y").to_string(), "2036");
    assert!(
        certificate.subject.contains("acme"),
        "{}",
        certificate.subject
    );

    let never = CertificateProfile {
        not_after: DateTime::<Utc>::MAX_UTC,
        ..profile.clone()
    };
    assert_eq!(
        SigningKey::generate_ec_p256(&never).unwrap_err().code(),
        "signing_failed"
    );
    let before_time = CertificateProfile {
        not_before: DateTime::UNIX_EPOCH - TimeDelta::days(1),
        ..profile
    };
    assert_eq!(
        SigningKey::generate_ec_p256(&before_time)
            .unwrap_err()
            .code(),
        "signing_failed"
    );
}

#[test]
fn rsa_keys_have_the_size_that_was_asked_for() {
    let profile = CertificateProfile::starting(now(), "size");
    let key = SigningKey::generate_rsa(RsaSize::Bits3072, &profile).unwrap();
    assert_eq!(key.sign(b"").unwrap().len(), 3072 / 8);
}

#[test]
fn a_key_does_not_print_itself() {
    assert_eq!(
        format!("{:?}", *EC),
        "SigningKey { algorithm: EcdsaSha256, .. }"
    );
}
