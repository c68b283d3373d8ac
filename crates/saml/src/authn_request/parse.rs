//! A request as it came in.
//!
//! Owns: telling who claims to be asking.
//! Does not own: any check. Nothing here may be believed, and so nothing else of the message can be read here.

use super::RequestError;
use crate::{
    binding::{MessageKind, Received},
    xml::{Document, Element, Limits, names, read::excerpt},
};

/// An AuthnRequest of which nothing is checked.
#[derive(Clone, Debug)]
pub struct ParsedAuthnRequest {
    pub(super) received: Received,
    claimed_issuer: String,
}

impl ParsedAuthnRequest {
    /// Looks who claims to be asking.
    ///
    /// # Errors
    /// If the message is no AuthnRequest with one plain issuer.
    pub fn parse(received: Received) -> Result<Self, RequestError> {
        if received.kind() != MessageKind::Request {
            return Err(RequestError::NotAnAuthnRequest("a response".to_owned()));
        }
        let claimed_issuer = {
            let document = Document::parse(received.xml(), &Limits::MESSAGE)?;
            let request = authn_request(document.root())?;
            let issuer = request.required_child(names::SAML, "Issuer")?;
            issuer.text()?.into_owned()
        };
        Ok(Self {
            received,
            claimed_issuer,
        })
    }

    /// The entity ID of the application that claims to be asking: good for looking it up, and for nothing else.
    #[must_use]
    pub fn claimed_issuer(&self) -> &str {
        &self.claimed_issuer
    }
}

/// `element`, if it is an AuthnRequest.
pub(super) fn authn_request(element: Element<'_>) -> Result<Element<'_>, RequestError> {
    if element.is(names::SAMLP, "AuthnRequest") {
        Ok(element)
    } else {
        Err(RequestError::NotAnAuthnRequest(excerpt(
            element.local_name(),
        )))
    }
}
