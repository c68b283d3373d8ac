//! How long tokens of a relying party last: some keys of `apps.<id>.oidc`.

use std::ops::RangeInclusive;

use chrono::TimeDelta;
use vestibule_downstream::oidc::Lifetimes;

use crate::config::{duration, reader::Fields, setting::Key};

pub(super) const ID_TOKEN: Key = Key::optional(
    "id_token_lifetime",
    "a duration, from one minute to one day",
    "10m",
    "How long an ID token may be used. Some applications end their own session with it.",
);
pub(super) const ACCESS_TOKEN: Key = Key::optional(
    "access_token_lifetime",
    "a duration, from one minute to one day",
    "10m",
    "How long an access token opens the userinfo endpoint. It opens nothing else.",
);
pub(super) const REFRESH_IDLE: Key = Key::optional(
    "refresh_token_idle",
    "a duration, from one hour to 90 days",
    "7d",
    "A refresh token that nobody used for so long is over.",
);
pub(super) const REFRESH_ABSOLUTE: Key = Key::optional(
    "refresh_token_lifetime",
    "a duration, from one hour to 365 days",
    "30d",
    "However much they are used, the refresh tokens of one login are over so long after it.",
);

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Reads these keys.
pub(super) fn read(fields: &Fields<'_>) -> Lifetimes {
    let duration = |key: &Key, bounds: RangeInclusive<i64>| {
        let reader = fields.get(key.name)?;
        duration::read(&reader, bounds)
    };
    let usual = Lifetimes::default();
    let or = |found: Option<TimeDelta>, usual| found.unwrap_or(usual);
    Lifetimes {
        id_token: or(duration(&ID_TOKEN, 60..=DAY), usual.id_token),
        access_token: or(duration(&ACCESS_TOKEN, 60..=DAY), usual.access_token),
        refresh_idle: or(duration(&REFRESH_IDLE, HOUR..=90 * DAY), usual.refresh_idle),
        refresh_absolute: or(
            duration(&REFRESH_ABSOLUTE, HOUR..=365 * DAY),
            usual.refresh_absolute,
        ),
    }
}
