//! Figures: several rounds of one thing, and ratios of two things round by round.
//!
//! Owns the arithmetic. A ratio is taken within a round, so that a neighbour who makes the machine slow makes both of
//! its sides slow; the median of the ratios is the figure.

use serde::Serialize;

/// Smallest, middle and largest of some rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// The middle; of an even number of rounds, half-way between the two in the middle.
    pub median: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of some rounds; `None` of none, or if one is no number.
    #[must_use]
    pub fn of(rounds: &[f64]) -> Option<Self> {
        let mut sorted = rounds.to_vec();
        if sorted.iter().any(|round| !round.is_finite()) {
            return None;
        }
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let upper = sorted.get(middle)?;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(*sorted.get(middle.checked_sub(1)?)?, *upper)
        } else {
            *upper
        };
        Some(Self {
            min: *sorted.first()?,
            median,
            max: *sorted.last()?,
        })
    }

    /// The same in another unit.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            min: self.min * factor,
            median: self.median * factor,
            max: self.max * factor,
        }
    }
}

/// Each round of one thing by the same round of another; rounds that only one has are left out.
#[must_use]
pub fn ratios(above: &[f64], below: &[f64]) -> Vec<f64> {
    above
        .iter()
        .zip(below)
        .map(|(above, below)| above / below)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_in_the_middle() {
        type Expected = Option<(f64, f64, f64)>;
        let table: &[(&[f64], Expected)] = &[
            (&[], None),
            (&[3.0], Some((3.0, 3.0, 3.0))),
            (&[4.0, 1.0], Some((1.0, 2.5, 4.0))),
            (&[9.0, 1.0, 2.0], Some((1.0, 2.0, 9.0))),
            (&[8.0, 1.0, 4.0, 2.0], Some((1.0, 3.0, 8.0))),
            (&[1.0, f64::NAN], None),
            (&[1.0, f64::INFINITY], None),
        ];
        for (rounds, expect) in table {
            let spread = Spread::of(rounds).map(|spread| (spread.min, spread.median, spread.max));
            assert_eq!(spread, *expect, "{rounds:?}");
        }
    }

    #[test]
    fn a_ratio_is_of_one_round() {
        // The machine was half as fast in the second round: the ratio does not show it.
        assert_eq!(ratios(&[10.0, 20.0], &[5.0, 10.0]), [2.0, 2.0]);
        assert_eq!(ratios(&[10.0, 20.0], &[5.0]), [2.0]);
        assert_eq!(Spread::of(&ratios(&[1.0], &[0.0])), None);
    }

    #[test]
    fn another_unit_is_another_scale() {
        let spread = Spread::of(&[1.0, 2.0, 3.0]).unwrap().times(2.0);
        assert_eq!((spread.min, spread.median, spread.max), (2.0, 4.0, 6.0));
    }
}
