//! What the world looks like for one person, read at the moment of a decision (invariant 5).
//!
//! Owns the reading. Does not own any judgement: whether that is enough is for the core to say.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use vestibule_core::{
    evidence::{Enrolment, Evidence},
    flow::{FlowError, Login, World},
    id::{AnswerId, AppId, NetworkId, SessionId, UpstreamId},
    identity::Person,
    policy::{Belief, Doubt, Facts},
    port::{PersonGuard, StoreError},
    session::Session,
};

use crate::{Engine, Visitor, stop::Turned, turn::Turn};

/// What was read of a person.
pub(crate) struct Snapshot {
    pub(crate) enrolments: Vec<Enrolment>,
    /// The same as it was read, for the commit to hold against what is there then.
    pub(crate) guard: PersonGuard,
    pub(crate) networks: Option<BTreeSet<NetworkId>>,
    pub(crate) active: bool,
    /// The session of this person in this browser, live or not: the one that the login comes from, as it is now, or one
    /// that what comes of the login goes on with.
    pub(crate) held: Option<Session>,
    /// When a session was ended in this browser: who came by the first door before that comes by it again, and what an
    /// upstream said of a second factor before that counts no more.
    pub(crate) signed_out_at: DateTime<Utc>,
}

impl Engine {
    /// Reads what a decision about this login needs. A store that cannot be read ends the request; a person without a
    /// row was never disabled.
    pub(crate) async fn look(&self, turn: &Turn) -> Turned<Snapshot> {
        self.look_knowing(turn, None).await
    }

    /// As [`look`](Self::look), where `read` may hold the session that the login came from, as it was read in this very
    /// turn: to read it twice would tell nothing new. If it ends before the commit of a grant, that fails. For who is
    /// disabled there is no grant: it is read anew, since it ended in the moment in which they were.
    pub(crate) async fn look_knowing(
        &self,
        turn: &Turn,
        read: Option<Box<Session>>,
    ) -> Turned<Snapshot> {
        let login = &turn.login;
        let Some(person) = login.person() else {
            return Err(self.out_of_step(login, FlowError::OutOfOrder));
        };
        let looked = async {
            let snapshot = self
                .look_at(person, &login.request().app, turn.visitor)
                .await?;
            let read = read.filter(|_| snapshot.active);
            let store = &self.parts.store;
            let held = match (login.session(), login.browser()) {
                (Some(origin), _) => match read.filter(|read| read.id() == origin.id) {
                    Some(read) => Some(*read),
                    None => store.session_by_id(origin.id).await?,
                },
                (None, Some(browser)) => store.session_in(browser, &person.id).await?,
                (None, None) => None,
            };
            // A sign-out matters to who comes by the first door, and to what an upstream is believed about.
            let is_believed = self.belief_in(person.id.upstream()).is_some();
            let signed_out_at = match login.browser() {
                Some(browser) if login.session().is_none() || is_believed => {
                    store.signed_out_at(browser).await?
                }
                _ => None,
            };
            Ok(Snapshot {
                held,
                signed_out_at: signed_out_at.unwrap_or(DateTime::UNIX_EPOCH),
                ..snapshot
            })
        };
        looked
            .await
            .map_err(|error| self.store_failed(login, &error))
    }

    /// Reads what a decision about this person and this application needs.
    pub(crate) async fn look_at(
        &self,
        person: &Person,
        app: &AppId,
        visitor: Visitor,
    ) -> Result<Snapshot, StoreError> {
        let store = &self.parts.store;
        let enrolments = store.enrolments(&person.id).await?;
        let record = store.person(&person.id).await?;
        let disabled = record.as_ref().is_some_and(|record| record.disabled);
        let valid_from = record.map_or(DateTime::UNIX_EPOCH, |record| record.valid_from);
        let configured = self.parts.upstreams.contains_key(person.id.upstream())
            && self.parts.apps.contains_key(app);
        let as_read = enrolments
            .iter()
            .map(|enrolment| (enrolment.id, enrolment.revision));
        let guard = PersonGuard {
            person: person.id.clone(),
            enrolments: Some(as_read.collect()),
            valid_from,
        };
        Ok(Snapshot {
            enrolments,
            guard,
            networks: self.parts.networks.holding(visitor.address),
            active: configured && !disabled,
            held: None,
            signed_out_at: DateTime::UNIX_EPOCH,
        })
    }

    /// What was read, as a login is settled by it.
    pub(crate) fn world<'s>(&'s self, login: &Login, snapshot: &'s Snapshot) -> World<'s> {
        let person = login.person();
        World {
            policy: &self.parts.policy,
            kinds: &self.kinds,
            networks: snapshot.networks.as_ref(),
            enrolments: &snapshot.enrolments,
            belief: person.and_then(|person| self.belief_in(person.id.upstream())),
            active: snapshot.active,
            valid_from: match login.session() {
                // Who comes from a session stands or falls with that one.
                Some(_) => snapshot.guard.valid_from,
                None => snapshot.guard.valid_from.max(snapshot.signed_out_at),
            },
            word_from: snapshot.guard.valid_from.max(snapshot.signed_out_at),
            takes: self.single_sign_on(login.request()),
            answer: AnswerId::from_bytes(self.parts.entropy.bytes()),
            session: match &snapshot.held {
                Some(held) => held.id(),
                None => SessionId::from_bytes(self.parts.entropy.bytes()),
            },
            now: self.parts.clock.now(),
        }
    }

    /// What the upstream must say to be believed about a second factor, as it is configured here and now (attack row
    /// AC-06).
    fn belief_in(&self, upstream: &UpstreamId) -> Option<&Belief> {
        self.parts.upstreams.get(upstream)?.belief.as_ref()
    }

    /// What was read, as policy is asked with it.
    pub(crate) fn facts<'s>(
        &'s self,
        snapshot: &'s Snapshot,
        person: &'s Person,
        app: &'s AppId,
        evidence: &'s [Evidence],
    ) -> Facts<'s> {
        let now = self.parts.clock.now();
        Facts {
            person,
            active: snapshot.active,
            app,
            networks: snapshot.networks.as_ref(),
            evidence,
            // Only the account page is asked for by these.
            upstream_factor: Err(Doubt::Account),
            enrolments: &snapshot.enrolments,
            kinds: &self.kinds,
            came_at: now,
            now,
        }
    }
}
