//! Changes that a person makes to their own factors.
//!
//! Owns the transactions: a change, its audit record and the end of the person's other sessions become true together.
//! What lacks a fresh proof, and everything that has to be set up, is an errand: a login of its own, from this session.

use vestibule_core::{
    account::{FactorName, NotPossible, Place, Reauthenticated, addable, find},
    audit::{AuditEvent, AuditRecord, AuditResult},
    flow::{Login, Wish},
    id::{EnrolmentId, FactorKind, LoginId, Reference},
    port::{Commit, Conflict, EnrolmentChange, Incoming, NoticeKind, SessionChange, StoreError},
    request::Protocol,
};

use super::{AccountFault, SignedIn};
use crate::{Engine, Outcome, ProblemKind, Shown, Visitor, stop::Turned, turn::Turn};

/// What a person wants to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Set up one more of this kind.
    Add(FactorKind),
    /// Take this one away.
    Remove(EnrolmentId),
    /// Call this one so, as typed.
    Rename(EnrolmentId, String),
}

impl Engine {
    /// Makes a change, or asks for the proof that it needs.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem); nothing was changed then.
    pub async fn change_account(
        &self,
        form: Option<&str>,
        change: Change,
        visitor: Visitor,
    ) -> Outcome {
        let changed = async {
            let Some(signed_in) = self.signed_in(visitor).await? else {
                return Err(self.stray(
                    ProblemKind::SignedOut,
                    "session_ended",
                    "there is no live session",
                ));
            };
            self.check_form(signed_in.live.session().key(), form)?;
            match change {
                Change::Add(kind) => self.add(&signed_in, kind).await,
                Change::Remove(id) => self.remove(&signed_in, id).await,
                Change::Rename(id, name) => self.rename(&signed_in, id, &name).await,
            }
        };
        self.tell(changed.await)
    }

    async fn add(&self, signed_in: &SignedIn, kind: FactorKind) -> Turned {
        if !addable(&self.facts_of(signed_in)).contains(&kind) {
            return self
                .account_page(signed_in, Place::Overview, Some(AccountFault::NotAddable))
                .await;
        }
        self.send_on(signed_in, Place::Overview, Wish::Add(kind))
            .await
    }

    async fn remove(&self, signed_in: &SignedIn, id: EnrolmentId) -> Turned {
        let facts = self.facts_of(signed_in);
        let Some(factor) = find(&facts, id) else {
            return Err(self.no_such_factor());
        };
        let (kind, name) = (factor.kind.clone(), factor.label.clone());
        let Some(proof) = Reauthenticated::now(&self.parts.policy, &facts, self.parts.clock.now())
        else {
            return self
                .send_on(signed_in, Place::Factor(id), Wish::Prove)
                .await;
        };
        if let Err(why) = proof.remove(id) {
            return self.refuse_change(signed_in, &kind, why).await;
        }
        let session = signed_in.live.session();
        let person = session.person();
        let record = self
            .record_of(signed_in, "factor_removed")
            .with_factor(&kind);
        let reference = record.reference.clone();
        let commit = Commit {
            enrolments: vec![EnrolmentChange::Remove(person.id.clone(), id)],
            session: Some(SessionChange::EndAll {
                person: person.id.clone(),
                at: self.parts.clock.now(),
                save: Some(session.key()),
            }),
            audit: vec![record],
            ..Commit::default()
        };
        if let Some(overtaken) = self.make(signed_in, commit).await? {
            return Ok(overtaken);
        }
        let notice = NoticeKind::OwnFactorRemoved { kind, name };
        self.send_notice(person, notice, reference, signed_in.visitor)
            .await;
        Ok(Shown::At(Place::Overview))
    }

    async fn rename(&self, signed_in: &SignedIn, id: EnrolmentId, typed: &str) -> Turned {
        let facts = self.facts_of(signed_in);
        let Some(factor) = find(&facts, id) else {
            return Err(self.no_such_factor());
        };
        let Some(name) = FactorName::typed(typed) else {
            return self
                .account_page(signed_in, Place::Factor(id), Some(AccountFault::Name))
                .await;
        };
        let Some(proof) = Reauthenticated::now(&self.parts.policy, &facts, self.parts.clock.now())
        else {
            return self
                .send_on(signed_in, Place::Factor(id), Wish::Prove)
                .await;
        };
        let renamed = match proof.rename(id, &name) {
            Ok(renamed) => renamed,
            Err(why) => return self.refuse_change(signed_in, &factor.kind, why).await,
        };
        let record = self.record_of(signed_in, "factor_renamed");
        let commit = Commit {
            enrolments: vec![EnrolmentChange::Replace(renamed)],
            session: Some(SessionChange::Hold(signed_in.live.session().id())),
            audit: vec![record.with_factor(&factor.kind)],
            ..Commit::default()
        };
        let overtaken = self.make(signed_in, commit).await?;
        Ok(overtaken.unwrap_or(Shown::At(Place::Overview)))
    }

    /// Commits a change, with what it rests on. `Some`: something else changed first, and the page says so.
    async fn make(&self, signed_in: &SignedIn, commit: Commit) -> Turned<Option<Shown>> {
        let guarded = Commit {
            guard: Some(signed_in.snapshot.guard.clone()),
            ..commit
        };
        match self.parts.store.commit(guarded).await {
            Ok(()) => Ok(None),
            Err(StoreError::Conflict(Conflict::Enrolment | Conflict::Person)) => self
                .account_page(signed_in, Place::Overview, Some(AccountFault::Changed))
                .await
                .map(Some),
            Err(error @ StoreError::Conflict(Conflict::Session)) => {
                Err(self.stray(ProblemKind::SignedOut, error.code(), error))
            }
            Err(error) => Err(self.account_failed(&error)),
        }
    }

    async fn refuse_change(
        &self,
        signed_in: &SignedIn,
        kind: &FactorKind,
        why: NotPossible,
    ) -> Turned {
        let record = AuditRecord {
            result: AuditResult::Failure,
            ..self.record_of(signed_in, why.code())
        };
        self.write_down(record.with_factor(kind)).await;
        let fault = AccountFault::NotPossible(why);
        self.account_page(signed_in, Place::Overview, Some(fault))
            .await
    }

    /// Begins an errand. It leads back to the page that it was begun on.
    async fn send_on(&self, signed_in: &SignedIn, place: Place, wish: Wish) -> Turned {
        self.admit(signed_in.visitor)?;
        let now = self.parts.clock.now();
        let incoming = Incoming {
            query: place.path(),
            form: None,
        };
        let request = self
            .request_of(Protocol::Account, &incoming, signed_in.visitor)
            .await?;
        let id = LoginId::from_bytes(self.parts.entropy.bytes());
        let login = Login::on_errand(
            id,
            self.new_reference(),
            request,
            &signed_in.live,
            wish,
            now,
        );
        tracing::info!(reference = %login.reference(), "an errand begins");
        self.decide(Turn::opened(login, signed_in.visitor)).await
    }

    pub(super) fn record_of(&self, signed_in: &SignedIn, code: &str) -> AuditRecord {
        let person = signed_in.live.session().person();
        let reference: Reference = self.new_reference();
        let now = self.parts.clock.now();
        AuditRecord {
            reference: Some(reference),
            person: Some(person.id.clone()),
            app: Some(signed_in.account.clone()),
            upstream: Some(person.id.upstream().clone()),
            address: signed_in.visitor.address,
            ..AuditRecord::new(now, AuditEvent::Enrolment, AuditResult::Success)
        }
        .because(code, None)
    }
}
