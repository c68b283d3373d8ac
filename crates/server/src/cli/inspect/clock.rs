//! The arguments about time that every kind of message has.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::value::{ClockSkew, Timestamp};

/// When a message came, and by whose clock.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Clock {
    /// The moment of receipt, as RFC 3339 writes it; now unless given.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// How far the sender's clock may differ, in seconds: 0 to 120, 60 unless given.
    #[arg(long, value_name = "SECONDS")]
    clock_skew: Option<ClockSkew>,
}

impl Clock {
    /// The moment of receipt.
    pub(super) fn at_or(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.at.map_or(now, |timestamp| timestamp.0)
    }

    /// How far the sender's clock may differ, in seconds.
    pub(super) fn skew_seconds(&self) -> u32 {
        self.clock_skew.unwrap_or(ClockSkew::USUAL).0
    }
}
