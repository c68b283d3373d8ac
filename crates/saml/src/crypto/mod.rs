//! Cryptography behind one small trait, so that the engine can be replaced.
//!
//! Owns: algorithms ([`algorithm`]), keys that verify ([`key`]), sign ([`sign`]), decrypt
//! ([`decryption_key`]) and encrypt ([`encryption_key`]), and the engine that canonicalizes and digests ([`engine`]).
//! Does not own: which signatures SAML allows where; that is [`crate::signature`], and it has decided before anything
//! here is called.

pub mod algorithm;
mod certificate;
mod cipher;
pub mod decryption_key;
pub mod encryption_algorithm;
pub mod encryption_key;
pub mod engine;
pub mod generate;
pub mod key;
pub mod sign;

use std::ops::Deref;

pub use self::{
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    certificate::Certificate,
    decryption_key::{DecryptionKey, DecryptionKeyError},
    encryption_algorithm::{DataCipher, KeyTransport},
    encryption_key::EncryptionKey,
    engine::ENGINE,
    key::VerifyingKey,
};
use crate::xml::{Document, Element, Limits, XmlError, read::excerpt};

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

    /// Decrypts with each key until one fits. What comes out is as untrusted as what went in.
    ///
    /// # Errors
    /// [`CryptoError::Decryption`], whatever it was that failed.
    fn decrypt(
        &self,
        encrypted: &Encrypted,
        keys: &[DecryptionKey],
    ) -> Result<Vec<u8>, CryptoError>;

    /// Encrypts for `recipient` with a key that is made for this message.
    ///
    /// # Errors
    /// [`CryptoError::Cbc`], which we read at best and never write; [`CryptoError::Encryption`].
    fn encrypt(
        &self,
        plaintext: &[u8],
        recipient: &EncryptionKey,
        cipher: DataCipher,
        transport: KeyTransport,
    ) -> Result<Encrypted, CryptoError>;
}

/// Ciphertext and its wrapped key, taken out of XML whose shape was found good, or about to be written into some.
#[derive(Debug, Clone)]
pub struct Encrypted {
    /// How the data is encrypted.
    pub cipher: DataCipher,
    /// Initialisation vector or nonce, ciphertext, and with GCM the tag (XML-Enc 1.1 clause 5.2).
    pub ciphertext: Vec<u8>,
    /// How its key is encrypted.
    pub transport: KeyTransport,
    /// The encrypted key.
    pub wrapped_key: Vec<u8>,
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
    /// AES-CBC, and nobody asked for the danger.
    #[error("AES-CBC is not accepted: it does not notice changes")]
    Cbc,
    /// A certificate or key that cannot be read or is too weak.
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
    /// No key of ours fits, or the ciphertext was changed. Which of them is not told.
    #[error("what is encrypted cannot be decrypted")]
    Decryption,
    /// The signed element was changed after it was signed.
    #[error("the digest does not match: the signed element was changed")]
    Digest,
    /// The digest of nothing, which proves nothing.
    #[error("the digest is that of an empty document")]
    EmptyDigest,
    /// The library failed to encrypt.
    #[error("encryption failed")]
    Encryption,
    /// No trusted key is of the kind that the algorithm needs.
    #[error("no trusted key fits the algorithm {0}")]
    KeyMismatch(&'static str),
    /// No trusted key made this signature.
    #[error("no trusted key verifies the signature ({0} tried)")]
    Mismatch(usize),
    /// Digests of RSA-OAEP that are not on our list, or not the same for padding and mask.
    #[error("these parameters of RSA-OAEP are not accepted")]
    OaepParameters,
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
            Self::Cbc => "cbc_refused",
            Self::Certificate(_) => "certificate_unusable",
            Self::Decryption => "decryption_failed",
            Self::Digest => "digest_mismatch",
            Self::EmptyDigest => "empty_digest_refused",
            Self::Encryption => "encryption_failed",
            Self::KeyMismatch(_) => "key_mismatch",
            Self::Mismatch(_) => "signature_mismatch",
            Self::OaepParameters => "oaep_parameters_refused",
            Self::Sha1 => "sha1_refused",
        }
    }

    fn algorithm(uri: &str) -> Self {
        Self::Algorithm(excerpt(uri))
    }
}
