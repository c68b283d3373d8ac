//! Keys made once per test run.

#![allow(dead_code, reason = "each test binary uses some of them")]

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use vestibule_saml::crypto::{
    VerifyingKey,
    generate::{CertificateProfile, RsaSize},
    sign::SigningKey,
};

/// The moment at which all tests play.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn profile(name: &str) -> CertificateProfile {
    CertificateProfile::starting(now(), name)
}

/// The key of the party that is meant.
pub(crate) static RSA: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_rsa(RsaSize::Bits2048, &profile("meant")).unwrap());

/// Another good key of the same party.
pub(crate) static EC: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_ec_p256(&profile("meant, EC")).unwrap());

/// The key of an attacker.
pub(crate) static ATTACKER: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate_rsa(RsaSize::Bits2048, &profile("attacker")).unwrap());

/// What verifies the signatures of `key`.
pub(crate) fn verifying(key: &SigningKey) -> VerifyingKey {
    key.verifying_key().unwrap()
}
