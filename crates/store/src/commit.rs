//! A whole commit within one transaction.
//!
//! Owns the order: login, factors, marks, tallies, person, audit. All commits take their rows in this order, and within
//! each kind in one order too, so that no two can wait for each other.

use vestibule_core::port::{Commit, EnrolmentChange};

use crate::{
    audit::AuditRows,
    enrolment::EnrolmentRows,
    error::Failure,
    guard::GuardRows,
    login::LoginRows,
    person::PersonRows,
    replay::{ReplayRows, digest_of},
    store::Secrets,
    throttle::ThrottleRows,
};

rows! {
    /// All tables that a commit touches.
    CommitRows {
        /// Does all of it. The first conflict ends it, and the caller rolls back.
        async fn apply(&mut self, secrets: &Secrets, commit: &Commit) -> Result<(), Failure> {
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
            self.append_audit(&secrets.chain, &commit.audit).await
        }
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
