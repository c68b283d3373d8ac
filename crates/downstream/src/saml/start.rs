//! Logins that begin with us, and not with an application's request (SAML profiles 4.1.5).
//!
//! Owns for which applications there are such, and which RelayState they may have. Does not own the page on which a
//! person confirms it: nothing begins by a link alone (attack row SO-13).
//!
//! **Invariant:** nobody but the administrator chooses what stands in the RelayState, for many applications go to
//! whatever address stands there.

use chrono::{DateTime, Utc};
use vestibule_core::{
    id::AppId,
    port::{Rejection, Start, Tell},
    request::{AuthnRequest, Memo, Protocol},
};
use vestibule_saml::metadata::AssertionConsumerService;

use super::{Pending, SamlApp, SamlIdp, enabled, rejected};

/// Logins that begin with us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdpInitiated {
    /// What may stand in the RelayState, compared byte for byte. The first is the usual one; if there is none, answers
    /// have no RelayState.
    pub relay_states: Vec<String>,
}

impl IdpInitiated {
    fn relay_state(&self, wanted: Option<&str>) -> Result<Option<&str>, ()> {
        let Some(wanted) = wanted else {
            return Ok(self.relay_states.first().map(String::as_str));
        };
        let mut known = self.relay_states.iter().map(String::as_str);
        known.find(|known| *known == wanted).map(Some).ok_or(())
    }
}

impl SamlIdp {
    /// What a request of that application would have become, had it sent one.
    pub(super) fn begin_at(
        &self,
        start: Start<'_>,
        now: DateTime<Utc>,
    ) -> Result<AuthnRequest, Rejection> {
        let (id, app) = self.named(start.app)?;
        let offer = app.idp_initiated.as_ref().ok_or_else(|| {
            rejected(
                id,
                "start_not_offered",
                "logins for it begin there; if they may begin here, set `idp_initiated`",
            )
        })?;
        let relay_state = offer.relay_state(start.target).map_err(|()| {
            rejected(
                id,
                "relay_state_unregistered",
                "the link that was followed has a RelayState that is not below `idp_initiated.relay_states`",
            )
        })?;
        let provider = self.descriptions.provider(id, app);
        provider.check(id, app, now)?;
        let service = AssertionConsumerService::default_of(&provider.services)
            .ok_or_else(|| rejected(id, "acs_missing", "it has no address for answers"))?;
        let pending = Pending {
            request_id: None,
            acs_url: service.location.clone(),
            relay_state: relay_state.map(str::to_owned),
            subject: None,
            name_id: app.name_id.usual.clone(),
            context: None,
        };
        Ok(AuthnRequest {
            app: id.clone(),
            protocol: Protocol::Saml,
            reply: Memo::of(&pending)
                .map_err(|error| rejected(id, "memo_unwritable", &error.to_string()))?,
            login_hint: None,
            force_authn: false,
            max_age: None,
            passive: false,
            demand: app.authn_context.demand(None),
        })
    }

    fn named(&self, id: &AppId) -> Result<(&AppId, &SamlApp), Rejection> {
        let found = self.settings.apps.get_key_value(id);
        let (id, app) = found.ok_or_else(|| Rejection {
            code: "app_unknown",
            detail: format!(
                "no application has the id `{id}`, which a link to `/saml/start` named"
            ),
            app: None,
            tell: Tell::Nobody,
        })?;
        enabled(id, app)?;
        Ok((id, app))
    }
}
