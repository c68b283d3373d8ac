//! Moments in time as SAML writes them.
//!
//! Owns: `xs:dateTime` in the one form that SAML core 1.3.3 allows, and the tolerance for clocks that differ.
//! Does not own: a clock.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};

/// Reads `2026-02-28T23:59:59Z`, with or without a fraction of a second.
///
/// `None` for everything else, and that includes other zones and no zone at all (SAML core 1.3.3 wants UTC), leap
/// seconds (SAML core 1.3.3 forbids them), days that do not exist, signs, and years of more than four digits.
#[must_use]
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, Some(fraction)),
        None => (time, None),
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let nanosecond = fraction.map_or(Some(0), nanoseconds)?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?
        .and_hms_nano_opt(hour, minute, second, nanosecond)
        .map(|it| it.and_utc())
}

/// Writes a moment as SAML core 1.3.3 wants it, to the second.
#[must_use]
pub fn format(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// How far a partner's clock may differ from ours: at most 120 s, one minute unless configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skew(TimeDelta);

impl Skew {
    /// The most that can be configured.
    pub const MAX: Self = Self(TimeDelta::seconds(120));

    /// A tolerance of that many seconds, or [`Self::MAX`] if that is less.
    #[must_use]
    pub fn capped(seconds: u32) -> Self {
        Self(TimeDelta::seconds(i64::from(seconds))).min(Self::MAX)
    }

    /// Whether `moment` is reached, if our clock were as far ahead as tolerated. For `NotBefore`.
    #[must_use]
    pub fn reached(self, moment: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        moment - self.0 <= now
    }

    /// Whether `moment` lies behind us, even if our clock were as far ahead as tolerated. For `NotOnOrAfter`.
    #[must_use]
    pub fn passed(self, moment: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        moment
            .checked_add_signed(self.0)
            .is_some_and(|end| end <= now)
    }

    /// `moment` plus the tolerance.
    #[must_use]
    pub fn after(self, moment: DateTime<Utc>) -> DateTime<Utc> {
        moment
            .checked_add_signed(self.0)
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl Default for Skew {
    fn default() -> Self {
        Self(TimeDelta::seconds(60))
    }
}

fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[u32; 3]> {
    let mut parts = text.split(separator);
    let mut found = [0; 3];
    for (number, width) in found.iter_mut().zip(widths) {
        let digits = parts.next().filter(|it| it.len() == width)?;
        *number = digits
            .bytes()
            .all(|it| it.is_ascii_digit())
            .then(|| digits.parse().ok())??;
    }
    parts.next().is_none().then_some(found)
}

/// A fraction of a second. AD FS writes seven digits; what is finer than a nanosecond is dropped.
fn nanoseconds(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_utc_moments_that_exist_are_read() {
        for good in [
            "2026-02-28T23:59:59Z",
            "2024-02-29T00:00:00Z",
            "2017-09-21T23:27:06.828Z",
            "2017-09-21T23:27:06.8281234Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2026-02-30T00:00:00Z",
            "2026-02-28T23:59:60Z",
            "2026-02-28T24:00:00Z",
            "2026-02-28T23:59:59",
            "2026-02-28T23:59:59+00:00",
            "2026-02-28T23:59:59z",
            "2026-02-28 23:59:59Z",
            "2026-02-28T23:59:59.Z",
            "2026-02-28T23:59Z",
            "-2026-02-28T23:59:59Z",
            "+2026-02-28T23:59:59Z",
            "12026-02-28T23:59:59Z",
            "2026-2-28T23:59:59Z",
            " 2026-02-28T23:59:59Z",
            "2026-02-28T23:59:5\u{0665}Z",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn fractions_keep_their_place() {
        let moment = parse("2017-09-21T23:27:06.05Z").unwrap();
        assert_eq!(moment.timestamp_subsec_millis(), 50);
        assert_eq!(format(moment), "2017-09-21T23:27:06Z");
    }

    #[test]
    fn tolerance_is_capped_and_exact_to_the_second() {
        assert_eq!(Skew::capped(3600), Skew::MAX);
        let now = parse("2026-01-01T12:00:00Z").unwrap();
        let skew = Skew::capped(60);
        assert!(skew.reached(parse("2026-01-01T12:01:00Z").unwrap(), now));
        assert!(!skew.reached(parse("2026-01-01T12:01:01Z").unwrap(), now));
        assert!(skew.passed(parse("2026-01-01T11:59:00Z").unwrap(), now));
        assert!(!skew.passed(parse("2026-01-01T11:59:01Z").unwrap(), now));
    }
}
