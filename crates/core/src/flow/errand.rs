//! Why a person comes back to the doors from a live session: to set up one more factor, or to prove that it is them.
//!
//! Owns the wish and the moment from which its proof must be fresh. An errand has a login of its own, which begins
//! between the doors with what the session remembers; from there on it is a login like every other.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{evidence::Evidence, id::FactorKind};

/// How long an errand may take. With [`crate::evidence::FRESH`] before it, no change rests on evidence that is older
/// than 15 minutes when it becomes true.
pub const ERRAND_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// What a person came for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// To set up a factor of this kind.
    Add(FactorKind),
    /// To prove anew that it is them, and go back to where they were.
    Prove,
}

/// A wish, and since when. The session that it came from must still be there when something comes of it
/// ([`Login::session`](super::Login::session)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    pub(super) wish: Wish,
    pub(super) since: DateTime<Utc>,
}

impl Errand {
    /// What the person came for.
    #[must_use]
    pub fn wish(&self) -> &Wish {
        &self.wish
    }

    /// Evidence of the session counts if it was fresh when the errand began; what was proved on the errand always does,
    /// however long the person took.
    pub(super) fn takes(&self, evidence: &Evidence, now: DateTime<Utc>) -> bool {
        evidence.is_fresh(self.since, now)
    }
}

#[cfg(test)]
mod tests;
