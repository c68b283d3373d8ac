//! What administrators do, and time: changes to the store with no browser in it.

use chrono::{DateTime, Utc};
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    identity::PersonId,
    port::*,
};
use vestibule_store::Store;

use super::{
    event::{Event, Shows},
    nodes::{Nodes, number_of, person_id},
    oracle::Oracle,
};

/// A change to the store, as an administrator's command makes it.
pub(super) enum Deed {
    ClearAway(DateTime<Utc>),
    Commit(Box<Commit>),
    Disable(PersonId, bool, Box<AuditRecord>),
}

impl Deed {
    pub(super) async fn carry_out(self, store: &Store) {
        match self {
            Self::ClearAway(now) => store.clear_expired(now).await.map(drop),
            Self::Commit(commit) => store.commit(*commit).await,
            Self::Disable(person, off, record) => store.set_disabled(&person, off, *record).await,
        }
        .unwrap();
    }
}

impl Nodes {
    /// What has to be done; the books are those from before it.
    pub(super) async fn deed(&self, event: &Event, books: &Oracle) -> Option<Deed> {
        let now = self.houses[0].clock.now();
        let remove = |person: usize| {
            let factor = books.people[person].factor;
            let gone =
                |factor: usize| EnrolmentChange::Remove(person_id(person), self.factors[factor].0);
            factor.map(gone).into_iter().collect::<Vec<_>>()
        };
        let revoke = |person: usize| SessionChange::Revoke {
            person: person_id(person),
            at: now,
        };
        let (enrolments, session) = match *event {
            Event::Revoke(person) => (vec![], revoke(person)),
            Event::ResetFactor(person) => (remove(person), revoke(person)),
            Event::End(number) => {
                let ids = vec![self.sessions[number]];
                (vec![], SessionChange::End { ids, at: now })
            }
            Event::DropFactor(browser) => {
                let cookie = self.cookies[books.shown(browser, Shows::Its)?].key();
                let session = self.store().session(cookie).await.unwrap()?;
                let person = number_of(session.person().id.name());
                books.people[person].factor?;
                let end = SessionChange::EndAll {
                    person: person_id(person),
                    at: now,
                    save: Some(cookie),
                };
                (remove(person), end)
            }
            Event::Disable(person, off) => {
                let administration = AuditEvent::Administration;
                let record = AuditRecord::new(now, administration, AuditResult::Success);
                return Some(Deed::Disable(person_id(person), off, Box::new(record)));
            }
            Event::ClearAway => return Some(Deed::ClearAway(now)),
            _ => return None,
        };
        let commit = Commit {
            enrolments,
            session: Some(session),
            ..Commit::default()
        };
        Some(Deed::Commit(Box::new(commit)))
    }
}
