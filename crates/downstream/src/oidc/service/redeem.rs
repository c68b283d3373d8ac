//! A code or refresh token becomes tokens, or what is wrong with it has its consequence.
//!
//! Owns the one transaction that uses up what is shown and keeps what is handed out for it, and what is written down of a
//! refusal. Does not own the judgement: [`redemption`](vestibule_oidc::provider::redemption) says whether it is
//! good, and what follows if not.

use std::{collections::BTreeSet, net::IpAddr};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    id::{AppId, Reference},
    port::{Commit, Conflict, ReplayMark, ReplayPurpose, StoreError},
    token::{TokenChange, TokenKey, TokenRecord},
};
use vestibule_oidc::provider::{
    endpoint::GrantRejection,
    redemption::{REFRESH_GRACE, Refused},
};

use super::{Denied, TokenService, caller::Caller, issue::Order};
use crate::oidc::issued::Issued;

/// What an application shows, with what is kept of it.
pub(super) struct Shown<'a> {
    pub(super) key: TokenKey,
    pub(super) record: &'a TokenRecord,
    pub(super) issued: &'a Issued,
    /// Which application shows it.
    pub(super) by: &'a AppId,
    /// From where.
    pub(super) address: Option<IpAddr>,
}

/// What is wanted for it.
pub(super) struct Wanted<'a> {
    /// What the access token is for.
    pub(super) scopes: &'a BTreeSet<String>,
    /// `nonce`, for the first ID token.
    pub(super) nonce: Option<&'a str>,
    /// What it means if another request with it was first.
    pub(super) overtaken: Refused,
}

impl TokenService {
    /// Uses up what is shown, and hands out new tokens: both or neither (attack rows OO-04 and OO-07). The answer, and the
    /// login that it is about.
    pub(super) async fn redeem(
        &self,
        caller: &Caller<'_>,
        shown: &Shown<'_>,
        wanted: Wanted<'_>,
    ) -> Result<(Value, Reference), Denied> {
        let told = |error: StoreError| Denied::of(error, caller.id);
        let ended = Refused::Ending(GrantRejection::Ended);
        let Shown { record, issued, .. } = shown;
        let footing = self.footing(record, issued).await.map_err(told)?;
        let Some(footing) = footing else {
            return Err(self.refuse(shown, ended).await);
        };
        let made = self.make(
            caller,
            &Order {
                issued,
                scopes: wanted.scopes,
                nonce: wanted.nonce,
                person: &footing.person,
                family: record.family,
                session: record.session,
            },
        )?;
        let used = TokenChange::Use {
            purpose: record.purpose,
            key: shown.key,
            at: self.clock.now(),
        };
        let done = self.shelf.commit(Commit {
            session: footing.hold(),
            guard: Some(footing.guard),
            tokens: std::iter::once(used).chain(made.tokens).collect(),
            ..Commit::default()
        });
        match done.await {
            Ok(()) => Ok((made.answer, issued.reference.clone())),
            Err(StoreError::Conflict(Conflict::Token)) => {
                Err(self.refuse(shown, wanted.overtaken).await)
            }
            Err(StoreError::Conflict(Conflict::Person | Conflict::Session)) => {
                Err(self.refuse(shown, ended).await)
            }
            Err(error) => Err(told(error)),
        }
    }

    /// Says no, after what follows from it was done.
    pub(super) async fn refuse(&self, shown: &Shown<'_>, refused: Refused) -> Denied {
        let (by, why) = (shown.by, refused.why());
        let done = match refused {
            Refused::Contested(_) => self.note(shown, why).await,
            Refused::Ending(_) => self.end_all(shown, why).await,
            Refused::Idle(_) => Ok(()),
        };
        match done {
            Ok(()) => Denied::of(why, by),
            Err(error) => Denied::of(error, by),
        }
    }

    /// Everything that came of a login ends, because of what somebody did with a part of it.
    async fn end_all(&self, shown: &Shown<'_>, why: GrantRejection) -> Result<(), StoreError> {
        let (record, by) = (shown.record, shown.by);
        let detail = format!("`{by}` asked, and what came of the login was ended: {why}");
        let ended = self.shelf.commit(Commit {
            tokens: vec![TokenChange::Revoke(record.family)],
            audit: vec![self.failure(shown).because(why.code(), Some(&detail))],
            ..Commit::default()
        });
        ended.await?;
        tracing::warn!(
            app = %record.app,
            by = %by,
            code = why.code(),
            reference = shown.issued.reference.as_str(),
            "what came of a login was ended"
        );
        Ok(())
    }

    /// It is written down the first time, so that nobody fills the audit log with one.
    async fn note(&self, shown: &Shown<'_>, why: GrantRejection) -> Result<(), StoreError> {
        let first = ReplayMark {
            purpose: ReplayPurpose::RefreshContested,
            owner: shown.by.to_string(),
            value: BASE64_URL_SAFE_NO_PAD.encode(shown.key.0),
            keep_until: self.clock.now() + REFRESH_GRACE,
        };
        let detail = why.to_string();
        let noted = self.shelf.commit(Commit {
            once: vec![first],
            audit: vec![self.failure(shown).because(why.code(), Some(&detail))],
            ..Commit::default()
        });
        match noted.await {
            Ok(()) | Err(StoreError::Conflict(Conflict::AlreadyUsed)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The record of what somebody should not have done.
    fn failure(&self, shown: &Shown<'_>) -> AuditRecord {
        AuditRecord {
            person: shown.record.person.clone(),
            app: Some(shown.record.app.clone()),
            reference: Some(shown.issued.reference.clone()),
            address: shown.address,
            ..AuditRecord::new(self.clock.now(), AuditEvent::Request, AuditResult::Failure)
        }
    }
}
