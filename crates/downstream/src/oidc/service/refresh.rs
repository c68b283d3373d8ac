//! New tokens for a refresh token (RFC 6749 section 6, OpenID Connect Core 12).
//!
//! Owns rotation: each refresh token is good once, and the next one comes with what it is used for. So at any moment one
//! of a login is good, and two who have the same one are noticed (RFC 9700 section 4.14.2, attack row OO-07).
//!
//! **Invariant:** a refresh token that was used is good for nothing, to nobody, at no time. Within [`GRACE`] of its use
//! the application that used it is only refused: its requests may have crossed, or the answer got lost, and then it
//! begins again at the login, which asks nothing of a person whose session lasts. That is written down, once for each
//! token, for it may be a thief who is quick. Afterwards somebody else has it, and all that came of the login ends. To answer it a second time within that time, as some do, would give a thief who is
//! quick a chain of tokens of their own, which nobody would ever notice.

use std::net::IpAddr;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::Value;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    id::Reference,
    port::{Commit, Conflict, ReplayMark, ReplayPurpose, StoreError},
    token::{TokenChange, TokenKey, TokenPurpose},
};
use vestibule_oidc::provider::{
    endpoint::{EndpointRejection, GrantRejection},
    token_endpoint::{GrantType, RefreshRequest},
};

use super::{
    Denied, TokenService, Wrong,
    caller::Caller,
    issue::{Order, refresh_ends},
    standing::read,
};

/// So long requests of one application may cross, in seconds.
const GRACE: TimeDelta = TimeDelta::seconds(10);

const REFRESH: TokenPurpose = TokenPurpose::RefreshToken;

impl TokenService {
    /// The answer, and the login that it is about.
    pub(super) async fn renew(
        &self,
        caller: &Caller<'_>,
        request: &RefreshRequest,
        address: Option<IpAddr>,
    ) -> Result<(Value, Reference), Denied> {
        let told = |error: StoreError| Denied::of(error, caller.id);
        let no = |why: GrantRejection| Denied::of(why, caller.id);
        let found = self.find(REFRESH, request.token.secret());
        let (key, record) = found
            .await
            .map_err(told)?
            .ok_or_else(|| no(GrantRejection::Unknown))?;
        let issued = read(&record)?;
        let wrong = |why| Wrong {
            record: &record,
            reference: &issued.reference,
            by: caller.id,
            why,
            address,
        };
        let now = self.clock.now();
        let is_theirs = record.app == *caller.id && issued.client_id == caller.client.client_id();
        if !is_theirs {
            return Err(self.end_all(wrong(GrantRejection::AnotherClient)).await);
        }
        match record.used_at {
            Some(used_at) if now - used_at <= GRACE => {
                return Err(self
                    .contested(key, wrong(GrantRejection::UsedJustNow))
                    .await);
            }
            Some(_) => return Err(self.end_all(wrong(GrantRejection::Used)).await),
            None => {}
        }
        // Asked of the configuration as it is now, too: a shorter life holds for what was issued before.
        if now >= record.expires_at || now >= refresh_ends(&issued, caller, record.issued_at) {
            return Err(no(GrantRejection::Unknown));
        }
        if !caller.app.may_refresh() {
            let grant_type = GrantType::RefreshToken.name();
            return Err(Denied::of(
                EndpointRejection::GrantTypeNotAllowed { grant_type },
                caller.id,
            ));
        }
        let scopes = request
            .scopes(&caller.app.still(&issued.scopes))
            .map_err(|fault| Denied::of(fault, caller.id))?;
        let standing = self.standing(&record, &issued).await.map_err(told)?;
        let Some(standing) = standing else {
            return Err(self.end_all(wrong(GrantRejection::Ended)).await);
        };
        let made = self.make(
            caller,
            &Order {
                issued: &issued,
                scopes: &scopes,
                nonce: None,
                person: &standing.person,
                family: record.family,
                session: record.session,
            },
        )?;
        let used = TokenChange::Use {
            purpose: REFRESH,
            key,
            at: now,
        };
        let done = self.shelf.commit(Commit {
            session: standing.hold(),
            guard: Some(standing.guard),
            tokens: std::iter::once(used).chain(made.tokens).collect(),
            ..Commit::default()
        });
        match done.await {
            Ok(()) => Ok((made.answer, issued.reference.clone())),
            // It was good a moment ago: requests crossed.
            Err(StoreError::Conflict(Conflict::Token)) => Err(self
                .contested(key, wrong(GrantRejection::UsedJustNow))
                .await),
            Err(StoreError::Conflict(Conflict::Person | Conflict::Session)) => {
                Err(self.end_all(wrong(GrantRejection::Ended)).await)
            }
            Err(error) => Err(told(error)),
        }
    }
    /// A refresh token that was used a moment ago is shown again. Nothing ends; it is written down the first time, so that
    /// nobody fills the audit log with one.
    async fn contested(&self, key: TokenKey, wrong: Wrong<'_>) -> Denied {
        let Wrong {
            record,
            reference,
            by,
            why,
            address,
        } = wrong;
        let now = self.clock.now();
        let noted = AuditRecord {
            person: record.person.clone(),
            app: Some(record.app.clone()),
            reference: Some(reference.clone()),
            address,
            ..AuditRecord::new(now, AuditEvent::Request, AuditResult::Failure)
        };
        let first = ReplayMark {
            purpose: ReplayPurpose::RefreshContested,
            owner: by.to_string(),
            value: URL_SAFE_NO_PAD.encode(key.0),
            keep_until: now + GRACE,
        };
        let done = self.shelf.commit(Commit {
            once: vec![first],
            audit: vec![noted.because(why.code(), Some(&why.to_string()))],
            ..Commit::default()
        });
        match done.await {
            Ok(()) | Err(StoreError::Conflict(Conflict::AlreadyUsed)) => Denied::of(why, by),
            Err(error) => Denied::of(error, by),
        }
    }
}
