//! What is handed out for a code or a refresh token: an access token, an ID token, a refresh token.
//!
//! Owns what stands in them and how long they last. Does not own who may have them.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;
use vestibule_core::{
    id::{FamilyId, SessionId},
    identity::PersonId,
    request::{Memo, UnreadableMemo},
    token::{TokenChange, TokenPurpose, TokenRecord},
};
use vestibule_oidc::provider::{
    id_token::{HandedOut, IdTokenClaims},
    token_endpoint::TokenAnswer,
};

use super::{Denied, TokenService, caller::Caller};
use crate::oidc::{
    OFFLINE_ACCESS,
    issued::{Issued, Place},
    opaque,
};

/// What is to be handed out, of what.
pub(super) struct Order<'a> {
    /// The facts of the grant.
    pub(super) issued: &'a Issued,
    /// What the access token is for: all that was granted, or less.
    pub(super) scopes: &'a BTreeSet<String>,
    /// `nonce` of the authorization request, for the first ID token alone.
    pub(super) nonce: Option<&'a str>,
    pub(super) person: &'a PersonId,
    pub(super) family: FamilyId,
    /// The session of the login.
    pub(super) session: Option<SessionId>,
}

/// What is handed out, and what is to be kept of it before.
pub(super) struct Made {
    pub(super) answer: Value,
    pub(super) tokens: Vec<TokenChange>,
}

impl TokenService {
    pub(super) fn make(&self, caller: &Caller<'_>, order: &Order<'_>) -> Result<Made, Denied> {
        let now = self.clock.now();
        let app = caller.app;
        let lifetimes = app.lifetimes;
        // What was granted for the time when the person is away outlives their session (Core section 11).
        let is_offline = order.issued.scopes.contains(OFFLINE_ACCESS) && app.may_refresh();
        let session = order.session.filter(|_| !is_offline);
        let record = |purpose, issued: &Issued, ends: DateTime<Utc>| {
            let (text, key) = opaque::draw(purpose, &*self.entropy);
            let record = TokenRecord {
                key,
                purpose,
                app: caller.id.clone(),
                person: Some(order.person.clone()),
                session,
                family: order.family,
                body: Memo::of(issued)?,
                issued_at: now,
                expires_at: ends,
                keep_until: ends,
                used_at: None,
            };
            Ok::<_, UnreadableMemo>((text, TokenChange::Add(record)))
        };
        let unwritable = |error| Denied::fault("memo_unwritable", error, caller.id);
        let narrowed = Issued {
            scopes: order.scopes.clone(),
            ..order.issued.clone()
        };
        let (access, kept) = record(
            TokenPurpose::AccessToken,
            &narrowed,
            now + lifetimes.access_token,
        )
        .map_err(unwritable)?;
        let mut tokens = vec![kept];
        let refresh = if is_offline {
            let ends = refresh_ends(order.issued, caller, now);
            let (text, kept) =
                record(TokenPurpose::RefreshToken, order.issued, ends).map_err(unwritable)?;
            tokens.push(kept);
            Some(text)
        } else {
            None
        };
        let id_token = self.id_token(caller, order, &access, now)?;
        let lifetime = lifetimes.access_token.to_std().unwrap_or(Duration::ZERO);
        let answer = TokenAnswer {
            access_token: &access,
            lifetime,
            id_token: id_token.as_deref(),
            refresh_token: refresh.as_deref(),
            scopes: order.scopes,
        };
        Ok(Made {
            answer: answer.body(),
            tokens,
        })
    }

    /// The ID token, where `openid` is among the scopes.
    fn id_token(
        &self,
        caller: &Caller<'_>,
        order: &Order<'_>,
        access_token: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, Denied> {
        if !order.scopes.contains("openid") {
            return Ok(None);
        }
        let (issued, app) = (order.issued, caller.app);
        let algorithm = app.id_token_algorithm;
        let key = self.registry.keys.load().signer(caller.id, algorithm);
        let key = key.ok_or_else(|| {
            let cause = format!(
                "there is no key that signs with {algorithm:?}; make one with `vestibule key create`, or change `id_token_algorithm`",
            );
            Denied::fault("signing_key_missing", cause, caller.id)
        })?;
        let amr: Vec<&str> = issued.amr.iter().map(String::as_str).collect();
        let claims = IdTokenClaims {
            issuer: self.registry.issuer(),
            subject: &issued.subject,
            client_id: &issued.client_id,
            other_audiences: &[],
            issued_at: now,
            expires_at: now + app.lifetimes.id_token,
            auth_time: issued.auth_time,
            nonce: order.nonce,
            acr: Some(&issued.acr),
            amr: &amr,
            session: Some(&issued.sid),
            extra: issued.claims(Place::IdToken, order.scopes, app),
        };
        let with = HandedOut {
            access_token: Some(access_token),
            code: None,
        };
        let signed = claims.mint(&key, with);
        signed
            .map(Some)
            .map_err(|error| Denied::fault("signing_failed", error, caller.id))
    }
}

/// When a refresh token of this grant that is issued now is good for nothing any more.
pub(super) fn refresh_ends(
    issued: &Issued,
    caller: &Caller<'_>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let lifetimes = caller.app.lifetimes;
    (now + lifetimes.refresh_idle).min(issued.granted_at + lifetimes.refresh_absolute)
}
