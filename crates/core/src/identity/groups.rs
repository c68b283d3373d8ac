//! A person's groups: which attributes name them, and which of them an upstream may speak of.
//!
//! Owns what is let through. Does not own what a group gives: rules and applications do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Attributes, IdentityError, MOST_GROUPS, Mapping, bounded};

/// Groups that an upstream may say somebody is in. Without names and prefixes: any.
///
/// Names are compared byte for byte. What is said of other groups is passed over, for a directory says a lot that is
/// not meant for us; it is no fault of the person's (attack row MF-50).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GroupBounds {
    /// Groups of these names.
    pub only: BTreeSet<String>,
    /// Groups whose names begin with one of these, besides.
    pub prefixes: BTreeSet<String>,
}

impl GroupBounds {
    /// May the upstream speak of groups of any name?
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.only.is_empty() && self.prefixes.is_empty()
    }

    fn hold(&self, group: &str) -> bool {
        let begins = |prefix: &String| group.starts_with(prefix.as_str());
        self.is_any() || self.only.contains(group) || self.prefixes.iter().any(begins)
    }
}

impl Mapping {
    /// What a value of a group attribute is called here; `None`: it counts for nothing.
    fn group<'a>(&self, value: &'a str) -> Option<&'a str> {
        let name = match self.strip_group_slash {
            true => value.strip_prefix('/').unwrap_or(value),
            false => value,
        };
        (!name.is_empty() && self.group_bounds.hold(name)).then_some(name)
    }

    /// The groups among `attributes`.
    pub(super) fn groups(
        &self,
        attributes: &Attributes,
    ) -> Result<BTreeSet<String>, IdentityError> {
        let mut found = BTreeSet::new();
        for name in &self.groups {
            let values = attributes.get(name).into_iter().flatten();
            for group in values.filter_map(|value| self.group(value)) {
                found.insert(bounded(name, group.to_owned())?);
            }
            if found.len() > MOST_GROUPS {
                return Err(IdentityError::TooLarge { name: name.clone() });
            }
        }
        Ok(found)
    }

    /// The attributes, without groups that the upstream may not speak of: an application that gets the attribute
    /// itself must not hear of them either.
    pub(super) fn within_bounds(&self, attributes: &Attributes) -> Attributes {
        let mut kept = attributes.clone();
        if !self.group_bounds.is_any() {
            for name in &self.groups {
                if let Some(values) = kept.get_mut(name) {
                    values.retain(|value| self.group(value).is_some());
                }
            }
        }
        kept
    }
}
