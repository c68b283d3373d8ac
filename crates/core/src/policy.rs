//! Step 6: which second factor a login needs, decided by an ordered list of rules.
//!
//! Owns the decision and its reasons; the rules, what is wrong with them and what they lead to have files of their own.
//! Does not own the state of a login ([`crate::flow`]) nor the spelling of rules in the configuration file.

mod account;
mod belief;
mod facts;
mod fault;
mod kinds;
mod outcome;
mod rule;

use serde::Serialize;

pub(crate) use self::outcome::stands;
pub use self::{
    belief::{Belief, Doubt, Word},
    facts::Facts,
    fault::{Misruled, PolicyFault},
    kinds::Kinds,
    outcome::{Basis, Outcome},
    rule::{Condition, FirstEnrolment, Rule, Verdict},
};
use self::{fault::faults, outcome::counts};
use crate::request::Refusal;

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
    /// By which rule.
    #[serde(flatten)]
    pub by: Ruling,
    /// The rules above it, each with the reason for passing it over.
    pub passed_over: Vec<PassedOver>,
    /// Is the upstream to be asked anew before anything else follows? It is for those who can pass no factor of ours,
    /// and whose upstream said before that they passed one there: said again, it would count.
    #[serde(skip)]
    pub is_for_the_upstream: bool,
}

/// The rule behind an outcome, and what it would have taken as well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ruling {
    /// The rule's name.
    pub rule: String,
    /// Why the upstream's second factor, which the rule accepts, did not count.
    pub doubt: Option<Doubt>,
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
        self.decide_by(facts, None)
    }

    /// Decides for an application that insists on a second factor: a rule that skips is passed over.
    #[must_use]
    pub fn decide_with_factor(&self, facts: &Facts<'_>) -> Decision {
        self.decide_by(facts, Some("the application asks for a second factor"))
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

    /// Decides by the first rule that matches. `no_skip`: a rule that skips is passed over, for this reason.
    fn decide_by(&self, facts: &Facts<'_>, no_skip: Option<&str>) -> Decision {
        let mut passed_over = Vec::new();
        for rule in &self.rules {
            match rule.mismatch(facts, no_skip) {
                Some(reason) => passed_over.push(PassedOver {
                    rule: rule.name.clone(),
                    reason,
                }),
                None => {
                    let (outcome, doubt) = rule.then.apply(facts);
                    let rule = rule.name.clone();
                    return Decision {
                        is_for_the_upstream: outcome.has_no_factor(facts)
                            && doubt.is_some_and(Doubt::ends_with_another_login),
                        outcome,
                        by: Ruling { rule, doubt },
                        passed_over,
                    };
                }
            }
        }
        // `new` sees to it that the last rule matches; should it ever not, the answer is no.
        Decision {
            outcome: Outcome::Deny(Refusal::Denied),
            by: Ruling::default(),
            passed_over,
            is_for_the_upstream: false,
        }
    }
}

#[cfg(test)]
mod tests;
