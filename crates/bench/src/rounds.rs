//! What was measured, round by round.
//!
//! Owns the figures under their names. Does not own how one is taken, nor what it is held against.

use std::{collections::BTreeMap, time::Duration};

use crate::figure::ratios;

/// Figures of each round, by name.
#[derive(Default)]
pub(crate) struct Rounds(BTreeMap<String, Vec<f64>>);

impl Rounds {
    /// Keeps the figure of one more round.
    pub(crate) fn add(&mut self, name: impl Into<String>, figure: f64) {
        self.0.entry(name.into()).or_default().push(figure);
    }

    /// Keeps a time, in microseconds.
    pub(crate) fn cpu(&mut self, name: impl Into<String>, time: Duration) {
        self.add(name, time.as_secs_f64() * 1e6);
    }

    /// One figure of every round.
    pub(crate) fn of(&self, name: &str) -> &[f64] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// How often the second figure goes into the first, round by round.
    pub(crate) fn by(&self, above: &str, below: &str) -> Vec<f64> {
        ratios(self.of(above), self.of(below))
    }
}
