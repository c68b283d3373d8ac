//! The verdict on a request, and on a logout message.
//!
//! Owns all that decides whether a message of an application counts, with everything that it depends on as arguments:
//! `vestibule inspect` asks the same functions as a login. Does not own the choice of the application, which must be
//! enabled, or what is asked in vain ([`super::wishes`]).

use chrono::{DateTime, Utc};
use vestibule_saml::{
    authn_request::{
        AcceptedAuthnRequest, ParsedAuthnRequest, Receiver, RegisteredSp, RequestError,
    },
    encryption::Decryption,
    logout::{AcceptedLogout, LogoutError, LogoutPeer, LogoutReceiver, ParsedLogout},
};

use super::settings::{SamlApp, ServiceProvider, Skew, VerifyingKey};

/// What a request is held against. All of it comes from the configuration and the metadata of the application.
#[derive(Debug, Clone, Copy)]
pub struct RequestTerms<'a> {
    /// The application that claims to ask.
    pub app: &'a SamlApp,
    /// Who it is: as it is configured, or as it describes itself now.
    pub sp: &'a ServiceProvider,
    /// Where the request arrived.
    pub sso_url: &'a str,
    /// How far the application's clock may differ.
    pub skew: Skew,
    /// The moment of receipt.
    pub now: DateTime<Utc>,
}

impl RequestTerms<'_> {
    /// Judges a request, decoded from its binding.
    ///
    /// # Errors
    /// [`RequestError`]; nothing of the request counts then.
    pub fn judge(
        &self,
        request: &ParsedAuthnRequest,
    ) -> Result<AcceptedAuthnRequest, RequestError> {
        let sp = RegisteredSp {
            entity_id: &self.app.sp.entity_id,
            assertion_consumer_services: &self.sp.services,
            signing_keys: &self.sp.signing_keys,
            require_signature: self.app.require_signed_requests || self.sp.requests_signed,
            danger_accept_sha1: self.app.danger_accept_sha1,
        };
        let receiver = Receiver {
            sso_url: self.sso_url,
            now: self.now,
            skew: self.skew,
        };
        request.accept(&sp, &receiver)
    }
}

/// What a logout message is held against.
#[derive(Debug, Clone, Copy)]
pub struct LogoutMessageTerms<'a> {
    /// Entity ID of the partner that claims to speak.
    pub partner: &'a str,
    /// Its keys, one of which must have signed: nobody else may end sessions.
    pub signing_keys: &'a [VerifyingKey],
    /// Accept SHA-1, which is broken, from this partner.
    pub danger_accept_sha1: bool,
    /// Where the message arrived.
    pub slo_url: &'a str,
    /// How far the partner's clock may differ.
    pub skew: Skew,
    /// The moment of receipt.
    pub now: DateTime<Utc>,
}

impl LogoutMessageTerms<'_> {
    /// Judges a message, decoded from its binding.
    ///
    /// # Errors
    /// [`LogoutError`]; nobody's session ends then.
    pub fn judge(&self, message: &ParsedLogout) -> Result<AcceptedLogout, LogoutError> {
        let peer = LogoutPeer {
            entity_id: self.partner,
            signing_keys: self.signing_keys,
            danger_accept_unsigned: false,
            danger_accept_sha1: self.danger_accept_sha1,
        };
        let receiver = LogoutReceiver {
            // For whom a name may be encrypted. Nobody has a key of ours to encrypt for.
            entity_id: "",
            slo_url: self.slo_url,
            decryption: Decryption::default(),
            now: self.now,
            skew: self.skew,
        };
        message.accept(&peer, &receiver)
    }
}
