//! The verdict on a request.
//!
//! Owns all that decides whether an AuthnRequest counts, with everything that it depends on as arguments: `vestibule
//! inspect` asks the same function as a login. Does not own the choice of the application, which must be enabled, or
//! what is asked in vain ([`super::wishes`]).

use chrono::{DateTime, Utc};
use vestibule_saml::authn_request::{
    AcceptedAuthnRequest, ParsedAuthnRequest, Receiver, RegisteredSp, RequestError,
};

use super::settings::{SamlApp, ServiceProvider, Skew};

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
