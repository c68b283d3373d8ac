//! One answer of an upstream at a time for each login, on this node.
//!
//! Owns which logins have an answer that is being judged now. One that comes meanwhile is taken for a second click. So
//! whoever sends a hundred at once has one of them judged, and one question put to the provider, before the login has
//! moved on (attack row SI-76). Does not own that an answer counts once: the store does that, for all nodes.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use vestibule_core::id::LoginId;

/// Logins with an answer that is being judged. There are no more of them than requests under way.
#[derive(Debug, Default)]
pub(crate) struct OneAnswer(Mutex<HashSet<LoginId>>);

/// This login has one answer that is being judged: the one in hand.
#[derive(Debug)]
#[must_use]
pub(crate) struct Judging<'a> {
    of: &'a OneAnswer,
    login: LoginId,
}

impl OneAnswer {
    /// `None`: another answer of this login is being judged.
    pub(crate) fn begin(&self, login: LoginId) -> Option<Judging<'_>> {
        let first = self.logins().insert(login);
        // Not `then_some`: what it would drop unused ends the turn of the one in hand.
        first.then(|| Judging { of: self, login })
    }

    fn logins(&self) -> MutexGuard<'_, HashSet<LoginId>> {
        // Nothing panics between the two ends of a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Judging<'_> {
    fn drop(&mut self) {
        self.of.logins().remove(&self.login);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn si_76_a_login_has_one_answer_judged_at_a_time_and_others_do_not_wait_for_it() {
        let (answers, login) = (OneAnswer::default(), LoginId::from_bytes([1; 16]));
        let judging = answers.begin(login).unwrap();
        assert!(answers.begin(login).is_none());
        // One that was turned away has not made room for the next.
        assert!(answers.begin(login).is_none());
        assert!(answers.begin(LoginId::from_bytes([2; 16])).is_some());
        drop(judging);
        assert!(answers.begin(login).is_some());
        assert!(answers.logins().is_empty());
    }
}
