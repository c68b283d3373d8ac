//! Logout tokens as a provider sends them (Back-Channel Logout 1.0).
//!
//! Owns the token, the request that carries it, and what the answer of the client means. It does not send anything and
//! does not decide when to try again. The checks of the other side are in [`crate::logout_token`].

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::{
    logout_token::{EVENT, LogoutTarget, TYPE},
    signing::{SigningFault, SigningKey},
};

/// How long a logout token is good for (section 4: at most two minutes); whoever sends it again later mints it anew.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(2);

/// What a logout token says.
#[derive(Clone, Debug)]
pub struct LogoutTokenClaims<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `aud`: the client.
    pub client_id: &'a str,
    /// Whose session ended, in the names that the client knows.
    pub target: &'a LogoutTarget,
    /// `jti`: never used before, and drawn at random.
    pub id: &'a str,
    /// `iat`; `exp` follows from it.
    pub issued_at: DateTime<Utc>,
}

impl LogoutTokenClaims<'_> {
    /// Signs the token with a key of the algorithm of the client's ID tokens (section 2.6 (2)).
    ///
    /// # Errors
    /// [`SigningFault::Failed`].
    pub fn mint(&self, key: &SigningKey) -> Result<LogoutToken, SigningFault> {
        // Section 2.4: there is never a nonce, so that no logout token passes for an ID token.
        let claims = [
            ("aud", Some(Value::from(self.client_id))),
            ("events", Some(json!({ EVENT: {} }))),
            ("exp", Some((self.issued_at + LIFETIME).timestamp().into())),
            ("iat", Some(self.issued_at.timestamp().into())),
            ("iss", Some(self.issuer.into())),
            ("jti", Some(self.id.into())),
            ("sid", self.target.session().map(Value::from)),
            ("sub", self.target.subject().map(Value::from)),
        ];
        let claims: Map<_, _> = claims
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        key.sign_as(TYPE, &claims).map(LogoutToken)
    }
}

/// A signed logout token. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct LogoutToken(String);

impl LogoutToken {
    /// In compact form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The body of the request that carries it, to be posted as `application/x-www-form-urlencoded` (section 2.5).
    #[must_use]
    pub fn request_body(&self) -> String {
        // A token in compact form has no character that a form would encode.
        format!("logout_token={}", self.0)
    }
}

impl fmt::Debug for LogoutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogoutToken(..)")
    }
}

/// What the client made of a logout request (section 2.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It logged the person out.
    Done,
    /// It does not take the token: another attempt with the same settings is in vain.
    Refused,
    /// It could not, or somebody between us could not: try again.
    TryAgain,
}

impl Delivery {
    /// By the HTTP status of the answer.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Done,
            // Too early, too many, timed out: these pass.
            408 | 425 | 429 => Self::TryAgain,
            400..=499 => Self::Refused,
            _ => Self::TryAgain,
        }
    }
}

#[cfg(test)]
mod tests;
