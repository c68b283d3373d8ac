//! The end of a session at an OpenID provider, as it tells us itself (Back-Channel Logout 1.0).
//!
//! Owns the judging of its logout token with the keys of the moment, and what the token names. Does not own the checks
//! ([`super::logout`]), the replay mark, or the sessions that end.
//!
//! There is no front-channel logout: it loads our address in a frame of the provider's page, where browsers do not show
//! our cookies.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vestibule_core::{
    identity::Subject,
    port::{Callback, ReplayMark, ReplayPurpose, UpstreamError, UpstreamSignOff},
    request::{Memo, Reply},
    upstream_logout::{Carrier, UpstreamLogout},
};
use vestibule_oidc::logout_token::{self, LogoutTokenRejection, VerifiedLogoutToken};

use super::{OidcUpstream, logout::LogoutTerms};

#[async_trait]
impl UpstreamSignOff for OidcUpstream {
    fn carrier(&self) -> Carrier {
        Carrier::Upstream
    }

    async fn hear(
        &self,
        message: &Callback,
        now: DateTime<Utc>,
    ) -> Result<UpstreamLogout, UpstreamError> {
        // Section 2.5: a form, posted. What has none is judged as an empty one.
        let body = message.form.as_deref().unwrap_or_default();
        let token = logout_token::from_request(body.as_bytes())
            .map_err(|rejection| self.no_logout(&rejection))?;
        let token = self.judged(&token, now).await?;
        Ok(UpstreamLogout {
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
        })
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
