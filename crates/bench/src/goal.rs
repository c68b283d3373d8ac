//! The goals, and whether they are met.
//!
//! Owns the list of goals with their limits, and the verdict. The numbers are those of `docs/performance.md`; a goal
//! that is not in the list is not measured here.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

use crate::figure::Spread;

/// A goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[value(rename_all = "verbatim")]
pub enum Goal {
    /// A complete login.
    G1,
    /// The same with two signatures.
    G2,
    /// Judging a Response.
    G5,
    /// Bad Responses.
    G6,
    /// A complete login by OpenID Connect.
    G7,
    /// A second application, with a live session.
    G8,
    /// Memory at rest.
    G9,
    /// Memory after many logins.
    G10,
    /// Start with a large store.
    G11,
    /// Logins among many people.
    G13,
    /// The audit log.
    G15,
    /// Durable logins a second.
    G17,
    /// A typed code.
    G19,
    /// Keys that are replaced.
    G20,
}

impl Goal {
    /// What it says.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::G1 => "complete SAML login + TOTP + durable audit, one signature: ≤ 2.5 × F1",
            Self::G2 => "the same, Response and Assertion signed: ≤ 1.8 × F2",
            Self::G5 => "ACS step alone: ≤ 0.5 × libxmlsec1's parse and verify",
            Self::G6 => "a bad Response costs no more CPU than a good one, and ≤ 2 MiB",
            Self::G7 => "complete OIDC login + TOTP: ≤ 2.3 × F1",
            Self::G8 => "second application with a live session: ≤ 1.4 × one RSA-2048 signature",
            Self::G9 => "idle, 10 applications: ≤ 25 MiB",
            Self::G10 => "after many logins at 64 concurrent: ≤ 2.5 × idle, no growth",
            Self::G11 => "cold start with 1 M users, 1,000 applications, 1 M audit rows: ≤ 0.3 s",
            Self::G13 => "1 k → 1 M users, CPU per login: ≤ 1.05 ×",
            Self::G15 => {
                "audit: ≤ 2 rows a login; append at 1 M rows ≤ 1.4 ×; last 50 of a person ≤ 5 ×"
            }
            Self::G17 => {
                "durable logins a second at 32 concurrent: ≥ 6 × single-row commits, or ≥ 0.8 × CPU bound"
            }
            Self::G19 => "TOTP step: ≤ 60 µs; right and wrong cost the same ± 10 %",
            Self::G20 => "both signing keys replaced under 70 % load: no login is lost",
        }
    }

    /// Whether one line that is met is enough for the goal.
    fn takes_any(self) -> bool {
        self == Self::G17
    }

    /// Whether lines with these verdicts meet the goal.
    #[must_use]
    pub fn verdict(self, lines: &[Verdict]) -> Verdict {
        let met = |line: &Verdict| *line == Verdict::Met;
        let is_met = if self.takes_any() {
            lines.iter().any(met)
        } else {
            !lines.is_empty() && lines.iter().all(met)
        };
        if is_met {
            Verdict::Met
        } else {
            Verdict::Missed
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What a figure must keep to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
    /// Between the two.
    Between(f64, f64),
}

impl Limit {
    /// Holds the median of the rounds against the limit.
    #[must_use]
    pub fn judge(self, figure: Spread) -> Verdict {
        let median = figure.median;
        let is_met = match self {
            Self::AtLeast(least) => median >= least,
            Self::AtMost(most) => median <= most,
            Self::Between(least, most) => (least..=most).contains(&median),
        };
        if is_met {
            Verdict::Met
        } else {
            Verdict::Missed
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "≥ {least}"),
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::Between(least, most) => write!(f, "{least} to {most}"),
        }
    }
}

/// How a figure stands to its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Within.
    Met,
    /// Beyond.
    Missed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Met => "met",
            Self::Missed => "missed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_judged_and_the_limit_itself_is_within() {
        let at = |median: f64| Spread {
            min: 0.0,
            median,
            max: 1000.0,
        };
        let table = [
            (Limit::AtMost(2.5), 2.5, Verdict::Met),
            (Limit::AtMost(2.5), 2.51, Verdict::Missed),
            (Limit::AtLeast(6.0), 6.0, Verdict::Met),
            (Limit::AtLeast(6.0), 5.99, Verdict::Missed),
            (Limit::Between(0.9, 1.1), 0.9, Verdict::Met),
            (Limit::Between(0.9, 1.1), 1.2, Verdict::Missed),
            (Limit::Between(0.9, 1.1), 0.8, Verdict::Missed),
        ];
        for (limit, median, expect) in table {
            assert_eq!(limit.judge(at(median)), expect, "{median} {limit}");
        }
    }

    #[test]
    fn a_goal_needs_all_its_lines_and_throughput_needs_one() {
        use Verdict::{Met, Missed};
        let table: &[(Goal, &[Verdict], Verdict)] = &[
            (Goal::G6, &[Met, Met], Met),
            (Goal::G6, &[Met, Missed], Missed),
            (Goal::G17, &[Met, Missed], Met),
            (Goal::G17, &[Missed, Missed], Missed),
            (Goal::G1, &[], Missed),
        ];
        for (goal, lines, expect) in table {
            assert_eq!(goal.verdict(lines), *expect, "{goal} {lines:?}");
        }
    }
}
