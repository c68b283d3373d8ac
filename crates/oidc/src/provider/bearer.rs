//! Access tokens as a client shows them, and how they are refused (RFC 6750).
//!
//! Owns where a token may stand (section 2.1: in the header; section 2.2: in the body of a form), and the header that
//! says no (section 3), with what RFC 9470 adds: the client is told what login to ask for. Whether a token is good is
//! the caller's to say.
//!
//! **Invariant:** a token in an address is refused even if there is a good one elsewhere (section 2.3): addresses get
//! into logs.

use super::endpoint::{self, FormRejection, Incoming};
use crate::AccessToken;

/// The longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 4096;

/// What a client is told that must log the person in again (RFC 9470 section 3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// The contexts that would do, the preferred one first; empty if any will.
    pub acr_values: Vec<String>,
    /// How many seconds ago the person may have authenticated.
    pub max_age: Option<u64>,
}

/// Why an access token is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BearerRejection {
    /// The token stands for too old or too weak a login (RFC 9470 section 3).
    #[error("the access token stands for a login that is too old or too weak for this")]
    Authentication(StepUp),
    /// The form cannot be read.
    #[error(transparent)]
    Form(#[from] FormRejection),
    /// The token stands in the address.
    #[error("the access token stands in the address")]
    InAddress,
    /// The scope of the token is too narrow.
    #[error("the access token lacks the scope {scope:?}")]
    Scope {
        /// What it would need.
        scope: &'static str,
    },
    /// What stands where a token belongs cannot be one.
    #[error("the access token is malformed")]
    Malformed,
    /// There is none.
    #[error("there is no access token")]
    Missing,
    /// A token in the header and another in the body.
    #[error("there are several access tokens")]
    Several,
    /// There is no such access token: never was, expired, revoked, of another kind or of a client that is no more.
    #[error("there is no such access token")]
    Unknown,
}

impl BearerRejection {
    /// The stable reason code, for the log.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Authentication(_) => "bearer_insufficient_authentication",
            Self::Form(rejection) => rejection.code(),
            Self::InAddress => "bearer_in_address",
            Self::Malformed => "bearer_malformed",
            Self::Missing => "bearer_missing",
            Self::Scope { .. } => "bearer_insufficient_scope",
            Self::Several => "bearer_several",
            Self::Unknown => "bearer_unknown",
        }
    }

    /// The error code, for the client. A request without any token is told none (section 3.1).
    #[must_use]
    pub fn error(&self) -> Option<&'static str> {
        match self {
            Self::Authentication(_) => Some("insufficient_user_authentication"),
            Self::Form(_) | Self::InAddress | Self::Several => Some("invalid_request"),
            Self::Malformed | Self::Unknown => Some("invalid_token"),
            Self::Missing => None,
            Self::Scope { .. } => Some("insufficient_scope"),
        }
    }

    /// The HTTP status (section 3.1, RFC 9470 section 3).
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Form(_) | Self::InAddress | Self::Several => 400,
            Self::Scope { .. } => 403,
            Self::Authentication(_) | Self::Malformed | Self::Missing | Self::Unknown => 401,
        }
    }

    /// The value of `WWW-Authenticate`.
    #[must_use]
    pub fn challenge(&self) -> String {
        let mut challenge = "Bearer realm=\"userinfo\"".to_owned();
        let mut add = |name: &str, value: &str| {
            challenge.push_str(&format!(", {name}=\"{}\"", quotable(value)));
        };
        if let Some(error) = self.error() {
            add("error", error);
            add("error_description", &self.to_string());
        }
        match self {
            Self::Authentication(step_up) => {
                if !step_up.acr_values.is_empty() {
                    add("acr_values", &step_up.acr_values.join(" "));
                }
                if let Some(seconds) = step_up.max_age {
                    add("max_age", &seconds.to_string());
                }
            }
            Self::Scope { scope } => add("scope", scope),
            _ => {}
        }
        challenge
    }
}

/// What may stand between quotation marks (RFC 6750 section 3): the rest, which nobody needs here, is left out, so
/// that no value can end the string or the header.
fn quotable(value: &str) -> String {
    let is_plain = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    value.chars().filter(is_plain).collect()
}

/// The access token of a request.
///
/// # Errors
/// [`BearerRejection`].
pub fn read(incoming: &Incoming<'_>) -> Result<AccessToken, BearerRejection> {
    let query = endpoint::parameters(incoming.query.unwrap_or_default().as_bytes())?;
    if query.has("access_token") {
        return Err(BearerRejection::InAddress);
    }
    let in_header = incoming.authorization.and_then(of_scheme_bearer);
    // Section 2.2: never of a GET, whose body means nothing.
    let in_body = if incoming.method == "POST" && incoming.is_form() {
        endpoint::parameters(incoming.body)?.take("access_token")
    } else {
        None
    };
    match (in_header, in_body) {
        (Some(_), Some(_)) => Err(BearerRejection::Several),
        (Some(token), None) => check(token),
        (None, Some(token)) => check(&token),
        (None, None) => Err(BearerRejection::Missing),
    }
}

/// What follows the scheme, whose name is written in any case (RFC 9110 section 11.1).
fn of_scheme_bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then(|| token.trim_matches(' '))
}

/// Section 2.1, b64token.
fn check(token: &str) -> Result<AccessToken, BearerRejection> {
    let in_a_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    let core = token.trim_end_matches('=');
    if token.len() > MAX_TOKEN_BYTES || core.is_empty() || !core.bytes().all(in_a_token) {
        return Err(BearerRejection::Malformed);
    }
    Ok(AccessToken::new(token.to_owned()))
}

#[cfg(test)]
mod tests;
