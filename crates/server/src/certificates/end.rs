//! How near the end of a certificate is, and from when on that is told (attack rows FT-09, SI-68).
//!
//! Owns the days and the words. Does not own which certificates there are, nor who is told: the configuration tells
//! those in files when it is checked, the watch those in use while the broker runs.

use std::fmt;

use chrono::{DateTime, Utc};

/// Days before the end at which it gets more urgent; none when it is past.
const STEPS: [i64; 5] = [0, 1, 7, 30, NearEnd::SOON];

/// The end of a certificate that is near, or past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NearEnd {
    /// Whole days that are left; negative when it is past.
    pub(crate) days: i64,
    /// 60, 30, 7 or 1: less than so many days are left. 0: it is past.
    pub(crate) within: i64,
}

impl NearEnd {
    /// An end is near when fewer days than these are left.
    pub(crate) const SOON: i64 = 60;

    /// `None` while there are 60 days left.
    pub(crate) fn of(not_after: DateTime<Utc>, now: DateTime<Utc>) -> Option<Self> {
        let days = (not_after.timestamp() - now.timestamp()).div_euclid(86_400);
        STEPS
            .into_iter()
            .find(|step| days < *step)
            .map(|within| Self { days, within })
    }

    /// The stable code for findings and the log.
    pub(crate) const fn code(self) -> &'static str {
        if self.days < 0 {
            "certificate_expired"
        } else {
            "certificate_ends_soon"
        }
    }
}

impl fmt::Display for NearEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.days {
            ..0 => f.write_str("has expired"),
            0 => f.write_str("ends today"),
            1 => f.write_str("ends in 1 day"),
            days => write!(f, "ends in {days} days"),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn ft_09_si_68_an_end_gets_more_urgent_at_60_30_7_and_1_days() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (day, second) = (TimeDelta::days(1), TimeDelta::seconds(1));
        for (left, expect) in [
            (day * 3650, None),
            (day * 60, None),
            (day * 60 - second, Some(60)),
            (day * 30, Some(60)),
            (day * 30 - second, Some(30)),
            (day * 7, Some(30)),
            (day * 7 - second, Some(7)),
            (day, Some(7)),
            (day - second, Some(1)),
            (TimeDelta::zero(), Some(1)),
            (-second, Some(0)),
            (day * -400, Some(0)),
        ] {
            let near = NearEnd::of(now + left, now);
            assert_eq!(near.map(|end| end.within), expect, "{left}");
        }
    }
}
