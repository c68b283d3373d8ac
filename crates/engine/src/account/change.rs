//! Changes that a person makes to their own factors.
//!
//! Owns the transactions: a change, its audit record and the end of the person's other sessions become true together.
//! What lacks a fresh proof, and everything that has to be set up, is an errand: a login of its own, from this session.

use vestibule_core::{
    account::{FactorName, Leave, NotPossible, Place, addable, find},
    audit::{AuditEvent, AuditRecord, AuditResult},
    flow::{Login, Wish},
    id::{EnrolmentId, FactorKind, LoginId, Reference},
    port::{Commit, Conflict, EnrolmentChange, Incoming, NoticeKind, SessionChange, StoreError},
    request::Protocol,
};

use super::{AccountFault, Guest};
use crate::{Engine, Outcome, ProblemKind, SessionToken, Shown, Visitor, stop::Turned, turn::Turn};

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
        token: Option<&SessionToken>,
        form: Option<&str>,
        change: Change,
        visitor: Visitor,
    ) -> Outcome {
        let changed = async {
            let Some(guest) = self.guest(token, visitor).await? else {
                return Err(self.stray(
                    ProblemKind::SignedOut,
                    "session_ended",
                    "there is no live session",
                ));
            };
            self.check_form(&guest, form)?;
            match change {
                Change::Add(kind) => self.add(&guest, kind).await,
                Change::Remove(id) => self.remove(&guest, id).await,
                Change::Rename(id, name) => self.rename(&guest, id, &name).await,
            }
        };
        self.tell(changed.await)
    }

    async fn add(&self, guest: &Guest, kind: FactorKind) -> Turned {
        if !addable(&self.facts_of(guest)).contains(&kind) {
            return self.account_page(guest, Place::Overview, Some(AccountFault::NotAddable));
        }
        self.send_on(guest, Place::Overview, Wish::Add(kind)).await
    }

    async fn remove(&self, guest: &Guest, id: EnrolmentId) -> Turned {
        let facts = self.facts_of(guest);
        let Some(factor) = find(&facts, id) else {
            return Err(self.no_such_factor());
        };
        let (kind, name) = (factor.kind.clone(), factor.label.clone());
        let Some(leave) = Leave::given(&self.parts.policy, &facts, self.parts.clock.now()) else {
            return self.send_on(guest, Place::Factor(id), Wish::Prove).await;
        };
        if let Err(why) = leave.remove(id) {
            return self.refuse_change(guest, &kind, why).await;
        }
        let session = guest.live.session();
        let person = session.person();
        let record = self.record_of(guest, "factor_removed").with_factor(&kind);
        let reference = record.reference.clone();
        let commit = Commit {
            enrolments: vec![EnrolmentChange::Remove(person.id.clone(), id)],
            session: Some(SessionChange::EndAll {
                person: person.id.clone(),
                save: Some(session.key()),
            }),
            audit: vec![record],
            ..Commit::default()
        };
        if let Some(overtaken) = self.make(guest, commit).await? {
            return Ok(overtaken);
        }
        let notice = NoticeKind::OwnFactorRemoved { kind, name };
        self.send_notice(person, notice, reference, guest.visitor)
            .await;
        Ok(Shown::At(Place::Overview))
    }

    async fn rename(&self, guest: &Guest, id: EnrolmentId, typed: &str) -> Turned {
        let facts = self.facts_of(guest);
        let Some(factor) = find(&facts, id) else {
            return Err(self.no_such_factor());
        };
        let Some(name) = FactorName::typed(typed) else {
            return self.account_page(guest, Place::Factor(id), Some(AccountFault::Name));
        };
        let Some(leave) = Leave::given(&self.parts.policy, &facts, self.parts.clock.now()) else {
            return self.send_on(guest, Place::Factor(id), Wish::Prove).await;
        };
        let renamed = match leave.rename(id, &name) {
            Ok(renamed) => renamed,
            Err(why) => return self.refuse_change(guest, &factor.kind, why).await,
        };
        let record = self.record_of(guest, "factor_renamed");
        let commit = Commit {
            enrolments: vec![EnrolmentChange::Replace(renamed)],
            session: Some(SessionChange::Hold(guest.live.session().key())),
            audit: vec![record.with_factor(&factor.kind)],
            ..Commit::default()
        };
        let overtaken = self.make(guest, commit).await?;
        Ok(overtaken.unwrap_or(Shown::At(Place::Overview)))
    }

    /// Commits a change, with what it rests on. `Some`: something else changed first, and the page says so.
    async fn make(&self, guest: &Guest, commit: Commit) -> Turned<Option<Shown>> {
        let guarded = Commit {
            guard: Some(guest.snapshot.guard.clone()),
            ..commit
        };
        match self.parts.store.commit(guarded).await {
            Ok(()) => Ok(None),
            Err(StoreError::Conflict(Conflict::Enrolment | Conflict::Person)) => self
                .account_page(guest, Place::Overview, Some(AccountFault::Changed))
                .map(Some),
            Err(error @ StoreError::Conflict(Conflict::Session)) => {
                Err(self.stray(ProblemKind::SignedOut, error.code(), error))
            }
            Err(error) => Err(self.account_failed(&error)),
        }
    }

    async fn refuse_change(&self, guest: &Guest, kind: &FactorKind, why: NotPossible) -> Turned {
        let record = AuditRecord {
            result: AuditResult::Failure,
            ..self.record_of(guest, why.code())
        };
        self.write_down(record.with_factor(kind)).await;
        let fault = AccountFault::NotPossible(why);
        self.account_page(guest, Place::Overview, Some(fault))
    }

    /// Begins an errand. It leads back to the page that it was begun on.
    async fn send_on(&self, guest: &Guest, place: Place, wish: Wish) -> Turned {
        self.admit(guest.visitor)?;
        let now = self.parts.clock.now();
        let incoming = Incoming {
            query: place.path(),
            form: None,
        };
        let request = self
            .request_of(Protocol::Account, &incoming, guest.visitor)
            .await?;
        let id = LoginId::from_bytes(self.parts.entropy.bytes());
        let login = Login::on_errand(id, self.new_reference(), request, &guest.live, wish, now);
        tracing::info!(reference = %login.reference(), "an errand begins");
        self.decide(Turn::opened(login, guest.visitor)).await
    }

    fn record_of(&self, guest: &Guest, code: &str) -> AuditRecord {
        let person = guest.live.session().person();
        let reference: Reference = self.new_reference();
        let now = self.parts.clock.now();
        AuditRecord {
            reference: Some(reference),
            person: Some(person.id.clone()),
            app: Some(guest.account.clone()),
            upstream: Some(person.id.upstream().clone()),
            address: guest.visitor.address,
            ..AuditRecord::new(now, AuditEvent::Enrolment, AuditResult::Success)
        }
        .because(code, None)
    }
}
