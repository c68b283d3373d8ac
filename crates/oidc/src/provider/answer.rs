//! Answers to authorization requests: a code, or an error, at the client's redirect URI.
//!
//! Owns the errors and the two ways an answer travels: as a redirect, or as fields of a form that the
//! browser posts. It does not write HTML; whoever does, escapes.
//!
//! `iss` is always there (RFC 9207 section 2), and `state` whenever the request had one. The query that a
//! redirect URI was registered with stays as it is (RFC 6749 section 3.1.2).

use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::authorize::ResponseMode;
use crate::form;

/// Errors for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The person or we said no (RFC 6749 section 4.1.2.1).
    AccessDenied,
    /// An account must be chosen, and `prompt=none` forbids asking (Core section 3.1.2.6).
    AccountSelectionRequired,
    /// Consent is needed, and `prompt=none` forbids asking (Core section 3.1.2.6).
    ConsentRequired,
    /// Something must be shown, and `prompt=none` forbids it (Core section 3.1.2.6).
    InteractionRequired,
    /// The request is malformed (RFC 6749 section 4.1.2.1).
    InvalidRequest,
    /// A pushed request is unknown, used or too old (Core section 3.1.2.6).
    InvalidRequestUri,
    /// A scope is malformed, or `openid` is missing (RFC 6749 section 4.1.2.1).
    InvalidScope,
    /// A token for another resource is asked for (RFC 8707 section 2).
    InvalidTarget,
    /// Nobody is logged in, and `prompt=none` forbids asking (Core section 3.1.2.6).
    LoginRequired,
    /// `registration` is not supported (Core section 3.1.2.6).
    RegistrationNotSupported,
    /// `request` is not supported (Core section 3.1.2.6).
    RequestNotSupported,
    /// `request_uri` is not supported (Core section 3.1.2.6).
    RequestUriNotSupported,
    /// We failed (RFC 6749 section 4.1.2.1).
    ServerError,
    /// We cannot just now (RFC 6749 section 4.1.2.1).
    TemporarilyUnavailable,
    /// The client may not do this (RFC 6749 section 4.1.2.1).
    UnauthorizedClient,
    /// A context that was called essential cannot be reached (OpenID Connect Core Error Code
    /// unmet_authentication_requirements 1.0; RFC 9470 section 5).
    UnmetAuthenticationRequirements,
    /// Only `code` is supported (RFC 6749 section 4.1.2.1).
    UnsupportedResponseType,
}

impl ErrorCode {
    /// As on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }
}

/// An answer, ready to travel.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// A page with a form that posts itself (OAuth 2.0 Form Post Response Mode 1.0). The values are not escaped.
    FormPost {
        /// Where the form goes.
        action: String,
        /// Its fields.
        fields: Vec<(&'static str, String)>,
    },
    /// A redirect, by 303 (RFC 9700 section 4.12).
    Redirect(String),
}

/// Where the answer goes: a redirect URI that was found registered, how, and the request's `state`.
///
/// It is made by the judgement of a request only. It can be stored and read back, which is for what the
/// caller seals.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ReplyAddress {
    redirect_uri: String,
    mode: ResponseMode,
    state: Option<String>,
}

impl ReplyAddress {
    /// `redirect_uri` was found registered.
    pub(super) fn assert_registered(
        redirect_uri: String,
        mode: ResponseMode,
        state: Option<String>,
    ) -> Self {
        Self {
            redirect_uri,
            mode,
            state,
        }
    }

    /// `redirect_uri` as it was requested; the token request must repeat it.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// How the answer travels.
    #[must_use]
    pub fn mode(&self) -> ResponseMode {
        self.mode
    }

    /// Hands a code to the client.
    #[must_use]
    pub fn with_code(&self, code: &str, issuer: &str) -> Answer {
        self.answer(vec![("code", code.to_owned())], issuer)
    }

    /// Tells the client an error. The description is for its developers; it is cleaned.
    #[must_use]
    pub fn with_error(&self, error: ErrorCode, description: &str, issuer: &str) -> Answer {
        let fields = vec![
            ("error", error.code().to_owned()),
            ("error_description", clean_description(description)),
        ];
        self.answer(fields, issuer)
    }

    fn answer(&self, mut fields: Vec<(&'static str, String)>, issuer: &str) -> Answer {
        fields.extend(self.state.clone().map(|state| ("state", state)));
        fields.push(("iss", issuer.to_owned()));
        match self.mode {
            ResponseMode::FormPost => Answer::FormPost {
                action: self.redirect_uri.clone(),
                fields,
            },
            ResponseMode::Query => Answer::Redirect(with_query(&self.redirect_uri, &fields)),
        }
    }
}

/// A description as errors may have it: plain ASCII without quotes and backslashes (RFC 6749 appendix A.8). Other
/// characters are left out.
pub(super) fn clean_description(text: &str) -> String {
    let allowed = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    text.chars().filter(allowed).collect()
}

/// The URI with more parameters behind those that it has. It must not have a fragment; registered ones have none.
pub(super) fn with_query(uri: &str, fields: &[(&str, String)]) -> String {
    let mut url = uri.to_owned();
    for (name, value) in fields {
        // What was registered is not touched, not even to normalise it.
        let separator = match url.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        url.push_str(separator);
        url.push_str(&form::encode(name));
        url.push('=');
        url.push_str(&form::encode(value));
    }
    url
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values hold the code.
        match self {
            Self::FormPost { action, .. } => write!(f, "FormPost({action:?}, ..)"),
            Self::Redirect(url) => {
                let uri = url.split(['?', '#']).next().unwrap_or_default();
                write!(f, "Redirect({uri:?}, ..)")
            }
        }
    }
}

impl fmt::Debug for ReplyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyAddress")
            .field("redirect_uri", &self.redirect_uri)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://idp.example";

    fn address(uri: &str, mode: ResponseMode, state: Option<&str>) -> ReplyAddress {
        ReplyAddress::assert_registered(uri.to_owned(), mode, state.map(str::to_owned))
    }

    #[test]
    fn a_redirect_keeps_the_registered_query() {
        let cases = [
            ("https://a.example/cb", "https://a.example/cb?code=c%26d&"),
            ("https://a.example", "https://a.example?code=c%26d&"),
            ("https://a.example/cb?", "https://a.example/cb?code=c%26d&"),
            (
                "https://a.example/cb?x=%2f&",
                "https://a.example/cb?x=%2f&code=c%26d&",
            ),
            (
                "https://a.example/cb?x=1+2",
                "https://a.example/cb?x=1+2&code=c%26d&",
            ),
            ("com.example.app:/cb", "com.example.app:/cb?code=c%26d&"),
        ];
        for (uri, begins) in cases {
            let expected = format!("{begins}state=s+1&iss=https%3A%2F%2Fidp.example");
            let found = address(uri, ResponseMode::Query, Some("s 1")).with_code("c&d", ISSUER);
            assert_eq!(found, Answer::Redirect(expected), "{uri}");
        }
    }

    #[test]
    fn oo_11_a_form_carries_the_values_as_they_are() {
        let state = "\"><script>alert(1)</script>";
        let address = address(
            "https://a.example/cb?x=1",
            ResponseMode::FormPost,
            Some(state),
        );
        let answer = address.with_error(ErrorCode::LoginRequired, "say \"no\"\\ \u{e9}\n", ISSUER);
        let fields = vec![
            ("error", "login_required".to_owned()),
            ("error_description", "say no ".to_owned()),
            ("state", state.to_owned()),
            ("iss", ISSUER.to_owned()),
        ];
        let action = "https://a.example/cb?x=1".to_owned();
        assert_eq!(answer, Answer::FormPost { action, fields });
    }

    #[test]
    fn an_address_is_read_back_as_it_was_stored_and_shows_no_secret() {
        let address = address(
            "https://a.example/cb",
            ResponseMode::FormPost,
            Some("secret"),
        );
        let stored = serde_json::to_string(&address).unwrap();
        let read: ReplyAddress = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, address);
        let answers = [
            address.with_code("secret", ISSUER),
            Answer::Redirect("x?code=secret".into()),
        ];
        assert!(!format!("{address:?} {answers:?}").contains("secret"));
    }
}
