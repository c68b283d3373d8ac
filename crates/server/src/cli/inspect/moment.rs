//! Values of arguments that are more than texts: the same in an argument and in a field of a line.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize};

/// A moment as RFC 3339 writes it: with date, time and zone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Moment(pub(super) DateTime<Utc>);

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        DateTime::parse_from_rfc3339(text)
            .map(|moment| Self(moment.to_utc()))
            .map_err(|_| format!("{text:?} is no moment; write 2026-11-21T08:00:00Z"))
    }
}

impl TryFrom<String> for Moment {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

/// How far clocks may differ, in seconds: as far as can be configured.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub(super) struct ClockSkew(pub(super) u32);

impl ClockSkew {
    /// The default of the live endpoint.
    pub(super) const USUAL: Self = Self(60);
    const MOST: u32 = 120;
}

impl FromStr for ClockSkew {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds: u32 = text
            .parse()
            .map_err(|_| "a number of seconds is needed".to_owned())?;
        seconds.try_into()
    }
}

impl TryFrom<u32> for ClockSkew {
    type Error = String;

    fn try_from(seconds: u32) -> Result<Self, String> {
        if seconds <= Self::MOST {
            Ok(Self(seconds))
        } else {
            Err(format!(
                "a clock may differ by {} seconds at most",
                Self::MOST
            ))
        }
    }
}

impl From<ClockSkew> for u32 {
    fn from(skew: ClockSkew) -> Self {
        skew.0
    }
}

/// A list, or its only entry.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        Many(Vec<String>),
        One(String),
    }
    Ok(match OneOrMany::deserialize(reader)? {
        OneOrMany::Many(list) => list,
        OneOrMany::One(entry) => vec![entry],
    })
}
