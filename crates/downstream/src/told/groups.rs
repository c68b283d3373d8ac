//! Which of a person's groups an application hears of.
//!
//! Owns the choice and the new names. Does not own what an application does with them: Jira Data Center, for one, makes
//! its own memberships the same as what it hears.

use std::collections::{BTreeMap, BTreeSet};

/// A choice of groups. The default lets all of them through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupFilter {
    /// Groups of these names, exactly.
    pub only: BTreeSet<String>,
    /// Groups whose names begin with one of these.
    pub prefixes: BTreeSet<String>,
    /// Other names for some groups, by the name that the upstream gave. Who stands here is let through.
    pub rename: BTreeMap<String, String>,
}

impl GroupFilter {
    /// What is left of these groups. Two that get the same name become one.
    #[must_use]
    pub fn apply(&self, groups: &BTreeSet<String>) -> BTreeSet<String> {
        groups
            .iter()
            .filter(|group| self.lets_through(group))
            .map(|group| self.rename.get(group).unwrap_or(group).clone())
            .collect()
    }

    /// **Invariant:** a list that names groups never lets one through that it does not name.
    fn lets_through(&self, group: &str) -> bool {
        let is_open = self.only.is_empty() && self.prefixes.is_empty();
        is_open
            || self.only.contains(group)
            || self.rename.contains_key(group)
            || self
                .prefixes
                .iter()
                .any(|prefix| group.starts_with(prefix.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn an_application_hears_of_its_own_groups_only() {
        let all = ["jira-admins", "jira-users", "payroll", "staff"];
        let filter = |only: &[&str], prefixes: &[&str], rename: &[(&str, &str)]| GroupFilter {
            only: set(only),
            prefixes: set(prefixes),
            rename: rename
                .iter()
                .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
                .collect(),
        };
        for (filter, expected) in [
            (GroupFilter::default(), &all[..]),
            (filter(&["staff"], &[], &[]), &["staff"]),
            (filter(&[], &["jira-"], &[]), &["jira-admins", "jira-users"]),
            (
                filter(&["staff"], &["jira-a"], &[]),
                &["jira-admins", "staff"],
            ),
            // Upper case is another name, and a list of strangers lets nobody through.
            (filter(&["Staff"], &[], &[]), &[]),
            (filter(&[], &["pay-"], &[]), &[]),
            (
                filter(&[], &["jira-"], &[("staff", "jira-users")]),
                &["jira-admins", "jira-users"],
            ),
            (
                filter(&[], &[], &[("staff", "everybody")]),
                &["everybody", "jira-admins", "jira-users", "payroll"],
            ),
        ] {
            assert_eq!(filter.apply(&set(&all)), set(expected), "{filter:?}");
        }
    }
}
