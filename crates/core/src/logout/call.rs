//! Applications that we tell of the end of a session ourselves, without a browser.
//!
//! Owns when a call that came to nothing is made again, when it is given up, and which of those that are due comes next.
//! Does not own the call (the adapter makes it, the server sends it), nor the queue: a store keeps it, so that any node
//! can make the next one.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{id::SessionId, identity::PersonId, session::Participation};

/// How long to wait after each try that came to nothing; behind the last it is given up: ten tries within five hours.
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

/// The calls that a node makes at the same time: so many in all, and so many of them to one application, so that one
/// that is slow, or has a thousand due, keeps no other waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    in_all: usize,
    for_one: usize,
    /// By the application's name.
    under_way: BTreeMap<String, usize>,
}

impl Room {
    /// Nothing is under way.
    #[must_use]
    pub fn new(in_all: usize, for_one: usize) -> Self {
        Self {
            in_all,
            for_one,
            under_way: BTreeMap::new(),
        }
    }

    /// So many more can begin.
    #[must_use]
    pub fn left(&self) -> usize {
        let under_way: usize = self.under_way.values().sum();
        self.in_all.saturating_sub(under_way)
    }

    /// So many more of them to this application.
    #[must_use]
    pub fn left_for(&self, app: &str) -> usize {
        let theirs = self.for_one.saturating_sub(self.under_way_to(app));
        theirs.min(self.left())
    }

    /// One to this application begins.
    pub fn begin(&mut self, app: &str) {
        *self.under_way.entry(app.to_owned()).or_default() += 1;
    }

    /// One to this application is over.
    pub fn end(&mut self, app: &str) {
        if let Some(theirs) = self.under_way.get_mut(app) {
            *theirs = theirs.saturating_sub(1);
            if *theirs == 0 {
                self.under_way.remove(app);
            }
        }
    }

    /// Which of those that are due begin now; they come with the name of their application, the longest due first. Whose
    /// application has the fewest under way goes before all that are due for longer.
    pub fn choose<T>(&self, due: impl IntoIterator<Item = (String, T)>) -> Vec<T> {
        let mut under_way = self.under_way.clone();
        let mut ranked = Vec::new();
        for (app, one) in due {
            let theirs = under_way.entry(app).or_default();
            if *theirs < self.for_one {
                ranked.push((*theirs, one));
                *theirs += 1;
            }
        }
        // Stable: of the same rank, the longest due stays in front.
        ranked.sort_by_key(|(rank, _)| *rank);
        let first = ranked.into_iter().take(self.left());
        first.map(|(_, one)| one).collect()
    }

    fn under_way_to(&self, app: &str) -> usize {
        self.under_way.get(app).copied().unwrap_or_default()
    }
}

/// A call that came to nothing so far, for an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// The session that ended.
    pub session: SessionId,
    /// The application that was not told.
    pub app: crate::id::AppId,
    /// Whose session it was, where that is known.
    pub person: Option<PersonId>,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether somebody still tries.
    pub prospect: Prospect,
    /// What the last try came to.
    pub why: String,
}

/// What becomes of a call that came to nothing so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prospect {
    /// It is not tried any more.
    GivenUp {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// It is tried again.
    Waits {
        /// When.
        until: DateTime<Utc>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::AppId,
        request::{Memo, Protocol},
    };

    #[test]
    fn whose_application_has_the_fewest_calls_under_way_goes_first() {
        let room = |in_all, for_one, under_way: &str| {
            let mut room = Room::new(in_all, for_one);
            for app in under_way.chars() {
                room.begin(&app.to_string());
            }
            room
        };
        let chosen = |room: &Room, due: &str| -> String {
            let due = due.chars().map(|app| (app.to_string(), app));
            room.choose(due).into_iter().collect()
        };
        // In all, for one, under way, due, chosen.
        for (in_all, for_one, under_way, due, expected) in [
            (9, 9, "", "aab", "aba"),
            (16, 4, "", "aaaaaaaaab", "abaaa"),
            (16, 4, "aaaa", "aaaab", "b"),
            (4, 4, "aaa", "aaab", "b"),
            (3, 2, "a", "aaabb", "ba"),
            (4, 4, "abcd", "abcd", ""),
            (4, 4, "ab", "aabbcd", "cd"),
            (0, 4, "", "a", ""),
        ] {
            let room = room(in_all, for_one, under_way);
            assert_eq!(chosen(&room, due), expected, "{under_way} {due}");
        }
        let mut room = room(4, 2, "aab");
        assert_eq!(
            (
                room.left(),
                room.left_for("a"),
                room.left_for("b"),
                room.left_for("c")
            ),
            (1, 0, 1, 1)
        );
        room.end("a");
        room.end("nobody");
        assert_eq!((room.left(), room.left_for("a")), (2, 1));
    }

    #[test]
    fn a_call_is_made_ten_times_within_five_hours_and_less_and_less_often() {
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
        let whole = TimeDelta::hours(4) + TimeDelta::minutes(42) + TimeDelta::seconds(35);
        assert_eq!(now - began, whole);
    }
}
