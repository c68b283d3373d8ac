//! Consuming a Response as a service provider: from bytes off the wire to a [`VerifiedAssertion`].
//!
//! Owns: every check of the Web Browser SSO profile (SAML profiles 4.1.4) that needs no memory. Does not own: memory.
//! Which request is pending, and whether an assertion was seen before, the caller knows; it hands in the first and must
//! act on [`VerifiedAssertion::replay_id`].
//!
//! One check, one file: `structure` says where things may stand, [`crate::signature`] what is signed, `envelope` looks
//! at the Response, `encrypted` into ciphertext, `subject`, `conditions` and `statements` at the assertion.
//!
//! **Invariant:** the assertion is read only from canonical bytes whose signature was checked, parsed anew. If only the
//! Response is signed these are the Response's bytes, or what its ciphertext decrypts to. The document that arrived is
//! never read for a claim.

mod assertion;
mod attributes;
mod conditions;
mod decoy;
mod encrypted;
mod envelope;
mod error;
mod expectation;
mod statements;
mod structure;
mod subject;

use self::structure::Carried;
pub use self::{
    assertion::{ReplayId, VerifiedAssertion},
    attributes::{Attribute, AttributeError, Attributes, Value},
    error::{Concealed, ResponseError, Status},
    expectation::Expectation,
    subject::NameId,
};
use crate::{
    crypto::SignedDocument,
    signature,
    xml::{Document, Element, Limits},
};

/// Verifies a Response, decoded from its binding, against what is expected.
///
/// # Errors
/// The first check that fails; see [`ResponseError`]. A refusal by the identity provider is
/// [`ResponseError::Status`].
pub fn verify(
    xml: &[u8],
    expectation: &Expectation<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    let received = Document::parse(xml, &Limits::MESSAGE)?;
    structure::check(&received)?;
    if expectation.decryption.keys.is_empty() && structure::is_encrypted_response(&received) {
        return Err(ResponseError::EncryptedNotConfigured);
    }
    match signature::verify(received.root(), expectation.trust())? {
        Some(signed) => consume_signed(&signed.parse()?, expectation),
        None if expectation.require_signed_response => Err(ResponseError::ResponseSignatureMissing),
        None => consume_unsigned(&received, expectation),
    }
}

/// Which request a Response claims to answer. Nothing is verified.
///
/// A login knows its request, and must not ask. A diagnosis that does not know it can only hold the message against
/// itself: with this as [`Expectation::in_response_to`], Response and assertion must agree.
///
/// # Errors
/// [`ResponseError::Xml`].
pub fn claimed_request(xml: &[u8]) -> Result<Option<String>, ResponseError> {
    let received = Document::parse(xml, &Limits::MESSAGE)?;
    let claimed = received.root().attribute("InResponseTo");
    Ok(claimed.map(str::to_owned))
}

/// The Response is signed, and so the assertion in it is covered. If it has a signature of its own that must be good
/// too, and then the assertion is read from there.
fn consume_signed(
    response: &SignedDocument<'_>,
    expectation: &Expectation<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    envelope::check(response.root(), true, expectation)?;
    match structure::carried(response.root())? {
        Carried::Encrypted(encrypted) => {
            encrypted::consume(encrypted, Around::Signed(response), expectation)
        }
        Carried::Assertion(assertion) => match signature::verify(assertion, expectation.trust())? {
            Some(signed) => assertion::read(&Covered::alone(&signed.parse()?), expectation),
            None => assertion::read(&Covered::by_response(response)?, expectation),
        },
    }
}

/// The Response is not signed, and so the assertion in it must be.
fn consume_unsigned(
    response: &Document<'_>,
    expectation: &Expectation<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    envelope::check(response.root(), false, expectation)?;
    match structure::carried(response.root())? {
        Carried::Encrypted(encrypted) => {
            encrypted::consume(encrypted, Around::Unsigned, expectation)
        }
        Carried::Assertion(assertion) => {
            let signed = signature::verify(assertion, expectation.trust())?;
            let signed = signed.ok_or(ResponseError::SignatureMissing)?;
            assertion::read(&Covered::alone(&signed.parse()?), expectation)
        }
    }
}

/// The Response around an encrypted assertion.
#[derive(Clone, Copy)]
enum Around<'d> {
    /// Its signature covers the ciphertext.
    Signed(&'d SignedDocument<'d>),
    /// Anybody may have written it.
    Unsigned,
}

/// Proof: this assertion belongs to a document that was parsed from signed bytes. There is no other way to make one.
struct Covered<'d>(Element<'d>);

impl<'d> Covered<'d> {
    /// The assertion was signed itself.
    fn alone(assertion: &'d SignedDocument<'_>) -> Self {
        Self(assertion.root())
    }

    /// The Response was signed, and the assertion is in it.
    fn by_response(response: &'d SignedDocument<'_>) -> Result<Self, ResponseError> {
        match structure::carried(response.root())? {
            Carried::Assertion(assertion) => Ok(Self(assertion)),
            Carried::Encrypted(_) => Err(ResponseError::SignatureMissing),
        }
    }

    /// The Response was signed, and the assertion came out of ciphertext in it.
    fn by_ciphertext(assertion: &'d Document<'_>, _response: &SignedDocument<'_>) -> Self {
        Self(assertion.root())
    }

    const fn assertion(&self) -> Element<'d> {
        self.0
    }
}
