//! Claims about a person.
//!
//! Owns access to the claims of one source by name or path, and the joining of two sources. It does not decide what a
//! claim means for us: mapping is the caller's.
//!
//! **Invariant:** a claim and the claim that says whether it was verified come from one source
//! (Core section 5.7, OI-158).

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value};

/// Claims that are only worth something together: when one source speaks of the first, the others
/// are taken from that source too, or not at all. `xms_edov` is Entra's word on the e-mail domain.
const BOUND: [&[&str]; 2] = [
    &["email", "email_verified", "xms_edov"],
    &["phone_number", "phone_number_verified"],
];

/// What a source says under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Nothing.
    Absent,
    /// The source says that the values are to be fetched elsewhere (`_claim_names`, Core section
    /// 5.6.2; Entra does so above its limit of groups). This is not "none".
    Elsewhere,
    /// Something, but neither a string, number or boolean nor a list of those.
    Unreadable,
    /// The values in their order; one string is a list of one.
    Values(Vec<String>),
}

/// The claims of one person. Its `Debug` shows names only.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// One claim as it stands, by its exact name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// One claim, if it is a string that is not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Names and values, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let names: BTreeSet<_> = self.0.keys().collect();
        names
            .into_iter()
            .filter_map(|name| Some((name.as_str(), self.0.get(name)?)))
    }

    /// The values under a path such as `groups`, `realm_access.roles` or
    /// `resource_access.jira.roles`.
    ///
    /// A dot in the path may also belong to a name (`https://acme.example/groups`): the longest
    /// name that exists is tried first.
    #[must_use]
    pub fn lookup(&self, path: &str) -> Lookup {
        match find(&self.0, path) {
            Some(value) => readable(value).map_or(Lookup::Unreadable, Lookup::Values),
            None if self.is_elsewhere(path) => Lookup::Elsewhere,
            None => Lookup::Absent,
        }
    }

    /// The e-mail address, only if this very source says `"email_verified": true`.
    ///
    /// The string `"true"` is not the boolean: nothing in Core section 5.1 lets it be (OI-159).
    #[must_use]
    pub fn verified_email(&self) -> Option<&str> {
        (self.value("email_verified") == Some(&Value::Bool(true))).then(|| self.text("email"))?
    }

    /// Adds what only `extra` says. Where both speak, these claims are right.
    #[must_use]
    pub(crate) fn join(mut self, extra: &Self) -> Self {
        let kept: Vec<&str> = BOUND
            .iter()
            .filter(|bound| self.speaks_of(bound))
            .copied()
            .flatten()
            .copied()
            .collect();
        for bound in BOUND {
            // A lone "verified" of one source must not vouch for the value of the other.
            if !self.speaks_of(bound) && extra.speaks_of(bound) {
                self.0.retain(|name, _| !bound.contains(&name.as_str()));
            }
        }
        for (name, value) in extra.iter() {
            if !kept.contains(&name) && !self.0.contains_key(name) {
                self.0.insert(name.to_owned(), value.clone());
            }
        }
        self
    }

    /// Whether this source has the value that a group of bound claims is about.
    fn speaks_of(&self, bound: &[&str]) -> bool {
        bound
            .first()
            .is_some_and(|value| self.0.contains_key(*value))
    }

    fn is_elsewhere(&self, path: &str) -> bool {
        let elsewhere = self.value("_claim_names").and_then(Value::as_object);
        elsewhere.is_some_and(|names| find(names, path).is_some())
            || (path == "groups" && self.value("hasgroups") == Some(&Value::Bool(true)))
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Walks down a path, longest name first.
fn find<'a>(members: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = members.get(path) {
        return Some(value);
    }
    path.rmatch_indices('.').find_map(|(dot, _)| {
        let (name, rest) = (path.get(..dot)?, path.get(dot + 1..)?);
        find(members.get(name)?.as_object()?, rest)
    })
}

/// The values as strings, if all of them can be written as one.
fn readable(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Null | Value::Object(_) => None,
    };
    match value {
        Value::Array(list) => list.iter().map(one).collect(),
        single => one(single).map(|text| vec![text]),
    }
}

#[cfg(test)]
mod tests;
