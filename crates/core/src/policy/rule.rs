//! One rule: whom it is for, and what it says.
//!
//! Owns whether a condition matches, and why not. Does not own what follows (`outcome`), nor what makes a list of rules a
//! policy (`fault`).

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::Facts;
use crate::id::{AppId, FactorKind, NetworkId, UpstreamId};

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
        /// A second factor that was passed at the upstream counts too, if that is believed about it.
        accepts_upstream: bool,
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

impl Rule {
    /// Why it is passed over; `None`: it decides. `no_skip`: it does not if it skips, for this reason.
    pub(super) fn mismatch(&self, facts: &Facts<'_>, no_skip: Option<&str>) -> Option<String> {
        let skips = no_skip.filter(|_| self.then == Verdict::Skip);
        let by_condition = || self.when.as_ref()?.mismatch(facts, &self.then);
        skips.map(str::to_owned).or_else(by_condition)
    }
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
