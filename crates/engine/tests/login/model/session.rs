//! A session, as the model has it.

use std::collections::{BTreeMap, BTreeSet};

use super::app::App;

const HOUR: i64 = 60 * 60;

/// Which factor was passed, and when.
pub(super) type Proofs = BTreeMap<usize, i64>;

/// One person in one browser. Sessions, cookies and factors are counted from zero, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) browser: usize,
    pub(super) person: usize,
    /// The one cookie that opens it.
    pub(super) cookie: usize,
    /// When the first door was passed.
    pub(super) since: i64,
    pub(super) used: i64,
    /// What the upstream calls its own session.
    pub(super) upstream: String,
    pub(super) proofs: Proofs,
    pub(super) reached: BTreeSet<App>,
    /// It was ended. Once so, it stays so.
    pub(super) is_over: bool,
}

/// The later of two proofs with one factor counts.
pub(super) fn joined(one: &Proofs, other: &Proofs) -> Proofs {
    let mut all = one.clone();
    for (factor, at) in other {
        let latest = all.entry(*factor).or_insert(*at);
        *latest = (*latest).max(*at);
    }
    all
}

impl Session {
    /// An hour without a use, and twelve hours in all.
    pub(super) fn lasts(&self, now: i64) -> bool {
        !self.is_over && now < self.since + 12 * HOUR && now < self.used + HOUR
    }

    /// Nothing can make it last again: it may be cleared away.
    pub(super) fn is_bygone(&self, now: i64) -> bool {
        now >= self.since + 12 * HOUR || now >= self.used + 24 * HOUR
    }
}
