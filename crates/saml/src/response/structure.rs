//! Where things may stand in a Response, checked on the whole document before any signature is.
//!
//! Wrapping attacks need a place for the signed original and another for the forgery. There is only one place.

use super::ResponseError;
use crate::signature;
use crate::xml::{Document, Element, names};

/// Refuses a document in which an assertion or a signature stands out of its place, or something is encrypted.
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
    let mut signed = assertions;
    signed.push(root);
    signature::refuse_elsewhere(document, &signed)?;
    if let Some(encrypted) = document.elements().find(is_encrypted) {
        return Err(ResponseError::EncryptedNotConfigured(
            encrypted.local_name().to_owned(),
        ));
    }
    Ok(())
}

/// The only assertion of a Response.
pub(super) fn assertion(response: Element<'_>) -> Result<Element<'_>, ResponseError> {
    let mut assertions = response.children_named(names::SAML, "Assertion");
    match (assertions.next(), assertions.count()) {
        (Some(assertion), 0) => Ok(assertion),
        (first, more) => Err(ResponseError::AssertionCount(
            usize::from(first.is_some()) + more,
        )),
    }
}

fn is_assertion(element: &Element<'_>) -> bool {
    element.is(names::SAML, "Assertion") || element.is(names::SAML, "EncryptedAssertion")
}

/// SAML core 2.2.4, 2.3.4, 2.7.3.2 and whatever else carries encrypted data.
fn is_encrypted(element: &Element<'_>) -> bool {
    (element.namespace() == names::SAML && element.local_name().starts_with("Encrypted"))
        || element.namespace() == names::XENC
}
