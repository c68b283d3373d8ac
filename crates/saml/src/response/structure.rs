//! Where things may stand in a Response, checked on the whole document before any signature is, and once more on what
//! was decrypted.
//!
//! Wrapping attacks need a place for the signed original and another for the forgery. There is only one place.

use super::ResponseError;
use crate::{
    signature,
    xml::{Document, Element, names},
};

/// What a Response carries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Carried<'d> {
    /// `saml:Assertion`.
    Assertion(Element<'d>),
    /// `saml:EncryptedAssertion`.
    Encrypted(Element<'d>),
}

/// Refuses a document in which an assertion, a signature or something encrypted stands out of its place.
pub(super) fn check(document: &Document<'_>) -> Result<(), ResponseError> {
    let root = document.root();
    if !root.is(names::SAMLP, "Response") {
        return Err(ResponseError::NotAResponse(root.local_name().to_owned()));
    }
    // The canonical form has no comments, so that text around one would join; nobody who means well writes them there.
    document.refuse_comments_in_text()?;
    for element in document.elements().filter(is_assertion) {
        if element.parent() != Some(root) {
            let place = element.parent().map_or("", |it| it.local_name());
            return Err(ResponseError::AssertionMisplaced(place.to_owned()));
        }
    }
    let assertions: Vec<_> = root.children().filter(is_assertion).collect();
    if assertions.len() > 1 {
        return Err(ResponseError::AssertionCount(assertions.len()));
    }
    let mut may_be_signed = vec![root];
    may_be_signed.extend(assertions.iter().filter(|it| !is_encrypted(it)));
    signature::refuse_elsewhere(document, &may_be_signed)?;
    let encrypted = assertions.into_iter().find(is_encrypted);
    refuse_encrypted_outside(document, encrypted)
}

/// The same for what was decrypted, and stands inside the root: one assertion, nothing encrypted in it, no signature
/// but its own.
pub(super) fn check_decrypted<'d>(
    document: &'d Document<'_>,
) -> Result<Element<'d>, ResponseError> {
    let mut children = document.root().children();
    let first = children.next();
    let Some(assertion) = first.filter(|it| it.is(names::SAML, "Assertion")) else {
        let name = first.map_or("text", |it| it.local_name());
        return Err(ResponseError::DecryptedElement(name.to_owned()));
    };
    let more = children.count();
    if more > 0 {
        return Err(ResponseError::AssertionCount(1 + more));
    }
    document.refuse_comments_in_text()?;
    if let Some(inner) = document
        .elements()
        .find(|it| is_assertion(it) && *it != assertion)
    {
        let place = inner.parent().map_or("", |it| it.local_name());
        return Err(ResponseError::AssertionMisplaced(place.to_owned()));
    }
    signature::refuse_elsewhere(document, &[assertion])?;
    refuse_encrypted_outside(document, None)?;
    Ok(assertion)
}

/// The only assertion of a Response.
pub(super) fn carried(response: Element<'_>) -> Result<Carried<'_>, ResponseError> {
    let mut assertions = response.children().filter(is_assertion);
    match (assertions.next(), assertions.count()) {
        (Some(encrypted), 0) if is_encrypted(&encrypted) => Ok(Carried::Encrypted(encrypted)),
        (Some(assertion), 0) => Ok(Carried::Assertion(assertion)),
        (first, more) => Err(ResponseError::AssertionCount(
            usize::from(first.is_some()) + more,
        )),
    }
}

/// Whether what the Response carries is encrypted.
pub(super) fn is_encrypted_response(document: &Document<'_>) -> bool {
    matches!(carried(document.root()), Ok(Carried::Encrypted(_)))
}

/// `EncryptedID` and `EncryptedAttribute` (SAML core 2.2.4, 2.7.3.2) are refused, as is ciphertext anywhere else: what
/// we read of a person is in one piece.
fn refuse_encrypted_outside(
    document: &Document<'_>,
    allowed: Option<Element<'_>>,
) -> Result<(), ResponseError> {
    let all = document.elements().filter(is_encrypted).count();
    let inside = allowed.map_or(0, |it| it.with_descendants().filter(is_encrypted).count());
    if all == inside {
        return Ok(());
    }
    let first = document.elements().find(is_encrypted);
    let name = first.map_or("", |it| it.local_name());
    Err(ResponseError::EncryptedElement(name.to_owned()))
}

fn is_assertion(element: &Element<'_>) -> bool {
    element.is(names::SAML, "Assertion") || element.is(names::SAML, "EncryptedAssertion")
}

/// `EncryptedAssertion`, `EncryptedID`, `EncryptedAttribute` and whatever else carries encrypted data.
fn is_encrypted(element: &Element<'_>) -> bool {
    (element.namespace() == names::SAML && element.local_name().starts_with("Encrypted"))
        || element.namespace() == names::XENC
}
