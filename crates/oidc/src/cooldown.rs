//! When keys may be fetched again.
//!
//! Owns the rule, not the fetch: a token with an unknown `kid` is a reason to ask the issuer again,
//! but whoever can send us tokens must not thereby decide how often we ask (OI-05, OI-152).

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The shortest time between two fetches that unknown keys may cause, per issuer.
pub const MIN_INTERVAL: Duration = Duration::from_secs(60);

/// Lets at most one refetch through per interval. One per issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cooldown {
    last: Option<DateTime<Utc>>,
    min_interval: Duration,
}

impl Cooldown {
    /// A cool-down of at least [`MIN_INTERVAL`].
    #[must_use]
    pub fn new(min_interval: Duration) -> Self {
        Self {
            last: None,
            min_interval: min_interval.max(MIN_INTERVAL),
        }
    }

    /// Whether a fetch may start now; if so, it counts as started.
    ///
    /// A failed fetch counts as well: an issuer that is down is not asked more often than one that
    /// is up. A clock that was set back does not open the gate; the interval then starts anew.
    #[must_use]
    pub fn try_start(&mut self, now: DateTime<Utc>) -> bool {
        let elapsed = self.last.map(|last| (now - last).to_std());
        let rested = match elapsed {
            None => true,
            Some(Ok(elapsed)) => elapsed >= self.min_interval,
            Some(Err(_)) => false,
        };
        if rested || matches!(elapsed, Some(Err(_))) {
            self.last = Some(now);
        }
        rested
    }
}

impl Default for Cooldown {
    fn default() -> Self {
        Self::new(MIN_INTERVAL)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn oi_05_one_refetch_per_interval() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut cooldown = Cooldown::new(Duration::from_secs(1));
        let answers = [0, 1, 59, 60, 61, 119, 120, 30, 89, 90]
            .map(|second| cooldown.try_start(start + TimeDelta::seconds(second)));
        assert_eq!(
            answers,
            [
                true, false, false, true, false, false, true, false, false, true
            ]
        );
    }
}
