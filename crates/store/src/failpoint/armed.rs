//! Which places are armed, and with what.

use std::sync::{Arc, Mutex, PoisonError};

use vestibule_core::port::StoreError;

use crate::error::Failure;

/// The variable that arms places of a process.
const VARIABLE: &str = "VESTIBULE_FAILPOINTS";

/// A place in the way of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failpoint {
    /// The database has confirmed; nobody was told yet.
    AfterCommit,
    /// Everything is written; the database was not asked to confirm yet.
    BeforeCommit,
    /// PostgreSQL only: others see it; it may not be on the disk yet.
    BeforeFlush,
    /// A request's own rows are written; the audit log's entries are not.
    BetweenStatements,
}

/// What happens at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// The process ends at once, with nothing written, closed or said: what SIGKILL does.
    Abort,
    /// The database says that it failed.
    Error,
    /// The thread panics.
    Panic,
}

/// The armed places of one store. A clone is the same.
#[derive(Debug, Clone, Default)]
pub struct Failpoints(Arc<Mutex<Vec<Armed>>>);

#[derive(Debug)]
struct Armed {
    point: Failpoint,
    failing: Failing,
    /// So many may still pass.
    passes: u32,
}

impl Failpoints {
    /// After so many have passed this place, the next one fails there; those behind it pass again.
    pub fn arm(&self, point: Failpoint, failing: Failing, passes: u32) {
        let armed = Armed {
            point,
            failing,
            passes,
        };
        self.lock().push(armed);
    }

    /// Arms what the environment says.
    pub(crate) fn arm_from_environment(&self) -> Result<(), String> {
        match std::env::var(VARIABLE) {
            Ok(text) => self.arm_as(&text),
            Err(_) => Ok(()),
        }
    }

    fn arm_as(&self, text: &str) -> Result<(), String> {
        for spelled in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let (point, failing, passes) =
                parse(spelled).ok_or_else(|| format!("{VARIABLE}: `{spelled}` says nothing"))?;
            self.arm(point, failing, passes);
        }
        Ok(())
    }

    pub(crate) fn reach(&self, point: Failpoint) -> Result<(), Failure> {
        let failing = trigger(&mut self.lock(), point);
        match failing {
            None => Ok(()),
            Some(Failing::Abort) => std::process::abort(),
            Some(Failing::Error) => {
                Err(StoreError::Unavailable(format!("a test made it fail: {point:?}")).into())
            }
            #[allow(clippy::panic, reason = "a test asked for it")]
            Some(Failing::Panic) => panic!("a test made it panic: {point:?}"),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Armed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What happens at this place now, if anything.
fn trigger(all: &mut Vec<Armed>, point: Failpoint) -> Option<Failing> {
    let place = all.iter().position(|armed| armed.point == point)?;
    let armed = all.get_mut(place)?;
    match armed.passes.checked_sub(1) {
        Some(left) => {
            armed.passes = left;
            None
        }
        None => Some(all.remove(place).failing),
    }
}

fn parse(spelled: &str) -> Option<(Failpoint, Failing, u32)> {
    let (point, rest) = spelled.split_once('=')?;
    let (failing, when) = rest.split_once('@').unwrap_or((rest, "1"));
    let point = match point {
        "after_commit" => Failpoint::AfterCommit,
        "before_commit" => Failpoint::BeforeCommit,
        "before_flush" => Failpoint::BeforeFlush,
        "between_statements" => Failpoint::BetweenStatements,
        _ => return None,
    };
    let failing = match failing {
        "abort" => Failing::Abort,
        "error" => Failing::Error,
        "panic" => Failing::Panic,
        _ => return None,
    };
    Some((point, failing, when.parse::<u32>().ok()?.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_fails_once_when_its_time_has_come() {
        let points = Failpoints::default();
        points
            .arm_as("before_commit=error@2, after_commit=error")
            .unwrap();
        assert!(points.reach(Failpoint::BeforeCommit).is_ok());
        assert!(points.reach(Failpoint::BetweenStatements).is_ok());
        assert!(points.reach(Failpoint::BeforeCommit).is_err());
        assert!(points.reach(Failpoint::BeforeCommit).is_ok());
        assert!(points.reach(Failpoint::AfterCommit).is_err());
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for bad in [
            "before_commit",
            "nowhere=abort",
            "after_commit=sleep",
            "after_commit=abort@0",
        ] {
            assert!(Failpoints::default().arm_as(bad).is_err(), "{bad}");
        }
    }
}
