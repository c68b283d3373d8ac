//! The verdict on a logout token (OpenID Connect Back-Channel Logout 1.0).
//!
//! Owns what such a token is held against, and finding it in the request that carried it. Does not own the fetching of
//! keys, the replay mark, or the sessions that end.

use std::time::Duration;

use chrono::{DateTime, Utc};
use vestibule_oidc::logout_token::{self, Expectation, LogoutTokenRejection};
pub use vestibule_oidc::logout_token::{LogoutTarget, VerifiedLogoutToken};

use super::{captured::Jwks, settings::Algorithm};
use crate::rejection::Rejection;

/// What a logout token is held against.
#[derive(Debug, Clone, Copy)]
pub struct LogoutTerms<'a> {
    /// The provider's issuer, exactly.
    pub issuer: &'a str,
    /// Our client id there.
    pub client_id: &'a str,
    /// Signature algorithms that are accepted.
    pub algorithms: &'a [Algorithm],
    /// Audiences that may stand beside us.
    pub trusted_audiences: &'a [String],
    /// Take a token without `exp`, as providers send it that follow an older edition.
    pub danger_accept_no_expiry: bool,
    /// How far the provider's clock may differ; more than 120 s counts as 120 s.
    pub skew: Duration,
    /// The moment of receipt.
    pub now: DateTime<Utc>,
}

impl LogoutTerms<'_> {
    /// Judges a token in compact form.
    ///
    /// # Errors
    /// [`Rejection`]; nobody's session ends then.
    pub fn judge(&self, token: &str, keys: &Jwks) -> Result<VerifiedLogoutToken, Rejection> {
        self.verify(token, keys).map_err(|error| refused(&error))
    }

    /// The same, in the words of the protocol.
    ///
    /// # Errors
    /// [`LogoutTokenRejection`]; with newer keys the verdict may be another one
    /// ([`LogoutTokenRejection::is_unknown_key`]).
    pub(super) fn verify(
        &self,
        token: &str,
        keys: &Jwks,
    ) -> Result<VerifiedLogoutToken, LogoutTokenRejection> {
        let trusted: Vec<&str> = self.trusted_audiences.iter().map(String::as_str).collect();
        let expected = Expectation {
            algorithms: self.algorithms,
            trusted_audiences: &trusted,
            danger_accept_no_expiry: self.danger_accept_no_expiry,
            skew: self.skew,
            ..Expectation::new(self.issuer, self.client_id, self.now)
        };
        logout_token::verify(token, &expected, keys)
    }
}

/// The token of a captured message: a token in compact form, or the body of the request that carried it (section 2.5).
///
/// # Errors
/// [`Rejection`] if it is a body that does not hold one token.
pub fn logout_token(message: &[u8]) -> Result<String, Rejection> {
    // What is not UTF-8 is no base64url either, and is refused as that.
    let text = String::from_utf8_lossy(message);
    let mut pairs = text.split('&');
    if pairs.any(|pair| pair.starts_with("logout_token=")) {
        return logout_token::from_request(message).map_err(|error| refused(&error));
    }
    Ok(text.into_owned())
}

fn refused(error: &LogoutTokenRejection) -> Rejection {
    Rejection::of(error.code(), error.to_string())
}
