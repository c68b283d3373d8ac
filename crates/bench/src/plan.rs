//! How much is measured.
//!
//! Owns the counts. They do not change what a figure means, only how steady it is; where a goal names a count that the
//! usual run does not reach, the table says which count it was.

use std::path::PathBuf;

use serde::Serialize;

use crate::goal::Goal;

/// The counts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Plan {
    /// The one goal that is judged; `None` for all.
    pub only: Option<Goal>,
    /// Rounds, interleaved: each measures everything once.
    pub rounds: usize,
    /// Logins of each sort in a round.
    pub logins: usize,
    /// Logins under way at a time where CPU is measured.
    pub concurrent: usize,
    /// Logins of each sort before the first round.
    pub warm_up: usize,
    /// Repetitions of what runs in this process.
    pub repeats: u32,
    /// Responses of each bad sort in a round.
    pub bad: usize,
    /// Logins at 64 concurrent, for memory (G10).
    pub many_logins: usize,
    /// Logins at 32 concurrent in a round, for throughput (G17).
    pub durable_logins: usize,
    /// Bare commits in a round.
    pub commits: u32,
    /// People in the small store.
    pub few_people: u32,
    /// People and audit records in the large store.
    pub many_people: u32,
    /// Applications of the large store's server.
    pub many_apps: u32,
    /// Starts of the large store's server.
    pub starts: usize,
    /// People who sign out of many applications in a round.
    pub signed_out: usize,
    /// Logins between the steps of a change of keys, at least (G20).
    pub change_logins: usize,
    /// Part of the logins a second that the server can do, while keys are changed.
    pub change_load: f64,
    /// People of the server whose keys are changed: each can log in once in 30 seconds.
    pub change_people: u32,
}

impl Plan {
    /// Minutes: what `make bench` does.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            only: None,
            rounds: 7,
            logins: 400,
            concurrent: 16,
            warm_up: 200,
            repeats: 200,
            bad: 60,
            many_logins: 20_000,
            durable_logins: 1_000,
            commits: 300,
            few_people: 1_000,
            many_people: 1_000_000,
            many_apps: 1_000,
            starts: 7,
            signed_out: 20,
            change_logins: 300,
            change_load: 0.7,
            change_people: 5_000,
        }
    }

    /// Longer: every count that a goal names.
    #[must_use]
    pub fn long() -> Self {
        Self {
            many_logins: 100_000,
            ..Self::usual()
        }
    }

    /// Seconds: whether all of it still runs. Its figures mean nothing.
    #[must_use]
    pub fn smoke() -> Self {
        Self {
            only: None,
            rounds: 1,
            logins: 4,
            concurrent: 2,
            warm_up: 1,
            repeats: 3,
            bad: 2,
            many_logins: 8,
            durable_logins: 8,
            commits: 3,
            few_people: 20,
            many_people: 60,
            many_apps: 20,
            starts: 1,
            signed_out: 2,
            change_logins: 4,
            change_load: 0.2,
            change_people: 400,
        }
    }

    /// This plan for one goal: what the others need is done as seldom as can be.
    #[must_use]
    pub fn only(self, goal: Goal) -> Self {
        let least = Self {
            only: Some(goal),
            rounds: self.rounds,
            concurrent: self.concurrent,
            warm_up: self.warm_up,
            // Whoever warms up needs a person each.
            few_people: self.few_people,
            many_people: self.few_people,
            ..Self::smoke()
        };
        match goal {
            Goal::G8 => Self {
                logins: self.logins,
                repeats: self.repeats,
                signed_out: self.signed_out,
                ..least
            },
            Goal::G1 | Goal::G2 | Goal::G7 => Self {
                logins: self.logins,
                repeats: self.repeats,
                ..least
            },
            Goal::G5 | Goal::G19 => Self {
                repeats: self.repeats,
                ..least
            },
            Goal::G6 => Self {
                bad: self.bad,
                ..least
            },
            Goal::G9 => least,
            Goal::G10 => Self {
                many_logins: self.many_logins,
                rounds: 1,
                ..least
            },
            Goal::G11 | Goal::G13 | Goal::G15 => Self {
                logins: self.logins,
                repeats: self.repeats,
                many_people: self.many_people,
                many_apps: self.many_apps,
                starts: self.starts,
                ..least
            },
            Goal::G17 => Self {
                durable_logins: self.durable_logins,
                commits: self.commits,
                ..least
            },
            Goal::G20 => Self {
                change_logins: self.change_logins,
                change_load: self.change_load,
                change_people: self.change_people,
                rounds: 1,
                ..least
            },
        }
    }

    /// Whether a goal is judged.
    #[must_use]
    pub fn judges(&self, goal: Goal) -> bool {
        self.only.is_none_or(|only| only == goal)
    }
}

/// A run: how much, with which program, and where its files may lie.
#[derive(Debug, Clone)]
pub struct Options {
    /// How much.
    pub plan: Plan,
    /// The program `vestibule`.
    pub program: PathBuf,
    /// A folder for databases; the large one is kept there from run to run.
    pub folder: PathBuf,
}
