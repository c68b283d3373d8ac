//! Times as the tables hold them: milliseconds since 1970, UTC.

use chrono::{DateTime, Utc};

use crate::error::Failure;

/// A time as it is written.
pub(crate) fn millis(time: DateTime<Utc>) -> i64 {
    time.timestamp_millis()
}

/// A time until which something must be kept: never earlier than it was.
pub(crate) fn millis_up(time: DateTime<Utc>) -> i64 {
    millis(time).saturating_add(i64::from(
        !time.timestamp_subsec_nanos().is_multiple_of(1_000_000),
    ))
}

/// A time as it was written.
pub(crate) fn from_millis(millis: i64) -> Result<DateTime<Utc>, Failure> {
    DateTime::from_timestamp_millis(millis)
        .ok_or_else(|| Failure::corrupt(format!("{millis} ms is no time")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_kept_is_never_kept_shorter() {
        let whole = DateTime::from_timestamp_millis(1_800_000_000_001).unwrap();
        assert_eq!(millis_up(whole), millis(whole));
        let later = whole + chrono::TimeDelta::nanoseconds(1);
        assert_eq!(millis_up(later), millis(whole) + 1);
        assert_eq!(from_millis(millis(later)).unwrap(), whole);
    }
}
