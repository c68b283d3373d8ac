//! What an application gets to know, and under which name: `name_id` and `attributes`.

use vestibule_downstream::saml::{AttributeRule, Source};

use crate::config::reader::Reader;

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
pub(super) fn attributes(reader: &Reader<'_>) -> Vec<AttributeRule> {
    reader
        .by_name()
        .into_iter()
        .filter_map(|(name, reader)| Some(AttributeRule::named(name, source(&reader)?)))
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
        other => match other.split_once(':') {
            Some(("attribute", name)) if !name.is_empty() => Source::Attribute(name.into()),
            Some(("constant", value)) if !value.is_empty() => Source::Constant(value.into()),
            _ => {
                reader.mistake(
                    "unknown_word",
                    format!("`{text}` is not known here"),
                    "write `mail`, `display_name`, `given_name`, `family_name`, `groups`, `id`, `subject`, `attribute:<name>` for an attribute of the upstream, or `constant:<text>`",
                );
                return None;
            }
        },
    };
    Some(found)
}
