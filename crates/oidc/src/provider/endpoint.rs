//! What clients post to us, and how it is refused.
//!
//! Owns the form of a request at the token, introspection, revocation and PAR endpoints, and the JSON answer that says
//! no (RFC 6749 section 5.2). It does not own what the parameters mean: each endpoint reads its own out of the
//! [`ClientForm`].
//!
//! **Invariant:** a parameter is read from the body alone. A query is refused rather than ignored, so that no secret
//! gets used to travelling in an address (RFC 6749 section 2.3.1, OO-06, OO-12).

mod rejection;

use std::fmt;

pub use self::rejection::{EndpointRejection, FormRejection, GrantRejection, OAuthError};
use crate::form::{FormFault, Parameters};

/// The largest body, in bytes.
pub const MAX_REQUEST_BYTES: usize = 32 * 1024;

/// Headers of every answer that carries a token or speaks of one (RFC 6749 section 5.1).
pub const NOT_TO_BE_STORED: [(&str, &str); 2] =
    [("Cache-Control", "no-store"), ("Pragma", "no-cache")];

/// A request as HTTP brought it. Its `Debug` shows nothing.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// The method, as in the request line.
    pub method: &'a str,
    /// What stands behind `?` in the address, if anything does.
    pub query: Option<&'a str>,
    /// The header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The header `Authorization`; a request with two of them is for the caller to refuse.
    pub authorization: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Incoming(..)")
    }
}

impl Incoming<'_> {
    /// Whether the body is declared as a form; parameters of the media type are of no meaning (RFC 6749 appendix B).
    pub(crate) fn is_form(&self) -> bool {
        let media_type = self.content_type.and_then(|text| text.split(';').next());
        media_type.is_some_and(|media_type| {
            media_type
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
    }
}

/// The body of a client's request, decoded, each parameter at most once, and the header beside it. Its `Debug` shows
/// nothing.
pub struct ClientForm {
    pub(crate) authorization: Option<String>,
    pub(crate) parameters: Parameters,
}

impl ClientForm {
    /// Reads a POST with a form and nothing else.
    ///
    /// # Errors
    /// [`FormRejection`].
    pub fn read(incoming: &Incoming<'_>) -> Result<Self, FormRejection> {
        if incoming.method != "POST" {
            return Err(FormRejection::NotPost);
        }
        if incoming.query.is_some_and(|query| !query.is_empty()) {
            return Err(FormRejection::Query);
        }
        if !incoming.is_form() {
            return Err(FormRejection::NotForm);
        }
        Ok(Self {
            authorization: incoming.authorization.map(str::to_owned),
            parameters: parameters(incoming.body)?,
        })
    }

    /// A parameter that must be there.
    pub(crate) fn required(&mut self, name: &'static str) -> Result<String, FormRejection> {
        self.parameters
            .take(name)
            .ok_or(FormRejection::Missing { parameter: name })
    }
}

impl fmt::Debug for ClientForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientForm(..)")
    }
}

/// Decodes a body or a query.
pub(crate) fn parameters(body: &[u8]) -> Result<Parameters, FormRejection> {
    let body = std::str::from_utf8(body).map_err(|_| FormRejection::Encoding)?;
    Parameters::parse(body, MAX_REQUEST_BYTES).map_err(|fault| match fault {
        FormFault::Encoding => FormRejection::Encoding,
        FormFault::Repeated(parameter) => FormRejection::Repeated { parameter },
        FormFault::TooLarge => FormRejection::TooLarge,
    })
}

#[cfg(test)]
mod tests;
