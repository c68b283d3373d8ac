//! Step 6: which second factor a login needs, decided by an ordered list of rules.
//!
//! Owns the rules, their check, and the decision with its reasons. Does not own the state of a login ([`crate::flow`])
//! nor the spelling of rules in the configuration file.

mod account;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    evidence::{AHEAD, Enrolment, Evidence, Role, Traits},
    id::{AppId, FactorKind, NetworkId, UpstreamId},
    identity::Person,
    request::Refusal,
};

/// An ordered list of rules; the first that matches decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What the audit record and the explanation call it.
    pub name: String,
    /// When it matches; the last rule has none and matches always.
    pub when: Option<Condition>,
    /// What it says.
    pub then: Verdict,
}

/// All parts that are not empty must match; within a part, any one value is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// For these applications.
    pub apps: BTreeSet<AppId>,
    /// For members of these groups, compared byte for byte.
    pub groups: BTreeSet<String>,
    /// From these networks. An unknown address may be in any of them: a rule that denies holds for it, others do not.
    pub networks: BTreeSet<NetworkId>,
    /// For people of these upstreams.
    pub upstreams: BTreeSet<UpstreamId>,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody passes.
    Deny,
    /// One of these factors must be passed. Kinds that are not listed never count.
    Require {
        /// Accepted kinds, in the order offered.
        factors: Vec<FactorKind>,
        /// What happens to a person who has none of them.
        first_enrolment: FirstEnrolment,
        /// How long ago one may have been passed, for another application; `None`: as long as the session lasts.
        max_age: Option<TimeDelta>,
    },
    /// The upstream's login is enough.
    Skip,
}

/// What happens to a person who has no accepted factor yet (attack row MF-40: the weak moment).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstEnrolment {
    /// They set one up during this login.
    #[default]
    Inline,
    /// They are refused until an administrator has registered a factor.
    Refuse,
}

/// Why a list of rules is not a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fault}")]
pub struct Misruled {
    /// The rule's place in the list, from 0; names may occur twice. `None`: the list as a whole.
    pub at: Option<usize>,
    /// What is wrong.
    pub fault: PolicyFault,
}

/// What is wrong with a list of rules.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyFault {
    /// No rules at all.
    #[error("there is no rule")]
    Empty,
    /// A rule without `when` hides those below it.
    #[error("rule `{0}` has no `when`, so the rules below it are never reached")]
    HidesTheRest(String),
    /// The last rule may not match.
    #[error("the last rule, `{0}`, has a `when`: the last rule must match everybody")]
    LastMayNotMatch(String),
    /// The last rule lets everybody pass with a password.
    #[error(
        "the last rule, `{0}`, is `skip`: the rule for everybody must require a factor or deny"
    )]
    LastSkips(String),
    /// A rule that requires nothing that could be used daily.
    #[error("rule `{0}` names no factor for daily use")]
    NoPrimary(String),
    /// Two rules of one name cannot be told apart in the audit record.
    #[error("two rules are called `{0}`")]
    SameName(String),
    /// A factor that is not switched on.
    #[error("rule `{rule}` names the factor `{factor}`, which is not switched on below `factors`")]
    UnknownFactor {
        /// The rule.
        rule: String,
        /// The factor.
        factor: FactorKind,
    },
}

/// The kinds of factor that are switched on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kinds(BTreeMap<FactorKind, Traits>);

impl Kinds {
    /// Takes the traits of every factor that is switched on.
    #[must_use]
    pub fn new(traits: impl IntoIterator<Item = Traits>) -> Self {
        Self(
            traits
                .into_iter()
                .map(|traits| (traits.kind.clone(), traits))
                .collect(),
        )
    }

    /// A kind's traits, if it is switched on.
    #[must_use]
    pub fn of(&self, kind: &FactorKind) -> Option<&Traits> {
        self.0.get(kind)
    }

    /// All that are switched on, by kind.
    pub fn all(&self) -> impl Iterator<Item = &Traits> {
        self.0.values()
    }

    fn has_role(&self, kind: &FactorKind, role: Role) -> bool {
        self.of(kind).is_some_and(|traits| traits.role == role)
    }
}

/// What is known when a decision is made.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Who.
    pub person: &'a Person,
    /// An administrator has not disabled the person.
    pub active: bool,
    /// For which application.
    pub app: &'a AppId,
    /// From which named networks; `None` if the address is not known.
    pub networks: Option<&'a BTreeSet<NetworkId>>,
    /// What was passed in this login.
    pub evidence: &'a [Evidence],
    /// What the person has registered, read now.
    pub enrolments: &'a [Enrolment],
    /// Which kinds are switched on.
    pub kinds: &'a Kinds,
    /// When the person came: what they proved up to five minutes before that, or since, is proof enough that it is
    /// them who sets up a factor (attack row MF-41).
    pub came_at: DateTime<Utc>,
    /// Now.
    pub now: DateTime<Utc>,
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
                    return Decision {
                        outcome: rule.then.apply(facts),
                        rule: rule.name.clone(),
                        passed_over,
                    };
                }
            }
        }
        // `new` sees to it that the last rule matches; should it ever not, the answer is no.
        Decision {
            outcome: Outcome::Deny(Refusal::Denied),
            rule: String::new(),
            passed_over,
        }
    }
}

/// Why a rule is passed over where a factor is wanted in any case.
fn asks_or_denies(verdict: &Verdict, why: &str) -> Option<String> {
    (*verdict == Verdict::Skip).then(|| why.to_owned())
}

impl Condition {
    /// Why it does not match; `None` when it does.
    fn mismatch(&self, facts: &Facts<'_>, then: &Verdict) -> Option<String> {
        if !self.groups.is_empty() && self.groups.is_disjoint(&facts.person.groups) {
            return Some(format!(
                "the person is in none of the groups {}",
                list(&self.groups)
            ));
        }
        if !self.apps.is_empty() && !self.apps.contains(facts.app) {
            return Some(format!(
                "the application `{}` is none of {}",
                facts.app,
                list(&self.apps)
            ));
        }
        if !self.networks.is_empty() {
            match facts.networks {
                // What is not known must not help (attack row MF-49).
                None if *then != Verdict::Deny => {
                    return Some("the address is not known".to_owned());
                }
                Some(networks) if self.networks.is_disjoint(networks) => {
                    let networks = list(&self.networks);
                    return Some(format!("the address is in none of the networks {networks}"));
                }
                None | Some(_) => {}
            }
        }
        let upstream = facts.person.id.upstream();
        if !self.upstreams.is_empty() && !self.upstreams.contains(upstream) {
            return Some(format!(
                "the upstream `{upstream}` is none of {}",
                list(&self.upstreams)
            ));
        }
        None
    }
}

fn list<T: ToString>(values: &BTreeSet<T>) -> String {
    values
        .iter()
        .map(|value| format!("`{}`", value.to_string()))
        .collect::<Vec<_>>()
        .join(", ")
}

impl Verdict {
    fn apply(&self, facts: &Facts<'_>) -> Outcome {
        if !facts.active {
            return Outcome::Deny(Refusal::Denied);
        }
        match self {
            Self::Deny => Outcome::Deny(Refusal::Denied),
            Self::Skip => Outcome::Allow {
                basis: Basis::Skip,
                recovery: None,
            },
            Self::Require {
                factors,
                first_enrolment,
                max_age,
            } => require(factors, *first_enrolment, *max_age, facts),
        }
    }
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
fn counts(evidence: &Evidence, factors: &[FactorKind], facts: &Facts<'_>) -> bool {
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

fn faults(rules: &[Rule], kinds: &Kinds) -> Vec<Misruled> {
    let mut found = Vec::new();
    let mut note = |at, fault| found.push(Misruled { at, fault });
    let mut names = BTreeSet::new();
    for (place, rule) in rules.iter().enumerate() {
        let name = || rule.name.clone();
        let at = Some(place);
        let is_last = place + 1 == rules.len();
        match &rule.when {
            None if !is_last => note(at, PolicyFault::HidesTheRest(name())),
            None if rule.then == Verdict::Skip => note(at, PolicyFault::LastSkips(name())),
            Some(_) if is_last => note(at, PolicyFault::LastMayNotMatch(name())),
            None | Some(_) => {}
        }
        if !names.insert(&rule.name) {
            note(at, PolicyFault::SameName(name()));
        }
        let Verdict::Require { factors, .. } = &rule.then else {
            continue;
        };
        for factor in factors.iter().filter(|kind| kinds.of(kind).is_none()) {
            let factor = factor.clone();
            note(
                at,
                PolicyFault::UnknownFactor {
                    rule: name(),
                    factor,
                },
            );
        }
        let all_known = factors.iter().all(|kind| kinds.of(kind).is_some());
        let is_primary = |kind| kinds.has_role(kind, Role::Primary);
        if all_known && !factors.iter().any(is_primary) {
            note(at, PolicyFault::NoPrimary(name()));
        }
    }
    if rules.is_empty() {
        note(None, PolicyFault::Empty);
    }
    found
}

#[cfg(test)]
mod tests;
