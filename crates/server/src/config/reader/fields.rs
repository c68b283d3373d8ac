//! The keys of a section: which are there, which are missing, which exclude each other.

use super::{Reader, join};
use crate::config::setting::{Default as Otherwise, Section};

/// The keys of a section that stand in the file.
pub(in crate::config) struct Fields<'a> {
    section: &'static Section,
    whole: Reader<'a>,
    found: Vec<(&'a str, Reader<'a>)>,
}

impl<'a> Fields<'a> {
    /// The known keys that stand in the map at which `whole` stands.
    pub(super) fn new(
        section: &'static Section,
        whole: Reader<'a>,
        found: Vec<(&'a str, Reader<'a>)>,
    ) -> Self {
        Self {
            section,
            whole,
            found,
        }
    }

    /// The map itself, for findings that concern several keys.
    pub(in crate::config) fn whole(&self) -> &Reader<'a> {
        &self.whole
    }

    /// A key, if it is there; a needed one that is not there is a mistake.
    pub(in crate::config) fn get(&self, name: &'static str) -> Option<Reader<'a>> {
        debug_assert!(
            self.section.knows(name),
            "{name} is not in the table of {}",
            self.section.path
        );
        #[cfg(test)]
        asked::note(self.section.path, name);
        let found = self.found.iter().find(|(key, _)| *key == name);
        if found.is_none() {
            self.missing(name);
        }
        found.map(|(_, reader)| reader.clone())
    }

    fn missing(&self, name: &str) {
        let key = self.section.keys.iter().find(|key| key.name == name);
        if let Some(key) = key.filter(|key| key.default == Otherwise::Needed) {
            let mut at = self.whole.clone();
            at.path = join(&at.path, name);
            at.mistake(
                "missing",
                format!("`{name}` is missing"),
                format!("add `{name}:` with {}", key.takes),
            );
        }
    }

    /// Which of these keys are there? More or fewer than one is a mistake, unless `none_is_fine`.
    pub(in crate::config) fn exactly_one(
        &self,
        names: &[&'static str],
        none_is_fine: bool,
    ) -> Option<(&'static str, Reader<'a>)> {
        let mut there = names
            .iter()
            .filter_map(|name| Some((*name, self.get(name)?)));
        let first = there.next();
        let list = || {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        if let Some((_, second)) = there.next() {
            second.mistake(
                "not_together",
                format!("only one of {} may be given", list()),
                "remove the others",
            );
        }
        if first.is_none() && !none_is_fine {
            self.whole.mistake(
                "missing",
                format!("one of {} is needed", list()),
                "add one of them",
            );
        }
        first
    }
}

/// Which keys the parser asks for, so that a test can compare them with the tables.
#[cfg(test)]
pub(in crate::config) mod asked {
    use std::{cell::RefCell, collections::BTreeSet};

    thread_local! {
        static ASKED: RefCell<BTreeSet<(&'static str, &'static str)>> = RefCell::default();
    }

    pub(in crate::config) fn note(section: &'static str, key: &'static str) {
        ASKED.with_borrow_mut(|asked| asked.insert((section, key)));
    }

    pub(in crate::config) fn all() -> BTreeSet<(&'static str, &'static str)> {
        ASKED.with_borrow(Clone::clone)
    }
}
