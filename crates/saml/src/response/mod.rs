//! Consuming a Response as a service provider: from bytes off the wire to a [`VerifiedAssertion`].
//!
//! Owns: every check of the Web Browser SSO profile (SAML profiles 4.1.4) that needs no memory. Does not own: memory.
//! Which request is pending, and whether an assertion was seen before, the caller knows; it hands in the first and must
//! act on [`VerifiedAssertion::replay_id`].
//!
//! One check, one file: `structure` says where things may stand, [`crate::signature`] what is signed, `envelope` looks at
//! the Response, `subject`, `conditions` and `statements` at the assertion.
//!
//! **Invariant:** the assertion is read only from canonical bytes whose signature was checked, parsed anew. If only the
//! Response is signed these are the Response's bytes. The document that arrived is never read for a claim.

mod assertion;
mod attributes;
mod conditions;
mod envelope;
mod error;
mod expectation;
mod statements;
mod structure;
mod subject;

use crate::crypto::SignedDocument;
use crate::signature;
use crate::xml::{Document, Element, Limits};

pub use assertion::{ReplayId, VerifiedAssertion};
pub use attributes::{Attribute, AttributeError, Attributes, Value};
pub use error::{ResponseError, Status};
pub use expectation::Expectation;
pub use subject::NameId;

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
    match signature::verify(received.root(), expectation.trust())? {
        Some(signed) => consume_signed(&signed.parse()?, expectation),
        None => consume_unsigned(&received, expectation),
    }
}

/// The Response is signed, and so the assertion in it is covered. If it has a signature of its own that must be good
/// too, and then the assertion is read from there.
fn consume_signed(
    response: &SignedDocument<'_>,
    expectation: &Expectation<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    envelope::check(response.root(), true, expectation)?;
    let covered = Covered::by_response(response)?;
    match signature::verify(covered.assertion(), expectation.trust())? {
        Some(signed) => assertion::read(&Covered::alone(&signed.parse()?), expectation),
        None => assertion::read(&covered, expectation),
    }
}

/// The Response is not signed, and so the assertion in it must be.
fn consume_unsigned(
    response: &Document<'_>,
    expectation: &Expectation<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    envelope::check(response.root(), false, expectation)?;
    let assertion = structure::assertion(response.root())?;
    let signed = signature::verify(assertion, expectation.trust())?;
    let signed = signed.ok_or(ResponseError::SignatureMissing)?;
    assertion::read(&Covered::alone(&signed.parse()?), expectation)
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
        structure::assertion(response.root()).map(Self)
    }

    const fn assertion(&self) -> Element<'d> {
        self.0
    }
}
