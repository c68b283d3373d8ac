//! Durations as metadata writes them.
//!
//! Owns: `xs:duration` (XML Schema part 2, clause 3.2.6), bounded.
//! Does not own: what a duration is for.

use chrono::TimeDelta;

/// Reads a duration that is not negative. A year counts 365 days and a month 30; fractions of a second are dropped.
///
/// Absurd ones (`P99999999999Y`) saturate at 100 years, so no arithmetic behind this can overflow.
pub(super) fn parse(text: &str) -> Option<TimeDelta> {
    const CEILING: u64 = 100 * 365 * 86_400;
    let text = text.strip_prefix('P')?;
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let days = fields(
        date,
        &[('Y', 365 * 86_400), ('M', 30 * 86_400), ('D', 86_400)],
    )?;
    let seconds = fields(time, &[('H', 3_600), ('M', 60), ('S', 1)])?;
    let total = days.saturating_add(seconds).min(CEILING);
    i64::try_from(total).ok().and_then(TimeDelta::try_seconds)
}

/// Sums `12X34Y…` where the designators come in the order of `units`, each at most once.
fn fields(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total = 0_u64;
    for (designator, seconds) in units {
        let Some((number, rest)) = text.split_once(*designator) else {
            continue;
        };
        let whole = match number.split_once('.') {
            Some((whole, fraction)) if *designator == 'S' && is_digits(fraction) => whole,
            Some(_) => return None,
            None => number,
        };
        if !is_digits(whole) {
            return None;
        }
        // More digits than fit are more than any ceiling.
        let count = whole.parse::<u64>().unwrap_or(u64::MAX);
        total = total.saturating_add(count.saturating_mul(*seconds));
        text = rest;
    }
    text.is_empty().then_some(total)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn md_04_durations_are_bounded() {
        for (text, expected) in [
            ("PT0S", Some(0)),
            ("PT6H", Some(21_600)),
            ("P1DT1M1.5S", Some(86_461)),
            ("P1Y2M3D", Some((365 + 60 + 3) * 86_400)),
            ("P9999Y", Some(100 * 365 * 86_400)),
            ("P999999999999999999999999Y", Some(100 * 365 * 86_400)),
            ("-P1D", None),
            ("P", None),
            ("PT", None),
            ("P1", None),
            ("P1D1Y", None),
            ("P1.5D", None),
            ("PT1.S", None),
            ("P+1D", None),
            ("1D", None),
        ] {
            assert_eq!(parse(text).map(|it| it.num_seconds()), expected, "{text}");
        }
    }
}
