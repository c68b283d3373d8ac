//! What a relying party gets to know: `claims` of `apps.<id>.oidc`.
//!
//! Does not own the grammar of values: [`Template`] is it.

use vestibule_downstream::{
    oidc::{ClaimRule, ClaimShape},
    told::{Source, Template},
};

use super::super::attribute::template;
use crate::config::{
    reader::Reader,
    setting::{Key, Section},
};

pub(super) const KEY: Key = Key::optional(
    "claims",
    "a map: name → value, or a list with more to say about each",
    "those of the scopes",
    "Further claims, or others in the place of those of the scopes. A value is written as below `attributes` of a SAML application. What stands in the map always comes, and is a text; `groups` alone is a list. What a person lacks is left out.",
);

/// Keys of one claim in the list.
pub(in super::super) const SECTION: Section = Section {
    path: "apps.<id>.oidc.claims[]",
    about: "One claim, where its name alone does not say everything.",
    keys: &[
        Key::needed("name", "a text", "The name that the application knows."),
        Key::needed(
            "values",
            "one or more values, written as in the map",
            "What it is filled with.",
        ),
        Key::optional(
            "scope",
            "a text",
            "none: it always comes",
            "The scope that brings it; it must stand in `scopes`.",
        ),
        Key::optional(
            "list",
            "`true` or `false`",
            "false",
            "It is a list, also with one value or none. A claim that is no list is left out for a person with several values.",
        ),
        Key::optional(
            "when_empty",
            "a text",
            "none",
            "What stands there if there is no value.",
        ),
    ],
};

/// Reads the claims.
pub(super) fn read(reader: &Reader<'_>) -> Vec<ClaimRule> {
    if reader.is_map() {
        let entries = reader.by_name().into_iter();
        return entries
            .filter_map(|(name, reader)| Some(short(name, template(&reader)?)))
            .collect();
    }
    reader.list().iter().filter_map(one).collect()
}

fn short(name: String, value: Template) -> ClaimRule {
    let is_list = value == Template::from(Source::Groups);
    ClaimRule {
        name,
        scope: None,
        values: vec![value],
        shape: shape(is_list),
        when_empty: None,
    }
}

fn one(reader: &Reader<'_>) -> Option<ClaimRule> {
    let fields = reader.section(&SECTION)?;
    let name = fields.get("name").and_then(|reader| reader.text());
    let values = fields.get("values");
    let values = values.map(|reader| reader.each_once(template));
    let scope = fields.get("scope").and_then(|reader| reader.text());
    let list = fields.get("list").and_then(|reader| reader.flag());
    let when_empty = fields.get("when_empty").and_then(|reader| reader.text());
    Some(ClaimRule {
        name: name?,
        scope,
        values: values?,
        shape: shape(list.unwrap_or_default()),
        when_empty,
    })
}

fn shape(is_list: bool) -> ClaimShape {
    if is_list {
        ClaimShape::List
    } else {
        ClaimShape::Text
    }
}
