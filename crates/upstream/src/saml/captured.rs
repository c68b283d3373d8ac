//! A Response, or a LogoutRequest, that somebody captured, in whatever form they have it.
//!
//! Owns what a diagnosis does in the place of a browser: getting at the XML, and asking the message itself which
//! request it answers, where nobody knows. Does not judge it; [`Terms`](super::Terms) and [`LogoutTerms`] do.

pub use vestibule_saml::binding::post::MAX_BODY_BYTES;
use vestibule_saml::{
    binding::{BindingError, MessageKind, Received, post},
    logout::{AcceptedLogout, AcceptedLogoutRequest, ParsedLogout},
    response,
};

use super::LogoutTerms;
use crate::rejection::Rejection;

/// The XML of a captured Response: XML itself, base64 of it, or the body of the form that the browser posted. Base64
/// and forms are read as the live endpoint reads them; white space around the whole is dropped.
///
/// # Errors
/// [`Rejection`] if it is none of them, too large, or the form holds a request.
pub fn response_xml(message: &[u8]) -> Result<Vec<u8>, Rejection> {
    let bare = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    let bare = bare.trim_ascii();
    match std::str::from_utf8(bare) {
        Ok("") => Err(refused(&BindingError::Missing)),
        Ok(text) if is_form(text) => posted(text),
        Ok(text) if !text.starts_with('<') => {
            post::decode_base64(MessageKind::Response, text).map_err(|error| refused(&error))
        }
        // What is neither text nor base64 is for the parser, which refuses other encodings by name.
        _ => Ok(message.to_vec()),
    }
}

/// Whether this is the body of a form: base64 has `=` only at its end.
fn is_form(text: &str) -> bool {
    let ours = |pair: &str| ["SAMLRequest=", "SAMLResponse="].map(|name| pair.starts_with(name));
    !text.starts_with('<') && text.split('&').any(|pair| ours(pair).contains(&true))
}

fn posted(form: &str) -> Result<Vec<u8>, Rejection> {
    let posted = post::decode(form.as_bytes()).map_err(|error| refused(&error))?;
    if posted.kind() != MessageKind::Response {
        return Err(Rejection::of(
            "not_a_response",
            "the message is a request, not a Response",
        ));
    }
    Ok(posted.xml().to_vec())
}

/// Which request a Response claims to answer; empty, which no request is called, if none.
///
/// # Errors
/// [`Rejection`] if it is no XML that we read.
pub fn answered_request(xml: &[u8]) -> Result<String, Rejection> {
    response::claimed_request(xml)
        .map(Option::unwrap_or_default)
        .map_err(|error| Rejection::of(error.code(), error.to_string()))
}

impl LogoutTerms<'_> {
    /// Judges a captured request to end sessions with all that can be told without knowing them.
    ///
    /// # Errors
    /// [`Rejection`], with the code that the live endpoint has for it; and for an answer, which is judged by the request
    /// that it answers.
    pub fn judge_captured(&self, received: Received) -> Result<AcceptedLogoutRequest, Rejection> {
        let message = ParsedLogout::parse(received)
            .map_err(|error| Rejection::of(error.code(), error.to_string()))?;
        match self.judge(&message)? {
            AcceptedLogout::Request(request) => Ok(request),
            AcceptedLogout::Response(_) => Err(Rejection::of(
                "message_kind_refused",
                "the message is a LogoutResponse, not a LogoutRequest",
            )),
        }
    }
}

fn refused(error: &BindingError) -> Rejection {
    Rejection::of(error.code(), error.to_string())
}
