//! The verdict on a logout message of an identity provider.
//!
//! Owns all that decides whether such a message counts, with everything that it depends on as arguments: `vestibule
//! inspect` asks the same function as the live endpoint. Does not own the binding, the replay mark, which of our requests
//! an answer is for, or the sessions that end.

use chrono::{DateTime, Utc};
use vestibule_saml::{
    crypto::VerifyingKey,
    encryption::Decryption,
    instant::Skew,
    logout::{AcceptedLogout, LogoutPeer, LogoutReceiver, ParsedLogout},
};

use crate::rejection::Rejection;

/// What a logout message is held against.
#[derive(Debug, Clone, Copy)]
pub struct LogoutTerms<'a> {
    /// Entity ID of the provider whose address this is.
    pub idp_entity_id: &'a str,
    /// Its keys, one of which must have signed.
    pub signing_keys: &'a [VerifyingKey],
    /// Our entity ID towards it: for whom a name may be encrypted.
    pub sp_entity_id: &'a str,
    /// Where the message arrived.
    pub slo_url: &'a str,
    /// What may be decrypted.
    pub decryption: Decryption<'a>,
    /// Accept SHA-1, which is broken.
    pub danger_accept_sha1: bool,
    /// How far the provider's clock may differ.
    pub skew: Skew,
    /// The moment of receipt.
    pub now: DateTime<Utc>,
}

impl LogoutTerms<'_> {
    /// Judges a message, decoded from its binding.
    ///
    /// # Errors
    /// [`Rejection`]; nobody's session ends then.
    pub fn judge(&self, message: &ParsedLogout) -> Result<AcceptedLogout, Rejection> {
        let peer = LogoutPeer {
            entity_id: self.idp_entity_id,
            signing_keys: self.signing_keys,
            danger_accept_unsigned: false,
            danger_accept_sha1: self.danger_accept_sha1,
        };
        let receiver = LogoutReceiver {
            entity_id: self.sp_entity_id,
            slo_url: self.slo_url,
            decryption: self.decryption,
            now: self.now,
            skew: self.skew,
        };
        message
            .accept(&peer, &receiver)
            .map_err(|error| Rejection::of(error.code(), error.to_string()))
    }
}
