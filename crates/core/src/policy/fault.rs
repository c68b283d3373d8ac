//! What is wrong with a list of rules, told where it is.
//!
//! Owns the rules about rules. Does not own the words that lead an administrator out of it.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Kinds, Rule, Verdict};
use crate::{evidence::Role, id::FactorKind};

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

pub(super) fn faults(rules: &[Rule], kinds: &Kinds) -> Vec<Misruled> {
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
