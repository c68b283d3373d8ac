//! How many logins are under way, known well enough to stop a flood (attack row WA-21).
//!
//! Owns the estimate: what the table said at most a second ago, and what this node opened and closed since. Counting at
//! each login would cost the more the more logins are open, which is when it must cost least. With several nodes the
//! bound may be passed by what the others open within a second.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use vestibule_core::port::Conflict;

/// An estimate that is older is made anew.
const FRESH: Duration = Duration::from_secs(1);

/// The estimate and its bound.
pub(crate) struct OpenLogins {
    most: i64,
    estimate: Mutex<Estimate>,
}

struct Estimate {
    open: i64,
    made: Option<Instant>,
}

impl OpenLogins {
    /// Nothing is known yet.
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most: i64::from(most),
            estimate: Mutex::new(Estimate {
                open: 0,
                made: None,
            }),
        }
    }

    /// The caller must count the table and call [`OpenLogins::counted`]. Says so to one caller at a time.
    pub(crate) fn wants_counting(&self) -> bool {
        let mut estimate = self.lock();
        let stale = estimate.made.is_none_or(|made| made.elapsed() >= FRESH);
        if stale {
            estimate.made = Some(Instant::now());
        }
        stale
    }

    /// So many rows were counted.
    pub(crate) fn counted(&self, open: i64) {
        self.lock().open = open;
    }

    /// One more is to be opened.
    pub(crate) fn admit(&self) -> Result<(), Conflict> {
        let mut estimate = self.lock();
        if estimate.open >= self.most {
            return Err(Conflict::TooManyLogins);
        }
        estimate.open += 1;
        Ok(())
    }

    /// One was closed, or not opened after all.
    pub(crate) fn release(&self) {
        let mut estimate = self.lock();
        estimate.open = (estimate.open - 1).max(0);
    }

    /// Some were cleared away: what is known is no longer true.
    pub(crate) fn forget(&self) {
        self.lock().made = None;
    }

    /// The estimate is a number: it is whole, whatever its last holder was doing.
    fn lock(&self) -> MutexGuard<'_, Estimate> {
        self.estimate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wa_21_the_bound_holds_and_moves_with_the_count() {
        let open = OpenLogins::new(2);
        assert!(open.wants_counting());
        assert!(!open.wants_counting(), "one caller counts");
        open.counted(1);
        assert_eq!(open.admit(), Ok(()));
        assert_eq!(open.admit(), Err(Conflict::TooManyLogins));
        open.release();
        assert_eq!(open.admit(), Ok(()));
        open.forget();
        assert!(open.wants_counting());
    }
}
