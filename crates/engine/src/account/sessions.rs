//! Where a person is signed in: what their account page shows of that, and the end of it.
//!
//! Owns which sessions are theirs to see and to end. That asks for no fresh proof: it takes away and gives nothing. Does
//! not own the end of the session that the page itself is in (to sign out is), nor how applications are told: whatever
//! ends a session leaves that to be done.

use chrono::{DateTime, Utc};
use vestibule_core::{
    account::Place,
    audit::{AuditEvent, AuditRecord},
    id::SessionId,
    port::{Commit, Conflict, SessionChange, StoreError},
    session::Session,
};

use super::SignedIn;
use crate::{Engine, Outcome, ProblemKind, Shown, Visitor, stop::Turned};

/// The most that a page shows.
const MOST_SHOWN: u32 = 50;

/// A session as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionShown {
    /// What it is called; it opens nothing.
    pub id: SessionId,
    /// The page is shown in it.
    pub is_here: bool,
    /// When the first door was passed.
    pub since: DateTime<Utc>,
    /// The last use.
    pub used_at: DateTime<Utc>,
    /// The labels of the applications that were reached from it, by name.
    pub apps: Vec<String>,
}

/// Which sessions a person ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndSessions {
    /// This one.
    One(SessionId),
    /// All but the one that they are in.
    Others,
}

impl Engine {
    /// The person's sessions that are not over, the one of this page first, then by the last use.
    pub(super) async fn sessions_shown(
        &self,
        signed_in: &SignedIn,
    ) -> Result<Vec<SessionShown>, StoreError> {
        let here = signed_in.live.session();
        let store = &self.parts.store;
        let all = store
            .sessions(Some(&here.person().id), None, MOST_SHOWN)
            .await?;
        let mut shown = Vec::new();
        for session in all.into_iter().filter(|session| self.lasts(session)) {
            let reached = store.participations(session.id()).await?;
            shown.push(SessionShown {
                id: session.id(),
                is_here: session.id() == here.id(),
                since: session.started_at(),
                used_at: session.used_at(),
                apps: reached.iter().map(|one| self.app_label(&one.app)).collect(),
            });
        }
        shown.sort_by_key(|one| (!one.is_here, std::cmp::Reverse(one.used_at)));
        Ok(shown)
    }

    fn lasts(&self, session: &Session) -> bool {
        let now = self.parts.clock.now();
        session.lasts(self.parts.limits, now).is_ok()
    }

    /// Ends sessions of the person who is signed in. One that is not theirs does not exist (attack row WA-10).
    ///
    /// # Errors
    /// [`Problem`](crate::Problem); nothing was ended then.
    pub async fn end_sessions(
        &self,
        form: Option<&str>,
        which: EndSessions,
        visitor: Visitor,
    ) -> Outcome {
        let ended = async {
            let Some(signed_in) = self.signed_in(visitor).await? else {
                let detail = "there is no live session";
                return Err(self.stray(ProblemKind::SignedOut, "session_ended", detail));
            };
            self.check_form(signed_in.live.session().key(), form)?;
            self.end_for(&signed_in, which).await
        };
        self.tell(ended.await)
    }

    async fn end_for(&self, signed_in: &SignedIn, which: EndSessions) -> Turned {
        let here = signed_in.live.session();
        let person = &here.person().id;
        let at = self.parts.clock.now();
        let (change, code) = match which {
            EndSessions::One(id) => {
                let found = self.parts.store.session_by_id(id).await;
                let found = found.map_err(|error| self.account_failed(&error))?;
                let is_theirs =
                    |session: &Session| session.person().id == *person && session.id() != here.id();
                if !found.as_ref().is_some_and(is_theirs) {
                    let detail = "the person has no other session of this id";
                    return Err(self.stray(ProblemKind::NoSuchSession, "session_unknown", detail));
                }
                let ids = vec![id];
                (SessionChange::End { ids, at }, "session_ended")
            }
            EndSessions::Others => {
                let all = SessionChange::EndAll {
                    person: person.clone(),
                    at,
                    save: Some(here.key()),
                };
                (all, "other_sessions_ended")
            }
        };
        let record = AuditRecord {
            event: AuditEvent::Logout,
            ..self.record_of(signed_in, code)
        };
        let commit = Commit {
            session: Some(change),
            audit: vec![record],
            ..Commit::default()
        };
        match self.parts.store.commit(commit).await {
            Ok(()) => Ok(Shown::At(Place::Overview)),
            Err(error @ StoreError::Conflict(Conflict::Session)) => {
                Err(self.stray(ProblemKind::SignedOut, error.code(), error))
            }
            Err(error) => Err(self.account_failed(&error)),
        }
    }
}
