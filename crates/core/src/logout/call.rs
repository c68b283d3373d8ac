//! Applications that we tell of the end of a session ourselves, without a browser.
//!
//! Owns when a call that came to nothing is made again, and when it is given up. Does not own the call (the adapter
//! makes it, the server sends it), nor the queue: a store keeps it, so that any node can make the next one.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{id::SessionId, session::Participation};

/// How long to wait after each try that came to nothing; behind the last it is given up: ten tries in some four hours.
const PAUSES: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::seconds(30),
    TimeDelta::minutes(2),
    TimeDelta::minutes(10),
    TimeDelta::minutes(30),
    TimeDelta::minutes(60),
    TimeDelta::minutes(60),
    TimeDelta::minutes(60),
    TimeDelta::minutes(60),
];

/// So long a node has for a try; then another one makes it.
pub const LEASE: TimeDelta = TimeDelta::minutes(1);
/// So long one that was given up can be looked at, and tried again by an administrator.
pub const REMEMBERED: TimeDelta = TimeDelta::days(14);

/// An application that is to be told of the end of a session, by whoever holds this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The session that ended.
    pub session: SessionId,
    /// The application, and by what it knows the session.
    pub participation: Participation,
    /// How often it was tried, this time included.
    pub attempts: u32,
}

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// It is not tried again: the application does not take it, or was asked too often.
    GivenUp {
        /// When.
        at: DateTime<Utc>,
        /// Why, in words for an administrator.
        why: String,
    },
    /// It is tried again.
    PutOff {
        /// When.
        until: DateTime<Utc>,
        /// Why, in words for an administrator.
        why: String,
    },
    /// It was told, or there is no way to tell it.
    Settled,
}

impl Call {
    /// What follows from a try that came to nothing now.
    #[must_use]
    pub fn missed(&self, why: String, now: DateTime<Utc>) -> Called {
        let before = usize::try_from(self.attempts.saturating_sub(1));
        let pause = before.ok().and_then(|before| PAUSES.get(before));
        match pause {
            Some(pause) => Called::PutOff {
                until: now + *pause,
                why,
            },
            None => Called::GivenUp { at: now, why },
        }
    }
}

/// A call that was given up, for an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// The session that ended.
    pub session: SessionId,
    /// The application that was not told.
    pub app: crate::id::AppId,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub at: DateTime<Utc>,
    /// What the last try came to.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::AppId,
        request::{Memo, Protocol},
    };

    #[test]
    fn a_call_is_made_ten_times_within_a_day_and_less_and_less_often() {
        let mut now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let began = now;
        let mut call = Call {
            session: SessionId::from_bytes([1; 16]),
            participation: Participation {
                app: AppId::new("wiki").unwrap(),
                protocol: Protocol::Oidc,
                told: Memo::default(),
                known_as: None,
                at: now,
            },
            attempts: 0,
        };
        let mut last = TimeDelta::zero();
        loop {
            call.attempts += 1;
            match call.missed("it is down".into(), now) {
                Called::PutOff { until, .. } => {
                    let pause = until - now;
                    assert!(pause >= last && pause >= TimeDelta::seconds(5), "{pause}");
                    (now, last) = (until, pause);
                }
                Called::GivenUp { at, why } => {
                    assert_eq!((at, why.as_str()), (now, "it is down"));
                    break;
                }
                Called::Settled => panic!("nobody was told"),
            }
        }
        assert_eq!(call.attempts, 10);
        assert!(now - began < TimeDelta::hours(24), "{}", now - began);
    }
}
