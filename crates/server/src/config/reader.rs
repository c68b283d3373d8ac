//! Typed reading of the tree: each reader stands at one value, knows its path, and notes what is wrong with it.
//!
//! Owns the general mistakes: unknown, missing and repeated keys, wrong types, unreadable files. A reader that has
//! noted a mistake returns `None`, and the topic goes on with the next setting, so that one run tells everything.

mod fields;

use std::{cell::RefCell, collections::BTreeSet, path::PathBuf, str::FromStr};

use url::Url;
use vestibule_upstream::http::is_loopback;

pub(super) use self::fields::Fields;
#[cfg(test)]
pub(super) use self::fields::asked;
use super::{
    mistake::Finding,
    setting::Section,
    surroundings::Surroundings,
    tree::{Entry, Node, Place, Value},
};

/// What all readers of one file share.
pub(super) struct Context<'a> {
    /// The file, as the administrator named it.
    pub(super) file: PathBuf,
    /// The folder that relative paths start from.
    pub(super) folder: PathBuf,
    /// Files, environment, date.
    pub(super) surroundings: &'a dyn Surroundings,
    /// What is wrong.
    pub(super) mistakes: RefCell<Vec<Finding>>,
    /// What is risky.
    pub(super) warnings: RefCell<Vec<Finding>>,
}

impl<'a> Context<'a> {
    /// Nothing noted yet.
    pub(super) fn new(file: PathBuf, surroundings: &'a dyn Surroundings) -> Self {
        Self {
            folder: file.parent().map(PathBuf::from).unwrap_or_default(),
            file,
            surroundings,
            mistakes: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// One finding about a place.
    pub(super) fn finding(
        &self,
        at: Place,
        path: &str,
        code: &'static str,
        reason: String,
        remedy: String,
    ) -> Finding {
        Finding {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
            path: path.into(),
            code,
            reason,
            remedy,
        }
    }
}

/// Whoever reads a value twice finds the same thing twice; it is told once.
fn note(findings: &RefCell<Vec<Finding>>, finding: Finding) {
    let mut findings = findings.borrow_mut();
    if !findings.contains(&finding) {
        findings.push(finding);
    }
}

/// Stands at one value.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    context: &'a Context<'a>,
    node: &'a Node,
    /// Where a finding points: the key if there is one, for the value may be on another line.
    at: Place,
    path: String,
}

impl<'a> Reader<'a> {
    /// The reader of the whole file.
    pub(super) fn root(context: &'a Context<'a>, node: &'a Node) -> Self {
        Self {
            context,
            node,
            at: node.at,
            path: String::new(),
        }
    }

    fn below(&self, entry: &'a Entry) -> Self {
        Self {
            context: self.context,
            node: &entry.node,
            at: entry.at,
            path: join(&self.path, &entry.key),
        }
    }

    /// Files, environment, date.
    pub(super) fn surroundings(&self) -> &'a dyn Surroundings {
        self.context.surroundings
    }

    /// A path of the file system, relative to the configuration file.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.context.folder.join(path)
    }

    /// Notes that this value is wrong.
    pub(super) fn mistake(
        &self,
        code: &'static str,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let finding = self
            .context
            .finding(self.at, &self.path, code, reason.into(), remedy.into());
        note(&self.context.mistakes, finding);
    }

    /// Notes that this value is risky.
    pub(super) fn warn(
        &self,
        code: &'static str,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let finding = self
            .context
            .finding(self.at, &self.path, code, reason.into(), remedy.into());
        note(&self.context.warnings, finding);
    }

    fn wrong_type(&self, wanted: &str) {
        let found = match &self.node.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Null => "nothing",
            Value::Scalar { .. } => "a single value",
        };
        self.mistake(
            "wrong_type",
            format!("{wanted} is needed, but here is {found}"),
            format!("write {wanted}"),
        );
    }

    /// A single value as it is written, not empty.
    pub(super) fn text(&self) -> Option<String> {
        let Value::Scalar { text, .. } = &self.node.value else {
            self.wrong_type("a text");
            return None;
        };
        if text.trim().is_empty() || text.trim() != text || text.contains(char::is_control) {
            self.mistake(
                "bad_text",
                "the text is empty, begins or ends with a space, or holds a control character",
                "write it without; remove the key if it is not needed",
            );
            return None;
        }
        Some(text.clone())
    }

    /// `true` or `false`, without quotes.
    pub(super) fn flag(&self) -> Option<bool> {
        let flag = self.switch();
        if flag.is_none() {
            self.wrong_type("`true` or `false`");
        }
        flag
    }

    /// `true` or `false`, if it is one of them; anything else is no mistake here.
    pub(super) fn switch(&self) -> Option<bool> {
        match self.plain() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        }
    }

    fn plain(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Scalar { text, plain: true } => Some(text),
            _ => None,
        }
    }

    /// A whole number within bounds.
    pub(super) fn number<T>(&self, least: T, most: T) -> Option<T>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let number = self.plain().and_then(|text| text.parse::<T>().ok());
        let number = number.filter(|number| *number >= least && *number <= most);
        if number.is_none() {
            self.mistake(
                "not_in_range",
                format!("a whole number from {least} to {most} is needed"),
                "write such a number, without quotes",
            );
        }
        number
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<String> = choices
                .iter()
                .map(|(word, _)| format!("`{word}`"))
                .collect();
            self.mistake(
                "unknown_word",
                format!("`{text}` is not known here"),
                format!("write one of {}", words.join(", ")),
            );
        }
        found.map(|(_, value)| *value)
    }

    /// An identifier of the core.
    pub(super) fn id<T: TryFrom<String>>(&self) -> Option<T>
    where
        T::Error: std::fmt::Display,
    {
        let text = self.text()?;
        self.checked_id(text)
    }

    fn checked_id<T: TryFrom<String>>(&self, text: String) -> Option<T>
    where
        T::Error: std::fmt::Display,
    {
        T::try_from(text)
            .map_err(|error| {
                self.mistake("bad_id", error.to_string(), "choose another name");
            })
            .ok()
    }

    /// An address with scheme `https`; plain `http` is accepted on this machine.
    pub(super) fn url(&self) -> Option<Url> {
        let text = self.text()?;
        let Ok(url) = Url::parse(&text) else {
            self.mistake(
                "bad_url",
                format!("`{text}` is not an address"),
                "write a whole address, such as `https://sso.acme.example`",
            );
            return None;
        };
        if !url.username().is_empty() || url.password().is_some() {
            self.mistake(
                "inline_secret",
                "the address holds a user name or password",
                "remove what stands before `@`",
            );
            return None;
        }
        match url.scheme() {
            "https" => Some(url),
            "http" if is_loopback(&url) => Some(url),
            _ => {
                self.mistake(
                    "not_https",
                    format!("`{text}` is not an https address"),
                    "use https; plain http is accepted for localhost only, for trials",
                );
                None
            }
        }
    }

    /// The items of a list that is not empty.
    pub(super) fn list(&self) -> Vec<Self> {
        let Value::List(items) = &self.node.value else {
            self.wrong_type("a list");
            return Vec::new();
        };
        if items.is_empty() {
            self.mistake(
                "empty_list",
                "the list is empty, which could be read as `all` or as `none`",
                "add an item or remove the key",
            );
        }
        items
            .iter()
            .enumerate()
            .map(|(index, node)| Self {
                context: self.context,
                node,
                at: node.at,
                path: format!("{}[{index}]", self.path),
            })
            .collect()
    }

    /// The items of a list, or the single value that stands for a list of one.
    pub(super) fn one_or_many(&self) -> Vec<Self> {
        match self.node.value {
            Value::Scalar { .. } => vec![self.clone()],
            _ => self.list(),
        }
    }

    /// Texts, each once.
    pub(super) fn texts(&self) -> Vec<String> {
        self.each_once(|item| item.text())
    }

    /// What `read` makes of each item, each once.
    pub(super) fn each_once<T: PartialEq>(&self, read: impl Fn(&Self) -> Option<T>) -> Vec<T> {
        let mut values = Vec::new();
        for item in self.one_or_many() {
            let Some(value) = read(&item) else { continue };
            if values.contains(&value) {
                item.mistake("repeated", "this item stands here twice", "remove one");
            } else {
                values.push(value);
            }
        }
        values
    }

    /// A map whose keys the administrator chooses, as identifiers.
    pub(super) fn by_id<T>(&self) -> Vec<(T, Self)>
    where
        T: TryFrom<String>,
        T::Error: std::fmt::Display,
    {
        let entries = self.by_name();
        entries
            .into_iter()
            .filter_map(|(name, reader)| Some((reader.checked_id(name)?, reader)))
            .collect()
    }

    /// A map whose keys the administrator chooses.
    pub(super) fn by_name(&self) -> Vec<(String, Self)> {
        let Value::Map(entries) = &self.node.value else {
            self.wrong_type("a map");
            return Vec::new();
        };
        let mut names = BTreeSet::new();
        let mut found = Vec::new();
        for entry in entries {
            let reader = self.below(entry);
            if names.insert(&entry.key) {
                found.push((entry.key.clone(), reader));
            } else {
                reader.repeated(&entry.key);
            }
        }
        found
    }

    fn repeated(&self, key: &str) {
        self.mistake(
            "repeated",
            format!("the key `{key}` stands here twice"),
            "keep one of them",
        );
    }

    /// A map with the keys of a section; nothing at all counts as an empty one.
    pub(super) fn section(&self, section: &'static Section) -> Option<Fields<'a>> {
        let entries = match &self.node.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Null => &[],
            _ => {
                self.wrong_type("a map");
                return None;
            }
        };
        let mut found: Vec<(&'a str, Self)> = Vec::new();
        for entry in entries {
            let reader = self.below(entry);
            if !section.knows(&entry.key) {
                reader.unknown(&entry.key, section);
            } else if found.iter().any(|(key, _)| *key == entry.key) {
                reader.repeated(&entry.key);
            } else {
                found.push((&entry.key, reader));
            }
        }
        Some(Fields::new(section, self.clone(), found))
    }

    fn unknown(&self, key: &str, section: &Section) {
        let from_file = format!("{key}_file");
        if section.knows(&from_file) {
            self.mistake(
                "inline_secret",
                format!("`{key}` would put a secret into this file"),
                format!("put it into a file of its own that only this service can read, and write `{from_file}: <path>`"),
            );
        } else {
            self.mistake(
                "unknown_key",
                format!("the key `{key}` is not known here"),
                section.remedy_for(key),
            );
        }
    }

    /// Notes that this value is risky in a configuration file that everybody on the machine can read.
    pub(super) fn warn_if_file_is_open(&self) {
        let open = self
            .surroundings()
            .mode(&self.context.file)
            .is_ok_and(|mode| mode & 0o004 != 0);
        if open {
            self.warn(
                "file_is_open",
                "everybody on this machine can read this file, and this value should not be read by everybody",
                format!("`chmod o= {}`, or move the value into a file of its own", self.context.file.display()),
            );
        }
    }

    /// The reader of the first of these keys that is there, in the map below `section`; else that of the map, or this
    /// one.
    pub(super) fn nearest(&self, section: &str, keys: &[&str]) -> Self {
        let below = self.child(section).unwrap_or_else(|| self.clone());
        keys.iter()
            .find_map(|key| below.child(key))
            .unwrap_or(below)
    }

    /// The reader of a key of this map, without a judgement.
    pub(super) fn child(&self, key: &str) -> Option<Self> {
        let Value::Map(entries) = &self.node.value else {
            return None;
        };
        let entry = entries.iter().find(|entry| entry.key == key)?;
        Some(self.below(entry))
    }

    /// A single value as it stands there, without a judgement.
    pub(super) fn written(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Is it a map?
    pub(super) fn is_map(&self) -> bool {
        matches!(self.node.value, Value::Map(_))
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.into()
    } else {
        format!("{path}.{key}")
    }
}
