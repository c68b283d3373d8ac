//! The verdict on a signed message that a provider sent by redirect.
//!
//! Owns what such a message is held against. Nothing here acts on one: no login travels so, and logout is not there
//! yet.

use chrono::{DateTime, Utc};
use vestibule_saml::{
    binding::BindingError,
    instant::Skew,
    message::{MessageError, MessageTerms, verify_redirect},
    metadata::IdpMetadata,
};
pub use vestibule_saml::{binding::redirect::MAX_QUERY_BYTES, message::VerifiedMessage};

use crate::rejection::Rejection;

/// What the message is held against.
#[derive(Debug, Clone, Copy)]
pub struct RedirectTerms<'a> {
    /// The provider, with its keys.
    pub idp: &'a IdpMetadata,
    /// Where the message arrived; not compared if that is not known.
    pub destination: Option<&'a str>,
    /// Accept SHA-1, which is broken.
    pub danger_accept_sha1: bool,
    /// How far the provider's clock may differ.
    pub skew: Skew,
    /// The moment of receipt.
    pub now: DateTime<Utc>,
}

impl RedirectTerms<'_> {
    /// Judges a query string, without its `?`, exactly as it was received.
    ///
    /// # Errors
    /// [`Rejection`].
    pub fn judge(&self, query: &[u8]) -> Result<VerifiedMessage, Rejection> {
        let terms = MessageTerms {
            idp_entity_id: &self.idp.entity_id,
            keys: &self.idp.signing_keys,
            destination: self.destination,
            danger_accept_sha1: self.danger_accept_sha1,
            skew: self.skew,
            now: self.now,
        };
        std::str::from_utf8(query)
            .map_err(|_| BindingError::PercentEncoding {
                parameter: "the query",
            })
            .map_err(MessageError::from)
            .and_then(|query| verify_redirect(query, &terms))
            .map_err(|error| Rejection::of(error.code(), error.to_string()))
    }
}
