//! Values of arguments that are more than texts: the same in an argument and in a field of a line.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize};

/// A moment as RFC 3339 writes it: with date, time and zone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Timestamp(pub(super) DateTime<Utc>);

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        DateTime::parse_from_rfc3339(text)
            .map(|moment| Self(moment.to_utc()))
            .map_err(|_| format!("{text:?} is no moment; write 2026-11-21T08:00:00Z"))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

/// A number of seconds, written as a number or, as in an argument, as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Figure {
    Number(u64),
    Text(String),
}

impl Figure {
    fn read(self) -> Result<u64, String> {
        match self {
            Self::Number(seconds) => Ok(seconds),
            Self::Text(text) => text
                .parse()
                .map_err(|_| format!("{text:?} is no number of seconds")),
        }
    }
}

/// How far clocks may differ, in seconds: as far as can be configured.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "Figure")]
pub(super) struct ClockSkew(pub(super) u32);

impl ClockSkew {
    /// The default of the live endpoint.
    pub(super) const USUAL: Self = Self(60);
    const MOST: u32 = 120;
}

impl FromStr for ClockSkew {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Figure::Text(text.to_owned()).try_into()
    }
}

impl TryFrom<Figure> for ClockSkew {
    type Error = String;

    fn try_from(figure: Figure) -> Result<Self, String> {
        let seconds = u32::try_from(figure.read()?).ok();
        let seconds = seconds.filter(|seconds| *seconds <= Self::MOST);
        let most = || format!("a clock may differ by {} seconds at most", Self::MOST);
        seconds.map(Self).ok_or_else(most)
    }
}

/// A time span in seconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "Figure")]
pub(super) struct Seconds(pub(super) u64);

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Figure::Text(text.to_owned()).try_into()
    }
}

impl TryFrom<Figure> for Seconds {
    type Error = String;

    fn try_from(figure: Figure) -> Result<Self, String> {
        figure.read().map(Self)
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
