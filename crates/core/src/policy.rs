//! Step 6: which second factor a login needs, decided by an ordered list of rules.
//!
//! Owns the decision and its reasons; the rules, what is wrong with them and what they lead to have files of their own.
//! Does not own the state of a login ([`crate::flow`]) nor the spelling of rules in the configuration file.

mod account;
mod belief;
mod facts;
mod fault;
mod rule;
mod verdict;

use serde::{Deserialize, Serialize};

pub(crate) use self::verdict::stands;
pub use self::{
    belief::{Belief, Doubt},
    facts::{Facts, Kinds},
    fault::{Misruled, PolicyFault},
    rule::{Condition, FirstEnrolment, Rule, Verdict},
};
use self::{fault::faults, verdict::counts};
use crate::{id::FactorKind, request::Refusal};

/// An ordered list of rules; the first that matches decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
}

/// The outcome, the rule that gave it, and why the rules before it did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What follows.
    pub outcome: Outcome,
    /// The rule's name.
    pub rule: String,
    /// The rules above it, each with the reason for passing it over.
    pub passed_over: Vec<PassedOver>,
    /// Why the upstream's word, which the rule accepts, did not count.
    pub doubt: Option<Doubt>,
}

impl Decision {
    /// Is the upstream to be asked anew before anything else follows? It is for those who have no factor of ours, and
    /// whose upstream said before that they passed one there: said again, it would count.
    #[must_use]
    pub fn is_for_the_upstream(&self) -> bool {
        let has_none = matches!(
            self.outcome,
            Outcome::Enrol(_) | Outcome::Deny(Refusal::NoFactor)
        );
        has_none && self.doubt.is_some_and(Doubt::ends_with_another_login)
    }
}

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

/// A rule that did not match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// Its name.
    pub rule: String,
    /// Which part of its condition did not match, in words.
    pub reason: String,
}

impl Policy {
    /// Checks the rules against each other and against the kinds that are switched on.
    ///
    /// # Errors
    /// Every [`PolicyFault`] found, not only the first.
    pub fn new(rules: Vec<Rule>, kinds: &Kinds) -> Result<Self, Vec<Misruled>> {
        let faults = faults(&rules, kinds);
        if faults.is_empty() {
            Ok(Self { rules })
        } else {
            Err(faults)
        }
    }

    /// The rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Decides.
    #[must_use]
    pub fn decide(&self, facts: &Facts<'_>) -> Decision {
        self.decide_by(facts, |_| None)
    }

    /// Decides for an application that insists on a second factor: a rule that skips is passed over.
    #[must_use]
    pub fn decide_with_factor(&self, facts: &Facts<'_>) -> Decision {
        self.decide_by(facts, |verdict| {
            asks_or_denies(verdict, "the application asks for a second factor")
        })
    }

    /// Decides for an application that would like a second factor: who has none, and need not have one, passes without.
    #[must_use]
    pub fn decide_with_factor_if_possible(&self, facts: &Facts<'_>) -> Decision {
        let with = self.decide_with_factor(facts);
        match with.outcome {
            Outcome::Allow { .. } | Outcome::StepUp(_) => with,
            Outcome::Deny(_) | Outcome::Enrol(_) => self.decide(facts),
        }
    }

    /// Decides by the first rule that matches and that is not unfit for another reason.
    fn decide_by(&self, facts: &Facts<'_>, unfit: impl Fn(&Verdict) -> Option<String>) -> Decision {
        let mut passed_over = Vec::new();
        for rule in &self.rules {
            let mismatch = || rule.when.as_ref()?.mismatch(facts, &rule.then);
            match unfit(&rule.then).or_else(mismatch) {
                Some(reason) => passed_over.push(PassedOver {
                    rule: rule.name.clone(),
                    reason,
                }),
                None => {
                    let (outcome, doubt) = rule.then.apply(facts);
                    return Decision {
                        outcome,
                        rule: rule.name.clone(),
                        passed_over,
                        doubt,
                    };
                }
            }
        }
        // `new` sees to it that the last rule matches; should it ever not, the answer is no.
        Decision {
            outcome: Outcome::Deny(Refusal::Denied),
            rule: String::new(),
            passed_over,
            doubt: None,
        }
    }
}

/// Why a rule is passed over where a factor is wanted in any case.
fn asks_or_denies(verdict: &Verdict, why: &str) -> Option<String> {
    (*verdict == Verdict::Skip).then(|| why.to_owned())
}

#[cfg(test)]
mod tests;
