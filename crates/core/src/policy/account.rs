//! Who may open the account page: the rules of every application, and never less than the strongest factor.
//!
//! **Invariant:** nobody opens it with the first factor alone. A rule that skips is passed over, a second factor of the
//! upstream does not count, a way back in does not stand for the factor that it is the way back to, and who has no factor
//! yet sets one up only where the rule's [`FirstEnrolment`](super::FirstEnrolment) says so (attack rows MF-40, MF-44).

use super::{Decision, Doubt, Facts, Kinds, Outcome, Policy, Rule, Verdict, counts};
use crate::{
    evidence::{Enrolment, Role, Strength, Traits},
    id::FactorKind,
};

/// Why a rule that skips is none here.
const NO_SKIP: &str = "the account page always asks for a factor";

impl Policy {
    /// Decides about the account page.
    #[must_use]
    pub fn decide_account(&self, facts: &Facts<'_>) -> Decision {
        let facts = &Facts {
            upstream_factor: Err(Doubt::Account),
            ..*facts
        };
        let decision = self.decide_by(facts, Some(NO_SKIP));
        let outcome = match decision.outcome {
            denied @ Outcome::Deny(_) => denied,
            by_rule => match strongest_to_pass(facts) {
                Some(kinds) => Outcome::StepUp(kinds),
                None => by_rule.without_offer(),
            },
        };
        Decision {
            outcome,
            ..decision
        }
    }

    /// Is what a person would have `then` enough? There must be a factor for daily use, and one that their rule accepts
    /// unless they had none of these before.
    pub(crate) fn suffices(&self, then: &Facts<'_>, before: &Facts<'_>) -> bool {
        let is_theirs = |rule: &&Rule| rule.mismatch(then, Some(NO_SKIP)).is_none();
        let rule = self.rules.iter().find(is_theirs);
        let accepted = |facts: &Facts<'_>| match rule.map(|rule| &rule.then) {
            Some(Verdict::Require { factors, .. }) => {
                primaries(facts).any(|(factor, _)| factors.contains(&factor.kind))
            }
            _ => false,
        };
        primaries(then).next().is_some() && (accepted(then) || !accepted(before))
    }
}

impl Outcome {
    /// The page itself offers what can be set up.
    fn without_offer(self) -> Self {
        match self {
            Self::Allow { basis, .. } => Self::allow(basis),
            other => other,
        }
    }
}

/// The strongest kinds that the person can pass, unless one of them was passed.
fn strongest_to_pass(facts: &Facts<'_>) -> Option<Vec<FactorKind>> {
    let strongest = primaries(facts).map(|(_, strength)| strength).max()?;
    let mut kinds: Vec<FactorKind> = primaries(facts)
        .filter(|(_, strength)| *strength == strongest)
        .map(|(factor, _)| factor.kind.clone())
        .collect();
    kinds.sort();
    kinds.dedup();
    let passed = facts
        .evidence
        .iter()
        .any(|evidence| counts(evidence, &kinds, facts));
    (!passed).then_some(kinds)
}

/// Factors for daily use that can answer, each with its strength.
fn primaries<'f>(facts: &Facts<'f>) -> impl Iterator<Item = (&'f Enrolment, Strength)> {
    let kinds: &'f Kinds = facts.kinds;
    facts
        .enrolments
        .iter()
        .filter(|factor| factor.is_usable())
        .filter_map(move |factor| {
            let traits: &Traits = kinds.of(&factor.kind)?;
            (traits.role == Role::Primary).then_some((factor, traits.strength))
        })
}

#[cfg(test)]
mod tests;
