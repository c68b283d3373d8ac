//! Consuming a Response as a service provider: from bytes off the wire to a [`VerifiedAssertion`].
//!
//! Owns: every check of the Web Browser SSO profile (SAML profiles 4.1.4) that needs no memory. Does not own: memory.
//! Which request is pending, and whether an assertion was seen before, the caller knows; it hands in the first and must
//! act on [`VerifiedAssertion::replay_id`].
//!
//! One check, one file: [`structure`] says where things may stand, [`crate::signature`] what is signed, [`envelope`]
//! looks at the Response, [`subject`], [`conditions`] and [`statements`] at the assertion.
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
        Some(signed) => consume(signed.parse()?.root(), true, expectation),
        None => consume(received.root(), false, expectation),
    }
}

fn consume(
    response: Element<'_>,
    response_signed: bool,
    expectation: &Expectation<'_>,
) -> Result<VerifiedAssertion, ResponseError> {
    envelope::check(response, response_signed, expectation)?;
    let assertion = structure::assertion(response)?;
    match signature::verify(assertion, expectation.trust())? {
        Some(signed) => assertion::read(
            Covered::assert_verified(signed.parse()?.root()),
            expectation,
        ),
        None if response_signed => {
            assertion::read(Covered::assert_verified(assertion), expectation)
        }
        None => Err(ResponseError::SignatureMissing),
    }
}

/// Proof: this assertion belongs to a document that was parsed from [`crate::crypto::SignedBytes`].
struct Covered<'d>(Element<'d>);

impl<'d> Covered<'d> {
    fn assert_verified(assertion: Element<'d>) -> Self {
        Self(assertion)
    }
}
