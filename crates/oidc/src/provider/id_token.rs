//! ID tokens as a provider mints them.
//!
//! Owns the claims of Core section 2 and their JSON. What is true of the person is the caller's word.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::signing::{SigningFault, SigningKey};

/// What an ID token says.
#[derive(Clone, Debug)]
pub struct IdTokenClaims<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `sub`.
    pub subject: &'a str,
    /// `aud`: the client that asked.
    pub client_id: &'a str,
    /// `iat`.
    pub issued_at: DateTime<Utc>,
    /// `exp`.
    pub expires_at: DateTime<Utc>,
    /// `auth_time`: when the person authenticated.
    pub auth_time: DateTime<Utc>,
    /// `nonce` of the authorization request.
    pub nonce: Option<&'a str>,
    /// `acr`.
    pub acr: Option<&'a str>,
    /// `amr` (RFC 8176); left out if empty.
    pub amr: &'a [&'a str],
    /// Claims about the person. None of them can replace one of the above.
    pub extra: Map<String, Value>,
}

impl IdTokenClaims<'_> {
    /// Signs the token; `at_hash` and `c_hash` bind it to what is handed out with it.
    ///
    /// # Errors
    /// [`SigningFault::Failed`].
    pub fn mint(
        self,
        key: &SigningKey,
        access_token: &str,
        code: &str,
    ) -> Result<String, SigningFault> {
        let optional = [
            ("acr", self.acr.map(Value::from)),
            ("amr", (!self.amr.is_empty()).then(|| json!(self.amr))),
            ("nonce", self.nonce.map(Value::from)),
        ];
        let required = [
            ("at_hash", key.algorithm().half_hash(access_token).into()),
            ("aud", self.client_id.into()),
            ("auth_time", self.auth_time.timestamp().into()),
            ("c_hash", key.algorithm().half_hash(code).into()),
            ("exp", self.expires_at.timestamp().into()),
            ("iat", self.issued_at.timestamp().into()),
            ("iss", self.issuer.into()),
            ("sub", self.subject.into()),
        ];
        let mut claims = self.extra;
        for (name, value) in optional {
            // An absent value must be absent, whatever the claims about the person say.
            claims.remove(name);
            claims.extend(value.map(|value| (name.to_owned(), value)));
        }
        claims.extend(required.map(|(name, value)| (name.to_owned(), value)));
        key.sign(&claims)
    }
}

#[cfg(test)]
mod tests;
