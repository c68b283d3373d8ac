//! A person leaves: the provider is asked to end its session (SAML core 3.7.1, profiles 4.4.3.1).
//!
//! Owns what is kept of an assertion for that, and our LogoutRequest. Does not own the answer ([`super::sign_off`]), nor
//! when a person is sent there.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use vestibule_core::{
    port::{Leaving, UpstreamError},
    request::{Memo, Reply, UnreadableMemo},
};
use vestibule_saml::{
    binding::Delivery,
    issue::IssueError,
    logout::{KeptName, LogoutReason, LogoutRequest, request_id},
    metadata::SingleLogoutService,
    response::VerifiedAssertion,
};

use super::{SamlUpstream, keys::SpKeys};

/// How long a request of ours is meant: an old page ends no session anew.
const MEANT: TimeDelta = TimeDelta::minutes(5);

/// By what the provider knows its session later.
#[derive(Serialize, Deserialize)]
struct KnownBy {
    /// Who said so: a provider that took its place knows nothing of it.
    idp_entity_id: String,
    name: KeptName,
    session_index: Option<String>,
}

/// What is kept of an assertion.
///
/// # Errors
/// [`UnreadableMemo`] if it has no JSON form.
pub(super) fn known_by(assertion: &VerifiedAssertion) -> Result<Memo, UnreadableMemo> {
    Memo::of(&KnownBy {
        idp_entity_id: assertion.replay_id().issuer.to_owned(),
        name: assertion.name_id().into(),
        session_index: assertion.session_index().map(str::to_owned),
    })
}

impl SamlUpstream {
    /// Our request, on its way.
    pub(super) async fn request_to_leave(
        &self,
        leaving: Leaving<'_>,
    ) -> Result<Reply, UpstreamError> {
        let known_by: KnownBy = leaving
            .known_by
            .read()
            .map_err(|error| self.misbehaved("memo_unreadable", &error.to_string()))?;
        if !self.settings.sign_out_there {
            return Err(self.misbehaved("logout_unregistered", "`logout: none` is set for it"));
        }
        let keys = self.signing()?;
        let idp = self.cache.known(leaving.now).await?;
        if idp.entity_id != known_by.idp_entity_id {
            return Err(self.misbehaved(
                "idp_changed",
                "the provider was exchanged since this person came",
            ));
        }
        let service = SingleLogoutService::preferred(&idp.single_logout).ok_or_else(|| {
            self.misbehaved(
                "logout_unregistered",
                "its metadata has no SingleLogoutService by redirect or form, so nobody can be signed out there; let it publish one, or set `logout: none`",
            )
        })?;
        let indexes: Vec<&str> = known_by.session_index.as_deref().into_iter().collect();
        let id = request_id(leaving.handle);
        let request = LogoutRequest {
            id: &id,
            issue_instant: leaving.now,
            destination: &service.location,
            issuer: &self.settings.sp_entity_id,
            name_id: known_by.name.name_id(),
            session_indexes: &indexes,
            reason: Some(LogoutReason::User),
            not_on_or_after: leaving.now.checked_add_signed(MEANT),
        };
        let sent = request.send(service.binding, None, keys.signing(&self.settings.id));
        self.carried(sent)
    }

    /// Our keys, without which nothing is said about logouts (SAML profiles 4.4.3.1).
    pub(super) fn signing(&self) -> Result<Arc<SpKeys>, UpstreamError> {
        let ring = self.settings.keys.as_ref().ok_or_else(|| {
            self.misbehaved("logout_unregistered", "there is no key to sign with")
        })?;
        Ok(ring.load_full())
    }

    /// As the browser carries it.
    pub(super) fn carried(
        &self,
        sent: Result<Delivery, IssueError>,
    ) -> Result<Reply, UpstreamError> {
        match sent.map_err(|error| self.misbehaved(error.code(), &error.to_string()))? {
            Delivery::Form(form) => Ok(Reply::PostForm {
                action: self.url(&form.action)?,
                fields: form
                    .fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
            }),
            Delivery::Redirect(address) => self.url(&address).map(Reply::Redirect),
        }
    }
}
