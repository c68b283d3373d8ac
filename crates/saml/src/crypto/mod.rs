//! Cryptography behind one small trait, so that the engine can be replaced.
//!
//! Owns: algorithms ([`algorithm`]), keys that verify ([`key`]) and sign ([`sign`]), and the engine that canonicalizes
//! and digests ([`engine`]). Does not own: which signatures SAML allows where; that is [`crate::signature`], and it
//! has decided before anything here is called.

pub mod algorithm;
pub mod engine;
pub mod generate;
pub mod key;
pub mod sign;

use std::ops::Deref;

use crate::xml::read::excerpt;
use crate::xml::{Document, Element, Limits, XmlError};

pub use algorithm::{DigestAlgorithm, SignatureAlgorithm};
pub use engine::ENGINE;
pub use key::{Certificate, VerifyingKey};

/// What XML cryptography we need from an engine.
pub trait XmlCrypto: Send + Sync {
    /// The exclusive canonical form of `element` (exc-c14n 3): the bytes that a signature of ours covers.
    ///
    /// # Errors
    /// [`CryptoError::Canonicalization`].
    fn canonicalize(&self, element: Element<'_>) -> Result<Vec<u8>, CryptoError>;

    /// Checks `signature` with each fitting key until one verifies, and hands back the bytes that it covers.
    ///
    /// # Errors
    /// Any [`CryptoError`]; there is no third answer beside verified and refused.
    fn verify(
        &self,
        signature: &Enveloped<'_>,
        keys: &[VerifyingKey],
    ) -> Result<SignedBytes, CryptoError>;
}

/// An enveloped signature whose shape was found good: one reference to the element around it, the enveloped-signature
/// transform, then exclusive canonicalization without comments.
#[derive(Debug)]
pub struct Enveloped<'d> {
    /// The signed element.
    pub element: Element<'d>,
    /// Its child `ds:Signature`.
    pub signature: Element<'d>,
    /// Its only `ds:SignedInfo`.
    pub signed_info: Element<'d>,
    /// Prefixes that exclusive canonicalization of `signed_info` treats inclusively (exc-c14n 4).
    pub signed_info_prefixes: Vec<&'d str>,
    /// The same for `element`.
    pub element_prefixes: Vec<&'d str>,
    /// How the digest is made.
    pub digest_algorithm: DigestAlgorithm,
    /// The digest as it stands in the reference.
    pub digest: Vec<u8>,
    /// How the signature value is made.
    pub algorithm: SignatureAlgorithm,
    /// The signature value.
    pub value: Vec<u8>,
}

/// Proof: these bytes are the canonical form of an element, and a trusted key signed them.
///
/// **Invariant:** what is believed is read from here and from nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBytes {
    bytes: Vec<u8>,
    limits: Limits,
}

impl SignedBytes {
    /// Only an engine that has just checked digest and signature value may call this.
    fn assert_verified(bytes: Vec<u8>, limits: Limits) -> Self {
        Self { bytes, limits }
    }

    /// The canonical bytes, without the signature itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Parses the bytes, with the one parser.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse(&self) -> Result<SignedDocument<'_>, XmlError> {
        Document::parse(&self.bytes, &self.limits).map(SignedDocument)
    }
}

/// Proof: this document was parsed from [`SignedBytes`]. It is read like any other.
#[derive(Debug)]
pub struct SignedDocument<'a>(Document<'a>);

impl<'a> Deref for SignedDocument<'a> {
    type Target = Document<'a>;

    fn deref(&self) -> &Document<'a> {
        &self.0
    }
}

/// Why cryptography refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// An algorithm that is not on our list.
    #[error("the algorithm {0:?} is not accepted")]
    Algorithm(String),
    /// Exclusive canonicalization failed, gave nothing, or gave more than the limit.
    #[error("the signed element cannot be canonicalized")]
    Canonicalization,
    /// A certificate or key that cannot be read or is too weak.
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
    /// The signed element was changed after it was signed.
    #[error("the digest does not match: the signed element was changed")]
    Digest,
    /// The digest of nothing, which proves nothing.
    #[error("the digest is that of an empty document")]
    EmptyDigest,
    /// No trusted key is of the kind that the algorithm needs.
    #[error("no trusted key fits the algorithm {0}")]
    KeyMismatch(&'static str),
    /// No trusted key made this signature.
    #[error("no trusted key verifies the signature ({0} tried)")]
    Mismatch(usize),
    /// SHA-1, and nobody asked for the danger.
    #[error("SHA-1 is not accepted")]
    Sha1,
}

impl CryptoError {
    /// Stable reason code for logs, audit and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Algorithm(_) => "algorithm_refused",
            Self::Canonicalization => "canonicalization_failed",
            Self::Certificate(_) => "certificate_unusable",
            Self::Digest => "digest_mismatch",
            Self::EmptyDigest => "empty_digest_refused",
            Self::KeyMismatch(_) => "key_mismatch",
            Self::Mismatch(_) => "signature_mismatch",
            Self::Sha1 => "sha1_refused",
        }
    }

    fn algorithm(uri: &str) -> Self {
        Self::Algorithm(excerpt(uri))
    }
}
