//! What a SAML signature may look like, and the one way to get from a signed element to its verified bytes.
//!
//! Owns: the signature profile of SAML core 5.4, made stricter, and where in a document a signature may stand.
//! Does not own: canonicalization and key operations ([`crate::crypto`]), or which signatures a message needs.
//!
//! The profile: `ds:Signature` is a direct child of the element that it signs; it holds exactly one `SignedInfo`, one
//! `SignatureValue` and at most one `KeyInfo`; `SignedInfo` holds exactly one `Reference`, which points to the parent
//! by its `ID`; the transforms are enveloped-signature and exclusive canonicalization, in this order. There is nothing
//! to resolve, so nothing can be resolved wrongly. **Invariant:** `KeyInfo` is never read.

mod shape;

use crate::{
    crypto::{CryptoError, ENGINE, SignedBytes, VerifyingKey},
    xml::{Document, Element, XmlError, names},
};

/// The enveloped-signature transform (XML-DSig 6.6.4).
pub(crate) const ENVELOPED_SIGNATURE: &str =
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Whom we trust for a signature, and how far.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'a> {
    /// The partner's keys; all that fit are tried, so that keys can be changed without an interruption.
    pub keys: &'a [VerifyingKey],
    /// Accept SHA-1, which is broken, in digests and RSA signatures.
    pub danger_accept_sha1: bool,
}

/// Why a signature is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The cryptography refused.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A signature stands where none may stand.
    #[error("a Signature stands inside {0}, where none is accepted")]
    Misplaced(String),
    /// The reference does not point to the element around the signature.
    #[error("the signature refers to {found:?} instead of {expected:?}")]
    Reference {
        /// The reference that must stand there.
        expected: String,
        /// The reference as it stands.
        found: String,
    },
    /// There is not exactly one reference.
    #[error("the signature has {0} references instead of one")]
    ReferenceCount(usize),
    /// One element carries two signatures.
    #[error("the element {0} has more than one Signature")]
    Repeated(String),
    /// Some other part of the signature is not as the profile wants it.
    #[error("the signature is not of the accepted shape: {0}")]
    Shape(String),
    /// The transforms are not the two that SAML allows.
    #[error(
        "the transforms of the signature are not enveloped-signature and exclusive canonicalization"
    )]
    Transforms,
    /// The XML inside the signature.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl SignatureError {
    /// Stable reason code for logs, audit and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Crypto(error) => error.code(),
            Self::Misplaced(_) => "signature_misplaced",
            Self::Reference { .. } => "reference_mismatch",
            Self::ReferenceCount(_) => "reference_count",
            Self::Repeated(_) => "signature_repeated",
            Self::Shape(_) => "signature_shape",
            Self::Transforms => "transforms_refused",
            Self::Xml(error) => error.code(),
        }
    }
}

/// Refuses the document if a `ds:Signature` stands anywhere but directly inside one of `allowed`.
///
/// A signature that nobody looks at is either a mistake or bait.
///
/// # Errors
/// [`SignatureError::Misplaced`].
pub fn refuse_elsewhere(
    document: &Document<'_>,
    allowed: &[Element<'_>],
) -> Result<(), SignatureError> {
    for signature in document
        .elements()
        .filter(|it| it.is(names::DS, "Signature"))
    {
        match signature.parent() {
            Some(parent) if allowed.contains(&parent) => {}
            parent => {
                let place = parent.map_or("the document", |it| it.local_name());
                return Err(SignatureError::Misplaced(place.to_owned()));
            }
        }
    }
    Ok(())
}

/// Checks the signature of `element` and hands back the bytes that it covers; `None` if `element` carries none.
///
/// # Errors
/// A signature that is present must be good: any fault is an error, never `None`.
pub fn verify(
    element: Element<'_>,
    trust: Trust<'_>,
) -> Result<Option<SignedBytes>, SignatureError> {
    let mut signatures = element.children_named(names::DS, "Signature");
    let Some(signature) = signatures.next() else {
        return Ok(None);
    };
    if signatures.next().is_some() {
        return Err(SignatureError::Repeated(element.local_name().to_owned()));
    }
    let enveloped = shape::read(element, signature, trust.danger_accept_sha1)?;
    Ok(Some(ENGINE.verify(&enveloped, trust.keys)?))
}
