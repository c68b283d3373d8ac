//! A whole commit within one transaction.
//!
//! Owns the order: attempts, login, factors, marks, tallies, person, known sources, session,
//! participation, tokens, logout; the audit log's entries come
//! behind them, and are the writer's business. All commits take their rows in this order, and within each kind in one
//! order too, so that no two can wait for each other.

use vestibule_core::{
    identity::PersonId,
    port::{Commit, EnrolmentChange, SessionChange},
    throttle::Charge,
};

use crate::{
    enrolment::EnrolmentRows,
    error::Failure,
    guard::GuardRows,
    known::KnownRows,
    login::LoginRows,
    logout::LogoutRows,
    participation::ParticipationRows,
    person::PersonRows,
    replay::{ReplayRows, digest_of},
    session::SessionRows,
    store::Secrets,
    throttle::ThrottleRows,
    token::TokenRows,
    writer::Request,
};

rows! {
    /// All tables that a commit touches.
    CommitRows {
        /// Counts the attempt and does what it stands before, apart from the audit log's entries. An attempt that is
        /// refused is a result, and nothing else is done; the first conflict is a failure, and the caller rolls back.
        async fn perform(&mut self, secrets: &Secrets, request: &Request) -> Result<Charge, Failure> {
            let mut charge = Charge::Go;
            if let Some(attempt) = &request.attempt {
                charge = self.charge_all(&attempt.keys, attempt.now).await?;
                if !charge.goes() {
                    return Ok(charge);
                }
            }
            let commit = &request.commit;
            if let Some(change) = &commit.login {
                self.change_login(&secrets.sealer, change).await?;
            }
            for change in &commit.enrolments {
                self.change_enrolment(&secrets.sealer, change).await?;
            }
            for mark in &commit.once {
                self.mark_used(mark).await?;
            }
            self.settle_tallies(&commit.clear).await?;
            if let Some(seen) = &commit.seen {
                self.see_person(seen).await?;
            }
            if let Some(guard) = &commit.guard {
                self.hold_person(guard, &commit.enrolments).await?;
            }
            if let Some(known) = &commit.known {
                self.remember_source(known).await?;
            }
            if let Some(change) = &commit.session {
                self.change_session(&secrets.sealer, change).await?;
            }
            if let Some((session, participation)) = &commit.participation {
                let person = whose(commit);
                self.take_part(&secrets.sealer, *session, participation, person).await?;
            }
            for change in &commit.tokens {
                self.change_token(&secrets.sealer, change).await?;
            }
            if let Some(change) = &commit.logout {
                self.change_logout(&secrets.sealer, change).await?;
            }
            Ok(charge)
        }
    }
}

/// Whose session it is that an application takes part in.
fn whose(commit: &Commit) -> Option<&PersonId> {
    match &commit.session {
        Some(SessionChange::Begin(session) | SessionChange::Renew { new: session, .. }) => {
            Some(&session.person().id)
        }
        // One that goes on: the decision was about its person.
        _ => commit.guard.as_ref().map(|guard| &guard.person),
    }
}

/// Brings what a commit touches into the order in which all commits touch it.
pub(crate) fn put_in_order(commit: &mut Commit) {
    // Stable: changes to the same factor stay in the order in which they were made.
    commit.enrolments.sort_by_key(|change| match change {
        EnrolmentChange::Add(enrolment) | EnrolmentChange::Replace(enrolment) => enrolment.id,
        EnrolmentChange::Remove(_, id) => *id,
    });
    commit
        .once
        .sort_by_cached_key(|mark| (mark.purpose.as_str(), digest_of(mark)));
}
