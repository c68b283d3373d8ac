//! What an application gets to know, and under which name: `name_id` and `attributes`.

use std::collections::BTreeMap;

use crate::config::reader::Reader;

/// What an attribute or a NameID is filled with.
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
    /// The groups.
    Groups,
    /// Our key for the person, `upstream/name`.
    Id,
    /// The mail address.
    Mail,
    /// The upstream's own name for the person.
    Subject,
}

/// What people are known by.
pub(super) fn name_id(reader: &Reader<'_>) -> Option<Source> {
    match source(reader)? {
        found @ (Source::Attribute(_) | Source::Id | Source::Mail | Source::Subject) => Some(found),
        _ => {
            reader.mistake(
                "unknown_word",
                "people cannot be known by this",
                "write `mail`, `id`, `subject`, or `attribute:<name>`",
            );
            None
        }
    }
}

/// Attributes by the name that the application knows.
pub(super) fn attributes(reader: &Reader<'_>) -> BTreeMap<String, Source> {
    reader
        .by_name()
        .into_iter()
        .filter_map(|(name, reader)| Some((name, source(&reader)?)))
        .collect()
}

fn source(reader: &Reader<'_>) -> Option<Source> {
    let text = reader.text()?;
    let found = match text.as_str() {
        "display_name" => Source::DisplayName,
        "family_name" => Source::FamilyName,
        "given_name" => Source::GivenName,
        "groups" => Source::Groups,
        "id" => Source::Id,
        "mail" => Source::Mail,
        "subject" => Source::Subject,
        other => match other.strip_prefix("attribute:") {
            Some(name) if !name.is_empty() => Source::Attribute(name.into()),
            _ => {
                reader.mistake(
                    "unknown_word",
                    format!("`{text}` is not known here"),
                    "write `mail`, `display_name`, `given_name`, `family_name`, `groups`, `id`, `subject`, or `attribute:<name>` for an attribute of the upstream",
                );
                return None;
            }
        },
    };
    Some(found)
}
