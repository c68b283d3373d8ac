//! What the protocol allows an application to ask, and we cannot do for it.
//!
//! Owns the wishes that are known to be vain when the request comes, and how the application hears of them: signed, and
//! only at an address that is registered for it. Does not own the wish for an authentication: only the finished login
//! tells whether it is met ([`super::context`]).

use chrono::{DateTime, Utc};
use vestibule_core::{
    id::AppId,
    port::{Rejection, Tell},
};
use vestibule_saml::{
    authn_request::AcceptedAuthnRequest,
    issue::{Reason, Refusal},
};

use super::{NameIdFormat, Pending, SamlIdp, name_id::Unavailable, rejected, settings::SamlApp};

/// A wish that cannot be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vain {
    pub(super) code: &'static str,
    /// For an administrator of ours.
    pub(super) detail: String,
    reason: Reason,
    /// For an administrator of the application.
    message: &'static str,
}

impl From<Unavailable> for Vain {
    fn from(unavailable: Unavailable) -> Self {
        Self {
            code: "name_id_format_unavailable",
            detail: unavailable.to_string(),
            reason: Reason::InvalidNameIdPolicy,
            message: "a name of this format, or in this namespace, is not given to this application",
        }
    }
}

/// The kind of name that the application gets; never another one than it asks for.
pub(super) fn check(app: &SamlApp, accepted: &AcceptedAuthnRequest) -> Result<NameIdFormat, Vain> {
    if accepted.proxy_count == Some(0) {
        return Err(Vain {
            code: "proxying_forbidden",
            detail: "its request forbids to ask another identity provider (ProxyCount=\"0\"), which is what we do".to_owned(),
            reason: Reason::ProxyCountExceeded,
            message: "another identity provider would have to be asked",
        });
    }
    let policy = accepted
        .name_id_policy
        .as_ref()
        .filter(|_| !app.ignore_name_id_policy);
    Ok(app.name_id.choose(policy, &app.sp.entity_id)?.clone())
}

impl SamlIdp {
    /// The person reads of it, and the application hears of it when they go back; at once, if nothing may be shown.
    pub(super) fn unmet(
        &self,
        app: &AppId,
        accepted: &AcceptedAuthnRequest,
        vain: Vain,
        now: DateTime<Utc>,
    ) -> Rejection {
        let pending = Pending {
            request_id: Some(accepted.id.clone()),
            acs_url: accepted.acs_url.clone(),
            relay_state: accepted.relay_state.clone(),
            subject: None,
            name_id: NameIdFormat::Unspecified,
            context: None,
        };
        let refusal = Refusal::because(vain.reason).with_message(vain.message);
        let (tell, detail) = match self.refused(app, &pending, &refusal, now) {
            Ok(reply) if accepted.is_passive => (Tell::AtOnce(Box::new(reply)), vain.detail),
            Ok(reply) => (Tell::Later(Box::new(reply)), vain.detail),
            Err(error) => {
                let detail = format!("{}; nor could it be told: {error}", vain.detail);
                (Tell::Nobody, detail)
            }
        };
        Rejection {
            tell,
            ..rejected(app, vain.code, &detail)
        }
    }
}
