//! The verdict on a Response.
//!
//! Owns all that decides whether a Response counts, with everything that it depends on as arguments: `vestibule
//! inspect` asks the same function as a login. Does not own the binding, the search for the login, or the replay mark.

use chrono::{DateTime, Utc};
use vestibule_saml::{
    encryption::Decryption,
    instant::Skew,
    metadata::IdpMetadata,
    response::{self, Expectation, ResponseError, VerifiedAssertion},
};

use super::{
    identity, remedy,
    settings::{Comparison, RequestedAuthnContext},
    status,
};
use crate::rejection::Rejection;

/// What a Response is held against. All of it comes from the configuration and the pending login.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The provider that was asked, with its keys.
    pub idp: &'a IdpMetadata,
    /// Our entity ID towards it.
    pub sp_entity_id: &'a str,
    /// Where the Response arrived.
    pub acs_url: &'a str,
    /// `ID` of our request.
    pub request_id: &'a str,
    /// The contexts that our request asked for, if any.
    pub requested_context: Option<&'a RequestedAuthnContext>,
    /// The person was to authenticate anew, and not before this time.
    pub anew_since: Option<DateTime<Utc>>,
    /// What may be decrypted.
    pub decryption: Decryption<'a>,
    /// Refuse Responses that are not signed themselves.
    pub require_signed_response: bool,
    /// Accept SHA-1, which is broken.
    pub danger_accept_sha1: bool,
    /// How far the provider's clock may differ.
    pub skew: Skew,
    /// The moment of receipt.
    pub now: DateTime<Utc>,
}

impl Terms<'_> {
    /// Judges a Response, decoded from its binding.
    ///
    /// # Errors
    /// [`Rejection`]; nothing of the Response counts then.
    pub fn judge(&self, xml: &[u8]) -> Result<VerifiedAssertion, Rejection> {
        let expectation = Expectation {
            acs_url: self.acs_url,
            danger_accept_sha1: self.danger_accept_sha1,
            decryption: self.decryption,
            idp_entity_id: &self.idp.entity_id,
            in_response_to: self.request_id,
            keys: &self.idp.signing_keys,
            now: self.now,
            require_signed_response: self.require_signed_response,
            skew: self.skew,
            sp_entity_id: self.sp_entity_id,
        };
        let assertion = response::verify(xml, &expectation).map_err(|error| rejection(&error))?;
        self.check(&assertion)?;
        Ok(assertion)
    }

    /// What the room `saml` does not check, for it is a matter of how logins go here.
    fn check(&self, assertion: &VerifiedAssertion) -> Result<(), Rejection> {
        // SAML core 2.5.1.6: zero forbids us to build an assertion of our own on this one.
        if assertion.proxy_count() == Some(0) {
            return Err(Rejection::of(
                "proxying_forbidden",
                "its assertion has ProxyRestriction Count=\"0\", so nothing may be built on it; lift that for us at the provider",
            ));
        }
        if identity::groups_are_elsewhere(assertion) {
            return Err(Rejection::of(
                "groups_elsewhere",
                "it sent a link instead of the groups, because there are too many; let it send only the groups that are assigned to this application",
            ));
        }
        self.check_context(assertion)?;
        if let Some(since) = self.anew_since
            && self.skew.after(assertion.authn_instant()) < since
        {
            return Err(Rejection::of(
                "authn_not_anew",
                format!(
                    "the person was to be authenticated anew (ForceAuthn), and was so at {}, before this login began",
                    assertion.authn_instant()
                ),
            ));
        }
        Ok(())
    }

    /// SAML core 3.3.2.2.1: what was asked for `exact` must be what happened (attack row AC-01). The other comparisons
    /// need an order of strength that no standard gives, so the provider's word is all that there is.
    fn check_context(&self, assertion: &VerifiedAssertion) -> Result<(), Rejection> {
        let Some(requested) = self.requested_context else {
            return Ok(());
        };
        let said = assertion.authn_context();
        let meets = |said: &str| requested.class_refs.iter().any(|asked| asked == said);
        if requested.comparison != Comparison::Exact || said.is_some_and(meets) {
            return Ok(());
        }
        Err(Rejection::of(
            "authn_context_unmet",
            format!(
                "it was asked for one of {:?} and says {:?}; let it authenticate people so, or take `authn_context` out",
                requested.class_refs,
                said.unwrap_or_default()
            ),
        ))
    }
}

fn rejection(error: &ResponseError) -> Rejection {
    if let ResponseError::Status(status) = error {
        let (code, remedy) = status::explain(status);
        return Rejection {
            code,
            detail: format!("{error}: {remedy}"),
            refused_by_provider: true,
        };
    }
    if let Some(cause) = error.concealed() {
        // Told nowhere that whoever sent the Response can look at (attack row SI-76).
        tracing::debug!(
            code = cause.code(),
            "behind the refusal of what AES-CBC encrypted: {cause}"
        );
    }
    match remedy::remedy(error) {
        Some(remedy) => Rejection::of(error.code(), format!("{error}; {remedy}")),
        None => Rejection::of(error.code(), error.to_string()),
    }
}
