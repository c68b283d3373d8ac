//! A message of a partner that somebody captured, in whatever form they have it.
//!
//! Owns what a diagnosis does in the place of a browser and of the configuration: getting at the message and the way
//! that it came, reading what its sender says of itself, and judging it as if its sender were the only partner. Does not
//! own a check; [`RequestTerms`], [`LogoutMessageTerms`] and `wishes` do.

use std::iter;

use base64::{Engine, prelude::BASE64_STANDARD};
use url::form_urlencoded::byte_serialize;
use vestibule_core::port::{Rejection, Tell};
pub use vestibule_saml::{
    authn_request::AcceptedAuthnRequest,
    binding::{Received, post::MAX_BODY_BYTES},
    logout::AcceptedLogoutRequest,
    metadata::Validity,
};
use vestibule_saml::{
    authn_request::ParsedAuthnRequest,
    binding::{BindingError, MessageKind, post, redirect},
    logout::{AcceptedLogout, ParsedLogout},
};

use super::{
    judge::{LogoutMessageTerms, RequestTerms},
    relay_state,
    settings::{ServiceProvider, ServiceProviderError, VerifyingKey},
    unknown, wishes,
};

/// Parameters that a query may have, and that nobody puts into a form (SAML bindings 3.4.4.1).
const OF_QUERIES: [&str; 3] = ["SAMLEncoding=", "SigAlg=", "Signature="];

/// A request that came by HTTP-POST (its XML, base64 of it, or the body of the form) or by HTTP-Redirect (the address,
/// the query, or its parameter alone). Base64, forms and queries are read as the live endpoint reads them; white space
/// around the whole is dropped.
///
/// # Errors
/// [`Rejection`] if it is none of them, or too large.
pub fn received_request(message: &[u8]) -> Result<Received, Rejection> {
    let bare = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    let decoded = match std::str::from_utf8(bare.trim_ascii()) {
        Ok("") => Err(BindingError::Missing),
        Ok(text) if !text.starts_with('<') => transported(text),
        // What is no text is for the parser, which refuses other encodings by name.
        _ => by_post(&form(&BASE64_STANDARD.encode(message))),
    };
    decoded.map_err(|error| refused(error.code(), error.to_string()))
}

fn transported(text: &str) -> Result<Received, BindingError> {
    if let Some(query) = query_of(text) {
        return by_redirect(query);
    }
    let has = |names: &[&str]| {
        let mut pairs = text.split('&');
        pairs.any(|pair| names.iter().any(|name| pair.starts_with(name)))
    };
    if has(&OF_QUERIES) {
        by_redirect(text)
    } else if has(&["SAMLRequest=", "SAMLResponse="]) {
        either(text)
    } else {
        either(&form(text))
    }
}

/// The query of an address, without what stays in the browser; or one that begins with its question mark. Base64 and
/// the bodies of forms have none.
fn query_of(text: &str) -> Option<&str> {
    let (address, query) = text.split_once('?')?;
    let is_address = address.is_empty() || address.contains("://");
    is_address.then(|| query.split('#').next().unwrap_or_default())
}

/// A form and an unsigned query have the same parameters. But XML is not compressed in a form, and always in a query.
fn either(parameters: &str) -> Result<Received, BindingError> {
    let posted = by_post(parameters);
    let is_xml = |it: &Received| it.xml().trim_ascii_start().starts_with(b"<");
    if posted.as_ref().is_ok_and(is_xml) {
        return posted;
    }
    by_redirect(parameters).or(posted)
}

fn by_post(body: &str) -> Result<Received, BindingError> {
    post::decode(body.as_bytes()).map(Received::Post)
}

fn by_redirect(query: &str) -> Result<Received, BindingError> {
    redirect::decode(query).map(Received::Redirect)
}

fn form(base64: &str) -> String {
    let value: String = byte_serialize(base64.as_bytes()).collect();
    format!("{}={value}", MessageKind::Request.parameter())
}

/// Reads what an application says of itself: the one with that entity ID, if several are described, signed by one of
/// `signed_by` unless that is empty. It must hold at the moment at which it is used.
///
/// # Errors
/// [`ServiceProviderError`].
pub fn read_service_provider(
    xml: &[u8],
    entity_id: Option<&str>,
    signed_by: &[VerifyingKey],
) -> Result<(ServiceProvider, Validity), ServiceProviderError> {
    ServiceProvider::read(xml, entity_id, signed_by)
}

impl RequestTerms<'_> {
    /// Judges a captured request with all that can be told before the person has logged in.
    ///
    /// # Errors
    /// [`Rejection`], with the code that the live endpoint has for it.
    pub fn judge_captured(&self, received: Received) -> Result<AcceptedAuthnRequest, Rejection> {
        let binding = received.binding();
        let request = ParsedAuthnRequest::parse(received)
            .map_err(|error| refused(error.code(), error.to_string()))?;
        if request.claimed_issuer() != self.app.sp.entity_id {
            let known = iter::once(self.app.sp.entity_id.as_str());
            return Err(unknown(request.claimed_issuer(), known));
        }
        let accepted = self
            .judge(&request)
            .map_err(|error| refused(error.code(), error.to_string()))?;
        relay_state::check(self.app, self.sp, binding, &accepted)
            .map_err(|stray| refused(stray.code, stray.detail.to_owned()))?;
        wishes::check(self.app, &accepted).map_err(|vain| refused(vain.code, vain.detail))?;
        Ok(accepted)
    }
}

impl LogoutMessageTerms<'_> {
    /// Judges a captured request to end sessions with all that can be told without knowing them.
    ///
    /// # Errors
    /// [`Rejection`], with the code that the live endpoint has for it; and for an answer, which is judged by the request
    /// that it answers.
    pub fn judge_captured(&self, received: Received) -> Result<AcceptedLogoutRequest, Rejection> {
        let message = ParsedLogout::parse(received)
            .map_err(|error| refused(error.code(), error.to_string()))?;
        if message.claimed_issuer() != self.partner {
            let known = iter::once(self.partner);
            return Err(unknown(message.claimed_issuer(), known));
        }
        let accepted = self
            .judge(&message)
            .map_err(|error| refused(error.code(), error.to_string()))?;
        match accepted {
            AcceptedLogout::Request(request) => Ok(request),
            AcceptedLogout::Response(_) => Err(refused(
                "message_kind_refused",
                "the message is a LogoutResponse, not a LogoutRequest".to_owned(),
            )),
        }
    }
}

fn refused(code: &'static str, detail: String) -> Rejection {
    Rejection {
        code,
        detail,
        app: None,
        tell: Tell::Nobody,
    }
}
