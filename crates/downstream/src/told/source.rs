//! Where a value about a person comes from.
//!
//! Owns the words for it and the reading of a [`Person`].

use std::fmt;

use aws_lc_rs::digest;
use vestibule_core::identity::{Person, PersonId};

use super::View;

/// What a name or an attribute is filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The upstream's attribute of this name, with all its values.
    Attribute(String),
    /// The name to show.
    DisplayName,
    /// The last name.
    FamilyName,
    /// The first name.
    GivenName,
    /// The groups, as far as the application hears of them.
    Groups,
    /// An opaque id that never changes for a person, and tells nothing: 40 hexadecimal digits.
    Id,
    /// The mail address.
    Mail,
    /// The upstream's own name for the person.
    Subject,
    /// The user name: the first attribute of those that usually hold it.
    Username,
}

/// The sources that are one word.
const WORDS: [(&str, Source); 8] = [
    ("display_name", Source::DisplayName),
    ("family_name", Source::FamilyName),
    ("given_name", Source::GivenName),
    ("groups", Source::Groups),
    ("id", Source::Id),
    ("mail", Source::Mail),
    ("subject", Source::Subject),
    ("username", Source::Username),
];

/// What providers call a user name, and nothing that one of them calls something else: OpenID Connect core 5.1, local
/// accounts and Keycloak's SAML mapper, `uid` by its name and by its object identifier (RFC 4519 2.39), Active Directory.
const USERNAMES: [&str; 5] = [
    "preferred_username",
    "username",
    "uid",
    "urn:oid:0.9.2342.19200300.100.1.1",
    "sAMAccountName",
];

/// How many bytes of the hash are written: 160 bits.
const ID_BYTES: usize = 20;

impl Source {
    /// The source of this word, or `attribute:<name>`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word.split_once(':') {
            Some(("attribute", name)) if !name.is_empty() => Some(Self::Attribute(name.to_owned())),
            _ => WORDS
                .into_iter()
                .find_map(|(known, source)| (known == word).then_some(source)),
        }
    }

    /// What is there of it, without empty values.
    #[must_use]
    pub fn values(&self, view: View<'_>) -> Vec<String> {
        let person = view.person;
        let single = |value: &Option<String>| value.clone().into_iter().collect();
        let mut values: Vec<String> = match self {
            Self::Attribute(name) => person.attributes.get(name).cloned().unwrap_or_default(),
            Self::DisplayName => single(&person.display_name),
            Self::FamilyName => single(&person.family_name),
            Self::GivenName => single(&person.given_name),
            Self::Groups => view.groups().into_iter().collect(),
            Self::Id => vec![immutable_id(&person.id)],
            Self::Mail => single(&person.mail),
            Self::Subject => vec![person.subject.value.clone()],
            Self::Username => usernames(person),
        };
        values.retain(|value| !value.is_empty());
        values
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, "the attribute `{name}`"),
            Self::DisplayName => f.write_str("the name to show"),
            Self::FamilyName => f.write_str("the last name"),
            Self::GivenName => f.write_str("the first name"),
            Self::Groups => f.write_str("the groups"),
            Self::Id => f.write_str("the immutable id"),
            Self::Mail => f.write_str("the mail address"),
            Self::Subject => f.write_str("the upstream's own name"),
            Self::Username => f.write_str("the user name"),
        }
    }
}

/// The values of the first attribute that is there. The subject is no user name: most providers put an opaque id there.
fn usernames(person: &Person) -> Vec<String> {
    let known = |name: &&str| person.attributes.get(*name);
    let mut found = USERNAMES.iter().filter_map(known);
    found
        .find(|values| !values.is_empty())
        .cloned()
        .unwrap_or_default()
}

/// The person's immutable id: the same at each login and on each node, another one for each person, and nothing can be
/// read out of it. Applications keep accounts together by it when a mail address changes.
///
/// It is made from the upstream's id and the stable name there, so renaming an upstream changes it.
fn immutable_id(person: &PersonId) -> String {
    let text = format!("vestibule person\0{person}");
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let bytes = hash.as_ref().iter().take(ID_BYTES);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
