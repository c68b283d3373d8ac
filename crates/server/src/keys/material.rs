//! A private key on its way into the store: made here, or brought along in a file.
//!
//! Owns that the key is of the kind that it is called, that its certificate belongs to it, and that the adapter which is
//! to use it takes it. Does not own whether it may be added.

use std::fmt::Display;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair,
};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretSlice};
use thiserror::Error;
use vestibule_core::{
    key::{KeyAlgorithm, KeyPurpose, KeyRecord},
    port::KeptKey,
};
use vestibule_downstream::{
    oidc::{KeyKind, SigningKey as TokenKey},
    saml::{CertificateProfile, RsaSize, SigningKey},
};
use vestibule_upstream::saml::DecryptionKey;
use x509_parser::pem::Pem;

/// Why a key cannot be made, taken or used.
#[derive(Debug, Error)]
pub(crate) enum MaterialError {
    /// The file holds none.
    #[error("the file holds no `{0}` block")]
    BlockMissing(&'static str),
    /// It serves another purpose than it is for.
    #[error("a key of this kind ({0}) does not serve that purpose")]
    Kind(KeyAlgorithm),
    /// It is protected by a password.
    #[error(
        "the private key is protected by a password; take the protection off first: `openssl pkcs8 -topk8 -nocrypt`"
    )]
    Protected,
    /// It is of a kind that serves no purpose.
    #[error("the private key is not PKCS#8 of RSA with 2048, 3072 or 4096 bits, P-256 or Ed25519")]
    Unknown,
    /// It is not taken by whom it is for.
    #[error("{0}")]
    Unusable(String),
}

impl MaterialError {
    /// The stable reason code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::BlockMissing(_) => "key_block_missing",
            Self::Kind(_) => "key_unfit",
            Self::Protected => "key_protected",
            Self::Unknown => "key_kind_unknown",
            Self::Unusable(_) => "key_unusable",
        }
    }

    fn because(error: impl Display) -> Self {
        Self::Unusable(error.to_string())
    }
}

/// A private key, and its certificate where one goes with it.
#[derive(Clone)]
pub(crate) struct Material {
    pub(crate) algorithm: KeyAlgorithm,
    pub(crate) certificate: Option<Vec<u8>>,
    pkcs8: SecretSlice<u8>,
}

impl Material {
    /// A new key, with a certificate that it signs itself.
    pub(crate) fn make(
        purpose: KeyPurpose,
        algorithm: KeyAlgorithm,
        common_name: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, MaterialError> {
        let profile = CertificateProfile::starting(now, common_name);
        let (pkcs8, certificate) = match (purpose, size(algorithm)) {
            (KeyPurpose::SamlServiceProviderDecryption, Some(size)) => {
                let key =
                    DecryptionKey::generate(size, &profile).map_err(MaterialError::because)?;
                let pkcs8 = key.to_pkcs8_der().map_err(MaterialError::because)?;
                (pkcs8.to_vec().into(), key.certificate_der().to_vec())
            }
            (_, Some(size)) => {
                let key = SigningKey::generate_rsa(size, &profile);
                parts(&key.map_err(MaterialError::because)?)?
            }
            (_, None) if purpose.has_certificate() => {
                let key = SigningKey::generate_ec_p256(&profile);
                parts(&key.map_err(MaterialError::because)?)?
            }
            (_, None) => {
                let kind = match algorithm {
                    KeyAlgorithm::Ed25519 => KeyKind::Ed25519,
                    _ => KeyKind::P256,
                };
                let pkcs8 = TokenKey::generate_pkcs8(kind).map_err(MaterialError::because)?;
                (pkcs8.to_vec().into(), Vec::new())
            }
        };
        Self::checked(
            purpose,
            pkcs8,
            purpose.has_certificate().then_some(certificate),
        )
    }

    /// A key from a PEM file: `PRIVATE KEY` (PKCS#8, RFC 7468 clause 10) and, where one goes with it, `CERTIFICATE`
    /// (clause 5), in any order. Further certificates, as of issuers, say nothing to us.
    pub(crate) fn import(purpose: KeyPurpose, pem: &[u8]) -> Result<Self, MaterialError> {
        let (mut pkcs8, mut certificate) = (None, None);
        for block in Pem::iter_from_buffer(pem).filter_map(Result::ok) {
            match block.label.as_str() {
                "PRIVATE KEY" if pkcs8.is_none() => pkcs8 = Some(block.contents),
                "CERTIFICATE" if certificate.is_none() => certificate = Some(block.contents),
                "ENCRYPTED PRIVATE KEY" => return Err(MaterialError::Protected),
                _ => {}
            }
        }
        let pkcs8 = pkcs8.ok_or(MaterialError::BlockMissing("PRIVATE KEY"))?;
        if !purpose.has_certificate() {
            certificate = None;
        } else if certificate.is_none() {
            return Err(MaterialError::BlockMissing("CERTIFICATE"));
        }
        Self::checked(purpose, pkcs8.into(), certificate)
    }

    /// Takes what the one who is to use it takes.
    fn checked(
        purpose: KeyPurpose,
        pkcs8: SecretSlice<u8>,
        certificate: Option<Vec<u8>>,
    ) -> Result<Self, MaterialError> {
        let algorithm = kind(pkcs8.expose_secret()).ok_or(MaterialError::Unknown)?;
        if !purpose.algorithms().contains(&algorithm) {
            return Err(MaterialError::Kind(algorithm));
        }
        let made = Self {
            algorithm,
            certificate,
            pkcs8,
        };
        let (secret, certificate) = (made.pkcs8.expose_secret(), made.certificate.as_deref());
        match purpose {
            KeyPurpose::SamlIdentityProvider | KeyPurpose::SamlServiceProvider => {
                saml(secret, certificate).map(drop)
            }
            KeyPurpose::SamlServiceProviderDecryption => decryption(secret, certificate).map(drop),
            KeyPurpose::OpenIdEdDsa | KeyPurpose::OpenIdEs256 | KeyPurpose::OpenIdRs256 => {
                token(secret).map(drop)
            }
        }?;
        Ok(made)
    }

    /// The key as the store keeps it.
    pub(crate) fn kept(self, record: KeyRecord) -> KeptKey {
        KeptKey {
            record,
            pkcs8: self.pkcs8,
            certificate: self.certificate,
        }
    }
}

/// A key that signs SAML messages.
pub(super) fn saml(pkcs8: &[u8], certificate: Option<&[u8]>) -> Result<SigningKey, MaterialError> {
    let certificate = certificate.ok_or(MaterialError::BlockMissing("CERTIFICATE"))?;
    SigningKey::from_pkcs8_der(pkcs8, certificate).map_err(MaterialError::because)
}

/// A key that decrypts.
pub(super) fn decryption(
    pkcs8: &[u8],
    certificate: Option<&[u8]>,
) -> Result<DecryptionKey, MaterialError> {
    let certificate = certificate.ok_or(MaterialError::BlockMissing("CERTIFICATE"))?;
    DecryptionKey::from_pkcs8_der(pkcs8, certificate).map_err(MaterialError::because)
}

/// A key that signs tokens.
pub(super) fn token(pkcs8: &[u8]) -> Result<TokenKey, MaterialError> {
    TokenKey::from_pkcs8(pkcs8).map_err(MaterialError::because)
}

fn parts(key: &SigningKey) -> Result<(SecretSlice<u8>, Vec<u8>), MaterialError> {
    let pkcs8 = key.to_pkcs8_der().map_err(MaterialError::because)?;
    Ok((pkcs8.to_vec().into(), key.certificate_der().to_vec()))
}

const fn size(algorithm: KeyAlgorithm) -> Option<RsaSize> {
    match algorithm {
        KeyAlgorithm::Ed25519 | KeyAlgorithm::P256 => None,
        KeyAlgorithm::Rsa2048 => Some(RsaSize::Bits2048),
        KeyAlgorithm::Rsa3072 => Some(RsaSize::Bits3072),
        KeyAlgorithm::Rsa4096 => Some(RsaSize::Bits4096),
    }
}

/// What kind of private key this is. The library does not tell, so each kind is tried.
fn kind(pkcs8: &[u8]) -> Option<KeyAlgorithm> {
    if let Ok(key) = RsaKeyPair::from_pkcs8(pkcs8) {
        return match key.public_modulus_len() {
            256 => Some(KeyAlgorithm::Rsa2048),
            384 => Some(KeyAlgorithm::Rsa3072),
            512 => Some(KeyAlgorithm::Rsa4096),
            _ => None,
        };
    }
    if EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).is_ok() {
        return Some(KeyAlgorithm::P256);
    }
    Ed25519KeyPair::from_pkcs8(pkcs8)
        .is_ok()
        .then_some(KeyAlgorithm::Ed25519)
}
