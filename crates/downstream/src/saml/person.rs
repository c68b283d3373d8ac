//! What an application is told about a person.
//!
//! Owns where names and attributes come from. Does not own the mapping of upstream attributes: the person is made.

use std::{collections::BTreeSet, fmt};

use aws_lc_rs::digest;
use vestibule_core::identity::{Person, PersonId};
use vestibule_saml::issue::Attribute;

use super::settings::{AttributeRule, Source};

/// Where the upstream adapter puts an address that the provider does not vouch for.
const UNVERIFIED_EMAIL: &str = "unverified_email";

/// How many bytes of the hash are written: 160 bits.
const ID_BYTES: usize = 20;

/// The person's immutable id: the same at each login and on each node, another one for each person, and nothing can be
/// read out of it. Applications keep accounts together by it when a mail address changes.
///
/// It is made from the upstream's id and the stable name there, so renaming an upstream changes it.
pub(super) fn immutable_id(person: &PersonId) -> String {
    let text = format!("vestibule person\0{person}");
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let bytes = hash.as_ref().iter().take(ID_BYTES);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// What a person lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    source: Source,
    several: bool,
}

impl Missing {
    pub(super) fn code(&self) -> &'static str {
        match (&self.source, self.several) {
            (_, true) => "name_id_ambiguous",
            (Source::Mail, _) => "mail_missing",
            _ => "name_id_missing",
        }
    }

    /// Cause and remedy, for an administrator.
    pub(super) fn told(&self, person: &Person) -> String {
        let upstream = person.id.upstream();
        if self.several {
            return format!(
                "people are known to it by {}, and upstream `{upstream}` gave several values of it for {}; choose one with a single value",
                self.source, person.id
            );
        }
        let remedy = if self.source == Source::Mail
            && person.attributes.contains_key(UNVERIFIED_EMAIL)
        {
            format!(
                "upstream `{upstream}` sent one that it does not call verified (`email_verified`): verify it there, or set `email` of that upstream"
            )
        } else {
            format!(
                "map it below `upstreams.{upstream}.mapping` to the attribute that holds it; it sent {}",
                listed(person)
            )
        };
        format!(
            "people are known to it by {}, and {} has none; {remedy}",
            self.source, person.id
        )
    }
}

/// Names of attributes, never their values.
fn listed(person: &Person) -> String {
    let names: Vec<_> = person
        .attributes
        .keys()
        .take(20)
        .map(String::as_str)
        .collect();
    if names.is_empty() {
        "no attributes".to_owned()
    } else {
        names.join(", ")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, "the attribute `{name}`"),
            Self::Constant(_) => f.write_str("a constant"),
            Self::DisplayName => f.write_str("the name to show"),
            Self::FamilyName => f.write_str("the last name"),
            Self::GivenName => f.write_str("the first name"),
            Self::Groups => f.write_str("the groups"),
            Self::Id => f.write_str("the immutable id"),
            Self::Mail => f.write_str("the mail address"),
            Self::Subject => f.write_str("the upstream's own name"),
        }
    }
}

fn values(source: &Source, person: &Person) -> Vec<String> {
    let single = |value: &Option<String>| value.clone().into_iter().collect();
    match source {
        Source::Attribute(name) => person.attributes.get(name).cloned().unwrap_or_default(),
        Source::Constant(value) => vec![value.clone()],
        Source::DisplayName => single(&person.display_name),
        Source::FamilyName => single(&person.family_name),
        Source::GivenName => single(&person.given_name),
        Source::Groups => person.groups.iter().cloned().collect(),
        Source::Id => vec![immutable_id(&person.id)],
        Source::Mail => single(&person.mail),
        Source::Subject => vec![person.subject.value.clone()],
    }
}

/// The person's name towards an application: exactly one value.
pub(super) fn name_id(source: &Source, person: &Person) -> Result<String, Missing> {
    let distinct: BTreeSet<String> = values(source, person)
        .into_iter()
        .filter(|value| !value.is_empty())
        .collect();
    let several = distinct.len() > 1;
    match distinct.into_iter().next() {
        Some(name) if !several => Ok(name),
        _ => Err(Missing {
            source: source.clone(),
            several,
        }),
    }
}

/// Attributes with all their values in one element each: some readers take only the first of several elements of one
/// name (Jira Data Center refuses them). What a person lacks is left out.
pub(super) fn attributes(rules: &[AttributeRule], person: &Person) -> Vec<Attribute> {
    rules
        .iter()
        .filter_map(|rule| {
            let values = values(&rule.source, person);
            (!values.is_empty()).then(|| Attribute {
                name: rule.name.clone(),
                name_format: rule.name_format.clone(),
                friendly_name: None,
                values,
            })
        })
        .collect()
}
