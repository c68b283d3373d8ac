//! An ID token that somebody captured.
//!
//! Owns what a diagnosis knows of a token whose login is over or never was. The verdict is that of a login
//! ([`Rules`]); what nobody knows any more is not compared.

use std::time::Duration;

use chrono::{DateTime, Utc};
use vestibule_core::identity::Attributes;
use vestibule_oidc::{claims::Lookup, id_token::Expectation};
pub use vestibule_oidc::{id_token::VerifiedIdToken, jwks::Jwks, jws::MAX_TOKEN_BYTES};

use super::{judge::Rules, settings::Algorithm};
use crate::rejection::Rejection;

/// What a captured token is held against.
#[derive(Debug, Clone, Copy)]
pub struct TokenTerms<'a> {
    /// The provider's issuer, exactly.
    pub issuer: &'a str,
    /// Our client id there.
    pub client_id: &'a str,
    /// The nonce of the login, if it is known.
    pub nonce: Option<&'a str>,
    /// The access token that came with it, if it is known.
    pub access_token: Option<&'a str>,
    /// The code that it was redeemed for, if it is known.
    pub code: Option<&'a str>,
    /// How long ago the person may have authenticated, if that was asked for.
    pub max_age: Option<Duration>,
    /// Signature algorithms that are accepted.
    pub algorithms: &'a [Algorithm],
    /// Audiences that may stand beside us.
    pub trusted_audiences: &'a [String],
    /// How far the provider's clock may differ; more than 120 s counts as 120 s.
    pub skew: Duration,
    /// The moment of receipt.
    pub now: DateTime<Utc>,
}

impl TokenTerms<'_> {
    /// Judges a token in compact form.
    ///
    /// # Errors
    /// [`Rejection`].
    pub fn judge(&self, token: &str, keys: &Jwks) -> Result<VerifiedIdToken, Rejection> {
        let mut expected = Expectation::danger_of_no_login(self.issuer, self.client_id, self.now)
            .with(self.nonce, self.access_token, self.code);
        expected.max_age = self.max_age;
        let rules = Rules {
            algorithms: self.algorithms,
            trusted_audiences: self.trusted_audiences,
            skew: self.skew,
        };
        rules
            .judge(token, &expected, keys)
            .map_err(|rejection| Rejection::of(rejection.code(), rejection.to_string()))
    }
}

/// Reads a provider's keys.
///
/// # Errors
/// [`Rejection`] if the set cannot be read or holds no usable key.
pub fn read_keys(set: &[u8]) -> Result<Jwks, Rejection> {
    Jwks::parse(set).map_err(|rejection| Rejection::of(rejection.code(), rejection.to_string()))
}

/// Every claim of a token as the texts that it holds; what is no text and no list of texts is given as JSON.
#[must_use]
pub fn claims(token: &VerifiedIdToken) -> Attributes {
    let claims = token.claims();
    let values = |name: &str, value: &serde_json::Value| match claims.lookup(name) {
        Lookup::Values(values) => values,
        _ => vec![value.to_string()],
    };
    claims
        .iter()
        .map(|(name, value)| (name.to_owned(), values(name, value)))
        .collect()
}
