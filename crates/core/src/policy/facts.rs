//! What is known when a decision is made.
//!
//! Owns nothing but that: whoever asks has read it just before (invariant 5).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::Doubt;
use crate::{
    evidence::{Enrolment, Evidence, Role, Traits},
    id::{AppId, FactorKind, NetworkId},
    identity::Person,
};

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

    pub(super) fn has_role(&self, kind: &FactorKind, role: Role) -> bool {
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
    /// When a second factor was passed at the upstream, or why its word does not count.
    pub word: Result<DateTime<Utc>, Doubt>,
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
