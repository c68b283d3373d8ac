//! ID tokens as a provider mints them.
//!
//! Owns the claims of Core section 2 and their JSON. What is true of the person is the caller's word.
//!
//! **Invariant:** no claim about a person can take the place of a claim of the protocol: neither replace one, nor
//! stand in for one that was left out.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::signing::{SigningFault, SigningKey};

/// Claims that the protocol gives a meaning to (Core sections 2, 3.1.3.6 and 3.3.2.11, RFC 7519 section 4.1, Back-Channel
/// Logout section 2.4, RFC 7800 section 3.1); no mapping may write them.
pub const PROTOCOL_CLAIMS: [&str; 20] = [
    "_claim_names",
    "_claim_sources",
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "cnf",
    "events",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "s_hash",
    "sid",
    "sub",
];

/// What an ID token says.
#[derive(Clone, Debug)]
pub struct IdTokenClaims<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `sub`.
    pub subject: &'a str,
    /// `aud`: the client that asked; also `azp` where others are named beside it.
    pub client_id: &'a str,
    /// Who stands beside the client in `aud`; usually nobody.
    pub other_audiences: &'a [&'a str],
    /// `iat`.
    pub issued_at: DateTime<Utc>,
    /// `exp`.
    pub expires_at: DateTime<Utc>,
    /// `auth_time`: when the person authenticated. A refresh does not change it (Core section 12.2).
    pub auth_time: DateTime<Utc>,
    /// `nonce` of the authorization request; of none after a refresh.
    pub nonce: Option<&'a str>,
    /// `acr`.
    pub acr: Option<&'a str>,
    /// `amr` (RFC 8176); left out if empty.
    pub amr: &'a [&'a str],
    /// `sid`: the client's name for the session (Back-Channel Logout section 2.1).
    pub session: Option<&'a str>,
    /// Claims about the person; what is named as one of [`PROTOCOL_CLAIMS`] is left out.
    pub extra: Map<String, Value>,
}

/// What is handed out with an ID token, and is bound to it by a hash.
#[derive(Clone, Copy)]
pub struct HandedOut<'a> {
    /// For `at_hash` (Core section 3.1.3.6).
    pub access_token: Option<&'a str>,
    /// For `c_hash` (Core section 3.3.2.11); the code that was redeemed.
    pub code: Option<&'a str>,
}

impl IdTokenClaims<'_> {
    /// Signs the token; the key is one of the algorithm that the client registered.
    ///
    /// # Errors
    /// [`SigningFault::Failed`].
    pub fn mint(self, key: &SigningKey, with: HandedOut<'_>) -> Result<String, SigningFault> {
        let hash = |value: Option<&str>| value.map(|value| key.algorithm().half_hash(value).into());
        let has_others = !self.other_audiences.is_empty();
        let audience = if has_others {
            let others = self.other_audiences.iter().copied();
            json!(
                std::iter::once(self.client_id)
                    .chain(others)
                    .collect::<Vec<_>>()
            )
        } else {
            self.client_id.into()
        };
        let claims = [
            ("acr", self.acr.map(Value::from)),
            ("amr", (!self.amr.is_empty()).then(|| json!(self.amr))),
            ("at_hash", hash(with.access_token)),
            ("aud", Some(audience)),
            ("auth_time", Some(self.auth_time.timestamp().into())),
            ("azp", has_others.then(|| self.client_id.into())),
            ("c_hash", hash(with.code)),
            ("exp", Some(self.expires_at.timestamp().into())),
            ("iat", Some(self.issued_at.timestamp().into())),
            ("iss", Some(self.issuer.into())),
            ("nonce", self.nonce.map(Value::from)),
            ("sid", self.session.map(Value::from)),
            ("sub", Some(self.subject.into())),
        ];
        let mut all = about_the_person(self.extra);
        all.extend(
            claims
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?))),
        );
        key.sign(&all)
    }
}

/// The claims without those that only the protocol may write.
pub(super) fn about_the_person(mut claims: Map<String, Value>) -> Map<String, Value> {
    claims.retain(|name, _| !PROTOCOL_CLAIMS.contains(&name.as_str()));
    claims
}

#[cfg(test)]
mod tests;
