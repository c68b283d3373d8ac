//! The certificates that logins at one provider rest on, for whoever watches their ends.
//!
//! Owns which they are. Does not judge dates: a pinned key counts as long as it is configured (SAML metadata
//! interoperability profile 2.6.1).

use vestibule_saml::crypto::{Certificate, DecryptionKey, VerifyingKey};

use super::SamlUpstream;

/// What the key of a certificate does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateUse {
    /// It decrypts what the provider encrypts for us.
    Decryption,
    /// It signs the provider's metadata.
    MetadataSigning,
    /// It signs what the provider answers.
    Signing,
}

impl SamlUpstream {
    /// The certificates of now: those that the provider signs with as soon as its metadata was read. Those of our own
    /// keys are known to whoever looks after them.
    pub fn certificates(&self) -> Vec<(CertificateUse, Certificate)> {
        let decryption = self.settings.decryption_keys.iter();
        let decryption = decryption
            .map(DecryptionKey::certificate_der)
            .filter_map(|der| Certificate::from_der(der).ok());
        let of = |key: &VerifyingKey| key.certificate().clone();
        let signers = self.settings.metadata.signed_by.iter().map(of);
        let read = self.cache.read_last();
        let signing = read.iter().flat_map(|read| &read.signing_keys).map(of);
        let with = |purpose| move |certificate| (purpose, certificate);
        decryption
            .map(with(CertificateUse::Decryption))
            .chain(signers.map(with(CertificateUse::MetadataSigning)))
            .chain(signing.map(with(CertificateUse::Signing)))
            .collect()
    }
}
