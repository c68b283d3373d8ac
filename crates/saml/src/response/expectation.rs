//! What a Response must fit.

use chrono::{DateTime, Utc};

use crate::{crypto::VerifyingKey, encryption::Decryption, instant::Skew, signature::Trust};

/// What a Response must fit. It comes from the pending login and the configuration, never from the Response: the keys
/// are those of the identity provider that was asked.
#[derive(Debug, Clone, Copy)]
pub struct Expectation<'a> {
    /// The address that received the Response: `Destination` and `Recipient` must equal it, byte for byte.
    pub acs_url: &'a str,
    /// Accept SHA-1, which is broken, for this identity provider.
    pub danger_accept_sha1: bool,
    /// What may be decrypted, and with which keys; [`Decryption::default`] refuses everything encrypted.
    pub decryption: Decryption<'a>,
    /// Entity ID of the identity provider that was asked: the issuer of Response and assertion.
    pub idp_entity_id: &'a str,
    /// `ID` of the request that was sent. Responses to no request are not accepted.
    pub in_response_to: &'a str,
    /// The identity provider's keys.
    pub keys: &'a [VerifyingKey],
    /// The moment of receipt.
    pub now: DateTime<Utc>,
    /// Refuse a Response that is not signed itself, whatever it holds. With AES-CBC this is what keeps an attacker from
    /// asking us about ciphertext of their own making.
    pub require_signed_response: bool,
    /// How far the identity provider's clock may differ.
    pub skew: Skew,
    /// Our entity ID towards this identity provider: the audience.
    pub sp_entity_id: &'a str,
}

impl<'a> Expectation<'a> {
    pub(super) const fn trust(&self) -> Trust<'a> {
        Trust {
            keys: self.keys,
            danger_accept_sha1: self.danger_accept_sha1,
        }
    }
}
