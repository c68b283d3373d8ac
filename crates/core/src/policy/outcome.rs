//! What follows for a person from what a rule says.
//!
//! Owns [`Outcome`]: when a factor counts, and what is asked for otherwise. Does not own which rule it is.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Doubt, Facts, FirstEnrolment, Verdict};
use crate::{
    evidence::{AHEAD, Enrolment, Evidence, Role},
    id::FactorKind,
    request::Refusal,
};

/// What follows from a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The login may be granted.
    Allow {
        /// On what that rests.
        basis: Basis,
        /// A way back in that the rule accepts, that can be set up here, and that the person has not: to be offered.
        recovery: Option<FactorKind>,
    },
    /// It may not.
    Deny(Refusal),
    /// One of these must be set up first.
    Enrol(Vec<FactorKind>),
    /// One of these must be passed.
    StepUp(Vec<FactorKind>),
}

/// What an [`Outcome::Allow`] rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A factor that the rule accepts was passed.
    Evidence,
    /// The rule asks for none.
    Skip,
    /// The person passed a second factor at their upstream, which is believed about that.
    Upstream,
}

impl Verdict {
    /// What follows, and why the upstream's word did not help, if it could have.
    pub(super) fn apply(&self, facts: &Facts<'_>) -> (Outcome, Option<Doubt>) {
        if !facts.active {
            return (Outcome::Deny(Refusal::Denied), None);
        }
        match self {
            Self::Deny => (Outcome::Deny(Refusal::Denied), None),
            Self::Skip => (Outcome::allow(Basis::Skip), None),
            Self::Require {
                factors,
                first_enrolment,
                max_age,
                accepts_upstream,
            } => {
                let by_ours = require(factors, *first_enrolment, *max_age, facts);
                if !accepts_upstream || matches!(by_ours, Outcome::Allow { .. }) {
                    return (by_ours, None);
                }
                match at_upstream(*max_age, facts) {
                    Ok(()) => (Outcome::allow(Basis::Upstream), None),
                    Err(doubt) => (by_ours, Some(doubt)),
                }
            }
        }
    }
}

impl Outcome {
    /// Leave, with nothing to be offered.
    pub(super) fn allow(basis: Basis) -> Self {
        let recovery = None;
        Self::Allow { basis, recovery }
    }

    /// It is what it is because the person has no factor that they can pass, and passed none.
    pub(super) fn has_no_factor(&self, facts: &Facts<'_>) -> bool {
        let wants_one = matches!(self, Self::Enrol(_) | Self::Deny(Refusal::NoFactor));
        let has_passed = || facts.evidence.iter().any(|piece| stands(piece, facts));
        wants_one && others_usable(facts).is_empty() && !has_passed()
    }
}

/// The upstream has its greatest age, and the rule has one.
fn at_upstream(max_age: Option<TimeDelta>, facts: &Facts<'_>) -> Result<(), Doubt> {
    let at = facts.upstream_factor?;
    let is_young = max_age.is_none_or(|most| facts.now - at <= most);
    is_young.then_some(()).ok_or(Doubt::TooOldForRule)
}

fn require(
    factors: &[FactorKind],
    first_enrolment: FirstEnrolment,
    max_age: Option<TimeDelta>,
    facts: &Facts<'_>,
) -> Outcome {
    let is_young = |evidence: &Evidence| match max_age {
        // What was passed ahead of now has no age that could be told.
        Some(most) => facts.now - evidence.at <= most && evidence.at - facts.now <= AHEAD,
        None => true,
    };
    if facts
        .evidence
        .iter()
        .any(|evidence| is_young(evidence) && counts(evidence, factors, facts))
    {
        // Nor are codes shown to whoever sits at a session that was proved hours ago.
        let proved_now = |evidence: &Evidence| is_fresh(evidence, facts);
        let may_set_up = facts
            .evidence
            .iter()
            .any(|evidence| proved_now(evidence) && counts(evidence, factors, facts));
        return Outcome::Allow {
            basis: Basis::Evidence,
            recovery: recovery_due(factors, facts).filter(|_| may_set_up),
        };
    }
    let usable = |kind: &&FactorKind| {
        facts.kinds.of(kind).is_some()
            && facts
                .enrolments
                .iter()
                .any(|enrolment| enrolment.kind == **kind && enrolment.is_usable())
    };
    let enrolled: Vec<FactorKind> = factors.iter().filter(usable).cloned().collect();
    if !enrolled.is_empty() {
        return Outcome::StepUp(enrolled);
    }
    // A person who has a factor that an administrator disabled, or whose kind is switched off, is not a newcomer:
    // setting up another one with the password alone would undo the administrator's decision, or the person's own
    // protection.
    let is_held_back = |enrolment: &Enrolment| {
        let switched_off = facts.kinds.of(&enrolment.kind).is_none();
        enrolment.disabled || (switched_off && !enrolment.spent)
    };
    let has_held_back = facts.enrolments.iter().any(is_held_back);
    let possible = |kind: &&FactorKind| {
        facts
            .kinds
            .of(kind)
            .is_some_and(|traits| traits.role == Role::Primary && traits.enrols_inline)
    };
    let possible: Vec<FactorKind> = factors.iter().filter(possible).cloned().collect();
    if has_held_back || possible.is_empty() || first_enrolment == FirstEnrolment::Refuse {
        return Outcome::Deny(Refusal::NoFactor);
    }
    // Who has another usable factor must pass that one first, and now: neither the password alone nor an old session
    // adds a factor to it (attack row MF-41).
    let others: Vec<FactorKind> = others_usable(facts);
    let passed_another = facts
        .evidence
        .iter()
        .any(|evidence| is_fresh(evidence, facts) && counts(evidence, &others, facts));
    if others.is_empty() || passed_another {
        Outcome::Enrol(possible)
    } else {
        Outcome::StepUp(others)
    }
}

fn recovery_due(factors: &[FactorKind], facts: &Facts<'_>) -> Option<FactorKind> {
    let due = |kind: &&FactorKind| {
        let traits = facts.kinds.of(kind);
        traits.is_some_and(|traits| traits.role == Role::Recovery && traits.enrols_inline)
            && !facts
                .enrolments
                .iter()
                .any(|enrolment| enrolment.kind == **kind && !enrolment.spent)
    };
    factors.iter().find(due).cloned()
}

fn others_usable(facts: &Facts<'_>) -> Vec<FactorKind> {
    let usable = facts
        .enrolments
        .iter()
        .filter(|enrolment| enrolment.is_usable() && facts.kinds.of(&enrolment.kind).is_some());
    usable
        .map(|enrolment| enrolment.kind.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

fn is_fresh(evidence: &Evidence, facts: &Facts<'_>) -> bool {
    evidence.is_fresh(facts.came_at, facts.now)
}

/// Evidence counts if it [`stands`], and is of an accepted kind.
pub(super) fn counts(evidence: &Evidence, factors: &[FactorKind], facts: &Facts<'_>) -> bool {
    factors.contains(&evidence.kind) && stands(evidence, facts)
}

/// Evidence stands if it is this person's, of a kind that is still switched on, from a factor that still exists and is
/// not disabled (invariant 5). A backup code that was the last one still does.
pub(crate) fn stands(evidence: &Evidence, facts: &Facts<'_>) -> bool {
    evidence.person == facts.person.id
        && facts.kinds.of(&evidence.kind).is_some()
        && facts.enrolments.iter().any(|enrolment| {
            enrolment.id == evidence.enrolment
                && enrolment.person == facts.person.id
                && enrolment.kind == evidence.kind
                && !enrolment.disabled
        })
}
