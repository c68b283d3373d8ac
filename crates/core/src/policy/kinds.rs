//! The kinds of factor that are switched on, with what each is.
//!
//! Owns the list. Does not own what a kind is: it says so itself ([`Traits`]).

use std::collections::BTreeMap;

use crate::{
    evidence::{Role, Traits},
    id::FactorKind,
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
