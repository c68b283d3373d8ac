//! Lengths of time as people write them: `45s`, `30m`, `8h`, `7d`.

use std::ops::RangeInclusive;

use chrono::TimeDelta;

use super::reader::Reader;

/// Units in seconds, the longest first.
const UNITS: [(char, i64); 4] = [('d', 24 * 3600), ('h', 3600), ('m', 60), ('s', 1)];

/// A length of time within bounds, which are in seconds.
pub(super) fn read(reader: &Reader<'_>, bounds: RangeInclusive<i64>) -> Option<TimeDelta> {
    let text = reader.text()?;
    let Some(length) = parse(&text) else {
        reader.mistake(
            "bad_duration",
            format!("`{text}` is no length of time"),
            "write a whole number and a unit: `45s`, `30m`, `8h` or `7d`",
        );
        return None;
    };
    if !bounds.contains(&length.num_seconds()) {
        let [least, most] = [bounds.start(), bounds.end()].map(|&seconds| written(seconds));
        reader.mistake(
            "not_in_range",
            format!("a length of time from `{least}` to `{most}` is needed"),
            "choose one in between",
        );
        return None;
    }
    Some(length)
}

/// A whole number and a unit.
pub(crate) fn parse(text: &str) -> Option<TimeDelta> {
    let (unit, factor) = UNITS.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
    let number = text.strip_suffix(unit)?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    TimeDelta::try_seconds(number.parse::<i64>().ok()?.checked_mul(factor)?)
}

/// So many seconds, as [`parse`] reads them.
pub(crate) fn written(seconds: i64) -> String {
    let fits = UNITS.into_iter().find(|(_, factor)| seconds % factor == 0);
    match fits {
        Some((unit, factor)) => format!("{}{unit}", seconds / factor),
        None => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_written() {
        for (text, expected) in [
            ("0s", Some(0)),
            ("45s", Some(45)),
            ("90m", Some(5400)),
            ("8h", Some(28_800)),
            ("7d", Some(604_800)),
            ("", None),
            ("h", None),
            ("8", None),
            ("8 h", None),
            ("-8h", None),
            ("+8h", None),
            ("1.5h", None),
            ("8H", None),
            ("99999999999999999d", None),
        ] {
            let read = parse(text).map(|length| length.num_seconds());
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn bounds_are_told_in_the_largest_unit() {
        let told = [0, 60, 5400, 86_400, 61].map(written);
        assert_eq!(told, ["0d", "1m", "90m", "1d", "61s"]);
    }
}
