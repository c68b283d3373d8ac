//! Pushed authorization requests (RFC 9126).
//!
//! Owns the name of a pushed request, the judgement of the body that a client sends, and the answer to it.
//! It does not own how the client proves who it is, nor where pushed requests are kept, nor for how long.

use std::{fmt, time::Duration};

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    answer::{ErrorCode, clean_description},
    authorization::{AcceptedAuthorization, PageReason, Refusal, UncheckedRequest},
    client::Client,
};

/// How names begin (RFC 9126 section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The longest secret in a name, in bytes.
const MAX_SECRET_BYTES: usize = 256;

/// The name of a pushed request: whoever knows it can use the request, once.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestUri {
    secret: String,
}

impl RequestUri {
    /// A name around a secret that the caller made; `None` if it is empty, too long, or not of unreserved characters.
    #[must_use]
    pub fn from_secret(secret: &str) -> Option<Self> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let fits = (1..=MAX_SECRET_BYTES).contains(&secret.len());
        (fits && secret.bytes().all(unreserved)).then(|| Self {
            secret: secret.to_owned(),
        })
    }

    /// Reads a name; `None` if it is none, such as the address of a request object.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_secret(text.strip_prefix(PREFIX)?)
    }

    /// The secret, to find the request with.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// As on the wire.
    #[must_use]
    pub fn to_urn(&self) -> String {
        format!("{PREFIX}{}", self.secret)
    }
}

impl fmt::Debug for RequestUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestUri(..)")
    }
}

/// Why a pushed request is refused. There is no browser: the client is told, by status 400 and [`PushedRefusal::body`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedRefusal(Refusal);

impl PushedRefusal {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    /// The OAuth error.
    #[must_use]
    pub fn error(&self) -> ErrorCode {
        self.0.error()
    }

    /// What is wrong, for the client's developers and for the log.
    #[must_use]
    pub fn description(&self) -> String {
        match &self.0 {
            Refusal::OnPage(reason) => reason.to_string(),
            Refusal::ToClient { fault, .. } => fault.to_string(),
        }
    }

    /// The JSON answer (RFC 9126 section 2.3).
    #[must_use]
    pub fn body(&self) -> Value {
        let description = clean_description(&self.description());
        json!({ "error": self.error().code(), "error_description": description })
    }
}

impl From<PageReason> for PushedRefusal {
    fn from(reason: PageReason) -> Self {
        Self(Refusal::OnPage(reason))
    }
}

/// The JSON answer to a request that is kept now (RFC 9126 section 2.2), to be sent with status 201 and
/// `Cache-Control: no-cache, no-store`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushedAnswer {
    request_uri: String,
    expires_in: u64,
}

impl PushedAnswer {
    /// The request is known by that name, for so long.
    #[must_use]
    pub fn new(request_uri: &RequestUri, lifetime: Duration) -> Self {
        Self {
            request_uri: request_uri.to_urn(),
            expires_in: lifetime.as_secs(),
        }
    }
}

/// Reads and judges the body that `client`, which has proved who it is, pushed. The checks are those of the
/// authorization endpoint (RFC 9126 section 2.1). Parameters of client authentication are not looked at.
///
/// # Errors
/// [`PushedRefusal`].
pub fn judge(body: &str, client: &Client) -> Result<AcceptedAuthorization, PushedRefusal> {
    let request = UncheckedRequest::pushed(body)?;
    request.judge(client).map_err(PushedRefusal)
}

#[cfg(test)]
mod tests;
