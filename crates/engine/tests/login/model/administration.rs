//! What administrators do, and time: the commands' changes to the store, with no browser in it.

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    port::*,
};

use super::{
    event::{Event, Shows},
    nodes::{Nodes, number_of, person_id},
    oracle::Oracle,
};

impl Nodes {
    pub(super) async fn administer(&self, event: &Event, books: &Oracle) {
        let store = self.store();
        let now = self.houses[0].clock.now();
        let record = AuditRecord::new(now, AuditEvent::Administration, AuditResult::Success);
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
            Event::RevokeOne(nth) => {
                let ids = books.session(nth).map(|number| self.sessions[number]);
                (
                    vec![],
                    SessionChange::End {
                        ids: ids.into_iter().collect(),
                        at: now,
                    },
                )
            }
            Event::DropFactor(browser) => {
                let cookie = books.shown(browser, Shows::Its);
                let Some(cookie) = cookie.map(|cookie| self.cookies[cookie].key()) else {
                    return;
                };
                let Some(session) = store.session(cookie).await.unwrap() else {
                    return;
                };
                let person = number_of(session.person().id.name());
                let removed = remove(person);
                if removed.is_empty() {
                    return;
                }
                let end = SessionChange::EndAll {
                    person: person_id(person),
                    at: now,
                    save: Some(cookie),
                };
                (removed, end)
            }
            Event::Disable(person, off) => {
                let done = store.set_disabled(&person_id(person), off, record).await;
                return done.unwrap();
            }
            Event::ClearAway => {
                store.clear_expired(now).await.unwrap();
                return;
            }
            _ => return,
        };
        let commit = Commit {
            enrolments,
            session: Some(session),
            ..Commit::default()
        };
        store.commit(commit).await.unwrap();
    }
}
