//! The end of a session at an OpenID provider: as it tells us itself (Back-Channel Logout 1.0), and as we ask for it
//! (RP-Initiated Logout 1.0).
//!
//! Owns the judging of its logout token with the keys of the moment, what the token names, and where the browser goes to
//! end the session there. Does not own the checks ([`super::logout`]), the replay mark, or the sessions that end here.
//!
//! There is no front-channel logout: it loads our address in a frame of the provider's page, where browsers do not show
//! our cookies.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vestibule_core::{
    identity::Subject,
    logout::Heard,
    port::{Callback, Leaving, ReplayMark, ReplayPurpose, UpstreamError, UpstreamSignOff},
    request::{Memo, Reply},
    upstream_logout::{Carrier, UpstreamLogout, UpstreamMessage},
};
use vestibule_oidc::{
    end_session::{self, EndSessionRequest, MAX_HINT_BYTES},
    id_token::VerifiedIdToken,
    logout_token::{self, LogoutTokenRejection, VerifiedLogoutToken},
};

use super::{OidcUpstream, logout::LogoutTerms};

/// By what the provider knows its session later.
#[derive(Serialize, Deserialize)]
pub(super) struct KnownBy {
    /// Who said so: a provider that took its place knows nothing of it, and is told nothing of the person.
    issuer: Option<String>,
    /// The ID token, unless it is too long for an address.
    id_token: Option<String>,
    /// `login_hint` if the provider gave one, as Entra does, else `sub`.
    hint: String,
}

impl KnownBy {
    pub(super) fn of(id_token: &str, verified: &VerifiedIdToken) -> Self {
        let hint = verified.claims().text("login_hint");
        Self {
            issuer: Some(verified.issuer().to_owned()),
            id_token: Some(id_token)
                .filter(|token| token.len() <= MAX_HINT_BYTES)
                .map(str::to_owned),
            hint: hint.unwrap_or_else(|| verified.subject()).to_owned(),
        }
    }
}

#[async_trait]
impl UpstreamSignOff for OidcUpstream {
    /// Logout tokens it posts itself; the browser brings back who was sent there.
    fn comes_by(&self, _: Carrier) -> bool {
        true
    }

    async fn hear(
        &self,
        carrier: Carrier,
        message: &Callback,
        now: DateTime<Utc>,
    ) -> Result<UpstreamMessage, UpstreamError> {
        if carrier == Carrier::Browser {
            let handle = end_session::returned_state(&message.query)
                .map_err(|rejection| self.misbehaved(rejection))?;
            return Ok(UpstreamMessage::Answer {
                handle,
                // Section 3: the browser comes back after the logout; there is no word for another outcome.
                heard: Heard::Done,
                is_signed: false,
            });
        }
        // Section 2.5: a form, posted. What has none is judged as an empty one.
        let body = message.form.as_deref().unwrap_or_default();
        let token = logout_token::from_request(body.as_bytes())
            .map_err(|rejection| self.no_logout(&rejection))?;
        let token = self.judged(&token, now).await?;
        Ok(UpstreamMessage::Logout(UpstreamLogout {
            upstream: self.settings.id.clone(),
            subject: token.target().subject().map(str::to_owned),
            about: Memo::default(),
            sessions: token
                .target()
                .session()
                .map(str::to_owned)
                .into_iter()
                .collect(),
            reply: Memo::default(),
            once: ReplayMark {
                purpose: ReplayPurpose::LogoutToken,
                owner: token.issuer().to_owned(),
                value: token.id().to_owned(),
                keep_until: token.remember_until(),
            },
        }))
    }

    /// `sub` is all of the name.
    fn is_about(&self, _: &UpstreamLogout, _: &Subject) -> bool {
        true
    }

    /// Section 2.8: the status of the response says it all.
    async fn answer(
        &self,
        _: &Memo,
        _: bool,
        _: DateTime<Utc>,
    ) -> Result<Option<Reply>, UpstreamError> {
        Ok(None)
    }

    fn can_be_left(&self) -> bool {
        let known = self.cache.read_last();
        self.settings.post_logout_redirect_uri.is_some()
            && known.is_some_and(|known| known.provider.end_session_endpoint().is_some())
    }

    async fn leave(&self, leaving: Leaving<'_>) -> Result<Reply, UpstreamError> {
        let known_by: KnownBy = leaving
            .known_by
            .read()
            .map_err(|error| self.broken("memo_unreadable", &error.to_string()))?;
        if known_by.issuer.as_ref() != Some(&self.settings.issuer) {
            return Err(self.broken(
                "idp_changed",
                "the provider was exchanged since this person came",
            ));
        }
        let back = self.settings.post_logout_redirect_uri.as_ref();
        let back =
            back.ok_or_else(|| self.broken("logout_unregistered", "`logout: none` is set for it"))?;
        let known = self.cache.known(leaving.now).await?;
        let there = known.provider.end_session_endpoint().ok_or_else(|| {
            self.broken(
                "logout_unregistered",
                "its metadata has no `end_session_endpoint`, so nobody can be signed out there; set `logout: none`",
            )
        })?;
        let request = EndSessionRequest {
            client_id: &self.settings.client_id,
            id_token_hint: known_by.id_token.as_deref(),
            logout_hint: Some(&known_by.hint),
            post_logout_redirect_uri: back,
            state: leaving.handle,
        };
        Ok(Reply::Redirect(request.url(there)))
    }
}

impl OidcUpstream {
    /// Judges with the keys that are there, and once more with newer ones if none of them is the token's.
    async fn judged(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<VerifiedLogoutToken, UpstreamError> {
        let known = self.cache.known(now).await?;
        let terms = LogoutTerms {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            algorithms: &self.settings.algorithms,
            trusted_audiences: &self.settings.trusted_audiences,
            danger_accept_no_expiry: self.settings.danger_accept_logout_without_expiry,
            skew: self.settings.skew,
            now,
        };
        let rejection = match terms.verify(token, &known.keys) {
            Err(rejection) if rejection.is_unknown_key() => rejection,
            verdict => return verdict.map_err(|rejection| self.no_logout(&rejection)),
        };
        let verdict = match self.cache.newer_keys(&known, now).await? {
            Some(newer) => terms.verify(token, &newer.keys),
            None => Err(rejection),
        };
        verdict.map_err(|rejection| self.no_logout(&rejection))
    }

    fn no_logout(&self, rejection: &LogoutTokenRejection) -> UpstreamError {
        self.broken(rejection.code(), &rejection.to_string())
    }
}
