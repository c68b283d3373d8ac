//! Who speaks, and who listens.
//!
//! Owns: what a logout message is held against.
//! Does not own: where our own messages go; the partner's metadata says that
//! ([`crate::metadata::SingleLogoutService`]).

use chrono::{DateTime, Utc};

use crate::{crypto::VerifyingKey, encryption::Decryption, instant::Skew, signature::Trust};

/// The partner, as it is registered with us: an application, or an identity provider that we ask.
#[derive(Clone, Copy, Debug)]
pub struct LogoutPeer<'a> {
    /// Its entity ID: the issuer of its messages.
    pub entity_id: &'a str,
    /// Its keys; all are tried, so that it can change keys without an interruption.
    pub signing_keys: &'a [VerifyingKey],
    /// Accept messages that nobody signed. Anybody who can send a browser to us can then end sessions whose names he
    /// knows, and tell us that others have ended. A signature that is there must still be good, if there are keys.
    pub danger_accept_unsigned: bool,
    /// Accept SHA-1, which is broken, from this partner.
    pub danger_accept_sha1: bool,
}

impl<'a> LogoutPeer<'a> {
    pub(super) const fn trust(&self) -> Trust<'a> {
        Trust {
            keys: self.signing_keys,
            danger_accept_sha1: self.danger_accept_sha1,
        }
    }
}

/// Where and when a message arrived.
#[derive(Clone, Copy, Debug)]
pub struct LogoutReceiver<'a> {
    /// Our entity ID towards this partner: for whom a name may be encrypted.
    pub entity_id: &'a str,
    /// The address that received the message: its `Destination`, byte for byte.
    pub slo_url: &'a str,
    /// What may be decrypted, and with which keys; [`Decryption::default`] refuses everything encrypted.
    pub decryption: Decryption<'a>,
    /// The moment of receipt.
    pub now: DateTime<Utc>,
    /// How far the partner's clock may differ.
    pub skew: Skew,
}
