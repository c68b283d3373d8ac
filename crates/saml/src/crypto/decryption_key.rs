//! Keys that decrypt what was encrypted for us.
//!
//! Owns: an RSA key that was parsed once and is kept parsed, the certificate that is published for it, and the forms in
//! which administrators have such keys. Does not own: where keys are stored, when they are exchanged (callers), or what
//! is decrypted ([`crate::encryption`]).

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey},
    signature::RsaKeyPair,
};
use chrono::{DateTime, Utc};
use x509_parser::{
    pem::Pem,
    prelude::{FromDer as _, SubjectPublicKeyInfo},
};
use zeroize::Zeroizing;

use super::generate::{self, CertificateProfile, RsaSize, Use};

/// Why a decryption key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptionKeyError {
    /// The certificate cannot be parsed.
    #[error("the certificate cannot be parsed: {0}")]
    CertificateInvalid(String),
    /// The certificate is for another key.
    #[error("the certificate belongs to another key than the private key given with it")]
    CertificateMismatch,
    /// The library failed.
    #[error("the key operation failed: {0}")]
    Engine(String),
    /// The private key is not one that we can use.
    #[error(
        "the private key is refused: {0}; use an unencrypted RSA key of 2048 to 8192 bits, as PKCS#8 or PKCS#1"
    )]
    KeyRejected(String),
}

impl DecryptionKeyError {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CertificateInvalid(_) => "certificate_invalid",
            Self::CertificateMismatch => "certificate_mismatch",
            Self::Engine(_) => "key_operation_failed",
            Self::KeyRejected(_) => "private_key_rejected",
        }
    }
}

/// An RSA key that decrypts, with its certificate. Cloning shares the parsed key.
#[derive(Clone)]
pub struct DecryptionKey {
    private: Arc<Private>,
    certificate: Arc<[u8]>,
}

/// Both hold the same parsed key; the first can be written out again, the second decrypts.
struct Private {
    exportable: PrivateDecryptingKey,
    oaep: OaepPrivateDecryptingKey,
}

impl DecryptionKey {
    /// Generates an RSA key and its self-signed certificate.
    ///
    /// # Errors
    /// [`DecryptionKeyError::Engine`] if the library fails, or if the validity cannot be written into a certificate.
    pub fn generate(
        size: RsaSize,
        profile: &CertificateProfile,
    ) -> Result<Self, DecryptionKeyError> {
        let made = generate::rsa(size, profile, Use::Decrypting).map_err(engine)?;
        Self::from_pkcs8_der(&made.pkcs8, &made.certificate)
    }

    /// Takes an unencrypted PKCS#8 private key (RFC 5958) and the DER of the certificate that is published for it.
    ///
    /// # Errors
    /// If the key is not RSA of 2048 to 8192 bits, or the certificate is not for this key.
    pub fn from_pkcs8_der(pkcs8: &[u8], certificate: &[u8]) -> Result<Self, DecryptionKeyError> {
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8)
            .map_err(|error| DecryptionKeyError::KeyRejected(error.to_string()))?;
        check_certificate(&key, certificate)?;
        let oaep = OaepPrivateDecryptingKey::new(key.clone()).map_err(engine)?;
        Ok(Self {
            private: Arc::new(Private {
                exportable: key,
                oaep,
            }),
            certificate: certificate.into(),
        })
    }

    /// Takes a PEM file: the key as `PRIVATE KEY` (PKCS#8, RFC 7468 clause 10) or `RSA PRIVATE KEY` (PKCS#1), and, in
    /// any order, its `CERTIFICATE`. If there is none, one is made from the key; it is the same each time.
    ///
    /// # Errors
    /// As [`Self::from_pkcs8_der`], and if there is no such key or more than one.
    pub fn from_pem(pem: &[u8]) -> Result<Self, DecryptionKeyError> {
        let (mut key, mut certificate) = (None, None);
        for block in Pem::iter_from_buffer(pem) {
            let block =
                block.map_err(|error| rejected(&format!("the file is not PEM: {error}")))?;
            let contents = Zeroizing::new(block.contents);
            match block.label.as_str() {
                "PRIVATE KEY" | "RSA PRIVATE KEY" if key.is_some() => {
                    return Err(rejected(
                        "the file holds two of them; give each its own file",
                    ));
                }
                "PRIVATE KEY" => key = Some(contents),
                "RSA PRIVATE KEY" => key = Some(pkcs8_of_pkcs1(&contents)?),
                "CERTIFICATE" if certificate.is_none() => certificate = Some(contents),
                "ENCRYPTED PRIVATE KEY" => return Err(rejected("it is protected by a password")),
                // Certificates of issuers and elliptic curve parameters may follow; they say nothing to us.
                _ => {}
            }
        }
        let key = key.ok_or_else(|| rejected("the file holds no PRIVATE KEY block"))?;
        match certificate {
            Some(certificate) => Self::from_pkcs8_der(&key, &certificate),
            None => {
                let certificate = generate::certificate(&key, &lasting_profile(), Use::Decrypting)
                    .map_err(|error| rejected(&error.to_string()))?;
                Self::from_pkcs8_der(&key, &certificate)
            }
        }
    }

    /// The certificate, in DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// The private key as PKCS#8, for sealing at rest. The bytes are wiped when dropped.
    ///
    /// # Errors
    /// [`DecryptionKeyError::Engine`] if the library cannot serialise it.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, DecryptionKeyError> {
        let der = self.private.exportable.as_der().map_err(engine)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The key, as the engine uses it.
    pub(super) fn oaep(&self) -> &OaepPrivateDecryptingKey {
        &self.private.oaep
    }
}

/// Names nothing but the type: keys must not reach a log.
impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionKey").finish_non_exhaustive()
    }
}

/// Two keys are equal if their certificates are.
impl PartialEq for DecryptionKey {
    fn eq(&self, other: &Self) -> bool {
        self.certificate == other.certificate
    }
}

impl Eq for DecryptionKey {}

fn check_certificate(
    key: &PrivateDecryptingKey,
    certificate: &[u8],
) -> Result<(), DecryptionKeyError> {
    let invalid = |reason: &str| DecryptionKeyError::CertificateInvalid(reason.to_owned());
    let (rest, parsed) = x509_parser::parse_x509_certificate(certificate)
        .map_err(|error| invalid(&error.to_string()))?;
    if !rest.is_empty() {
        return Err(invalid("bytes follow it"));
    }
    let own = key.public_key().as_der().map_err(engine)?;
    let (_, own) = SubjectPublicKeyInfo::from_der(own.as_ref()).map_err(engine)?;
    if parsed.public_key().subject_public_key.data == own.subject_public_key.data {
        Ok(())
    } else {
        Err(DecryptionKeyError::CertificateMismatch)
    }
}

/// The same key in the form that everything else here takes.
fn pkcs8_of_pkcs1(pkcs1: &[u8]) -> Result<Zeroizing<Vec<u8>>, DecryptionKeyError> {
    let key = RsaKeyPair::from_der(pkcs1).map_err(|error| rejected(&error.to_string()))?;
    let der = key.as_der().map_err(engine)?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

/// A certificate for a key that came without one. Its dates are fixed, so that our metadata does not change with each
/// start; the end is the one that means "none" (RFC 5280 4.1.2.5).
fn lasting_profile() -> CertificateProfile {
    const YEAR_2020: i64 = 1_577_836_800;
    const END_OF_9999: i64 = 253_402_300_799;
    let moment = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
    CertificateProfile {
        common_name: "SAML decryption".to_owned(),
        not_before: moment(YEAR_2020),
        not_after: moment(END_OF_9999),
    }
}

fn rejected(reason: &str) -> DecryptionKeyError {
    DecryptionKeyError::KeyRejected(reason.to_owned())
}

fn engine(error: impl fmt::Display) -> DecryptionKeyError {
    DecryptionKeyError::Engine(error.to_string())
}
