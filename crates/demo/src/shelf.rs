//! What a stand-in remembers for a while: pending requests, sessions, codes.
//!
//! Owns the bounds: everything has an end, and when too much is kept the oldest goes. Does not look into what is kept.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{DemoError, random};

/// The most things on one shelf.
const MOST: usize = 1000;

/// Things by a name that nobody guesses.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    lifetime: TimeDelta,
    kept: Mutex<VecDeque<Kept<T>>>,
}

#[derive(Debug)]
struct Kept<T> {
    name: String,
    until: DateTime<Utc>,
    thing: T,
}

impl<T: Clone> Shelf<T> {
    /// A shelf on which each thing lies that long.
    pub(crate) fn new(lifetime: TimeDelta) -> Self {
        Self {
            lifetime,
            kept: Mutex::default(),
        }
    }

    /// Puts a thing there and tells its name.
    pub(crate) fn put(&self, now: DateTime<Utc>, thing: T) -> Result<String, DemoError> {
        let name = random::token()?;
        let mut kept = self.fresh(now);
        if kept.len() >= MOST {
            kept.pop_front();
        }
        kept.push_back(Kept {
            name: name.clone(),
            until: now + self.lifetime,
            thing,
        });
        Ok(name)
    }

    /// Looks at a thing.
    pub(crate) fn look(&self, now: DateTime<Utc>, name: &str) -> Option<T> {
        self.fresh(now)
            .iter()
            .find(|kept| kept.name == name)
            .map(|kept| kept.thing.clone())
    }

    /// Changes a thing; the answer of `change` is handed on.
    pub(crate) fn change<R>(
        &self,
        now: DateTime<Utc>,
        name: &str,
        change: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        let mut kept = self.fresh(now);
        let found = kept.iter_mut().find(|kept| kept.name == name)?;
        Some(change(&mut found.thing))
    }

    /// Takes a thing away: of two who ask at once, one gets it.
    pub(crate) fn take(&self, now: DateTime<Utc>, name: &str) -> Option<T> {
        let mut kept = self.fresh(now);
        let place = kept.iter().position(|kept| kept.name == name)?;
        kept.remove(place).map(|kept| kept.thing)
    }

    fn fresh(&self, now: DateTime<Utc>) -> MutexGuard<'_, VecDeque<Kept<T>>> {
        // Whoever panicked while holding the lock left nothing half-done: each change is one step.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| kept.until > now);
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_end_are_taken_once_and_make_room() {
        let shelf = Shelf::new(TimeDelta::seconds(60));
        let now = Utc::now();
        let name = shelf.put(now, 1).unwrap();
        assert_eq!(shelf.look(now, &name), Some(1));
        assert_eq!(shelf.change(now, &name, |thing| *thing += 1), Some(()));
        assert_eq!(shelf.take(now, &name), Some(2));
        assert_eq!(shelf.take(now, &name), None);

        let old = shelf.put(now, 3).unwrap();
        assert_eq!(shelf.look(now + TimeDelta::seconds(60), &old), None);

        let first = shelf.put(now, 4).unwrap();
        for _ in 0..MOST {
            shelf.put(now, 5).unwrap();
        }
        assert_eq!(shelf.look(now, &first), None);
    }
}
