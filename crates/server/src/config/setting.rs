//! What a setting is: its name, what it takes, its default, and what it can hurt.
//!
//! Owns the form in which each topic describes its settings. The parser asks these tables what is known, and the
//! reference page is written from them, so that neither can know a setting that the other does not.

/// One map of the file with fixed keys.
#[derive(Debug)]
pub(super) struct Section {
    /// Where it stands; `<id>` is a key that the administrator chooses, `[]` an item of a list.
    pub(super) path: &'static str,
    /// What it is for.
    pub(super) about: &'static str,
    /// Its keys, in the order of the reference page.
    pub(super) keys: &'static [Key],
}

/// One key.
#[derive(Debug)]
pub(super) struct Key {
    /// Its name.
    pub(super) name: &'static str,
    /// What it takes, in words.
    pub(super) takes: &'static str,
    /// What holds without it.
    pub(super) default: Default,
    /// What it does.
    pub(super) about: &'static str,
    /// What it can hurt.
    pub(super) danger: Option<&'static str>,
}

/// What holds when a key is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Default {
    /// In words; `by the preset` and `none` are usual.
    Is(&'static str),
    /// The key must be there.
    Needed,
}

impl Key {
    /// A key that must be there.
    pub(super) const fn needed(
        name: &'static str,
        takes: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            takes,
            default: Default::Needed,
            about,
            danger: None,
        }
    }

    /// A key that may be left out.
    pub(super) const fn optional(
        name: &'static str,
        takes: &'static str,
        default: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            takes,
            default: Default::Is(default),
            about,
            danger: None,
        }
    }

    /// Says what it can hurt.
    pub(super) const fn danger(mut self, danger: &'static str) -> Self {
        self.danger = Some(danger);
        self
    }
}

impl Section {
    /// Is there such a key?
    pub(super) fn knows(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }

    /// What to do about a key that is not known.
    pub(super) fn remedy_for(&self, unknown: &str) -> String {
        let nearest = self
            .keys
            .iter()
            .map(|key| (strsim::damerau_levenshtein(unknown, key.name), key.name))
            .min();
        match nearest {
            Some((distance, name)) if distance <= 2.max(unknown.len() / 3) => {
                format!("did you mean `{name}`?")
            }
            _ => {
                let names: Vec<String> = self
                    .keys
                    .iter()
                    .map(|key| format!("`{}`", key.name))
                    .collect();
                format!("known here: {}", names.join(", "))
            }
        }
    }
}
