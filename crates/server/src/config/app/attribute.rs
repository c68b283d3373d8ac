//! What an application gets to know: `attributes` of `apps.<id>.saml`.
//!
//! Does not own the grammar of values: [`Template`] is it.

use vestibule_downstream::{
    saml::AttributeRule,
    told::{Source, Template},
};

use crate::config::{
    reader::Reader,
    setting::{Key, Section},
};

pub(super) const KEY: Key = Key::optional(
    "attributes",
    "a map: name → value, or a list with more to say about each",
    "by the preset",
    "Attributes that the application gets, by the name that it knows. A value is one of `mail`, `display_name`, `given_name`, `family_name`, `username`, `groups`, `id`, `subject`; `attribute:<name>` for the upstream's attribute of that name; `constant:<text>`; or a text with such words in braces, as in `{given_name} {family_name}`. What a person lacks is left out.",
);

/// Keys of one attribute in the list.
pub(super) const SECTION: Section = Section {
    path: "apps.<id>.saml.attributes[]",
    about: "One attribute, where its name alone does not say everything.",
    keys: &[
        Key::needed("name", "a text", "The name that the application knows."),
        Key::optional(
            "name_format",
            "`uri`, `basic`, `unspecified`, or a URI",
            "`uri` if the name has a colon, else `basic`",
            "What kind of name that is.",
        ),
        Key::optional(
            "friendly_name",
            "a text",
            "none",
            "A name for people who read the message.",
        ),
        Key::needed(
            "values",
            "one or more values, written as in the map",
            "What it is filled with. All values stand in one attribute, each once.",
        ),
        Key::optional(
            "when_empty",
            "a text",
            "none: the attribute is left out",
            "What stands there if there is no value: for an application that fails where the attribute is missing, such as Jira Data Center for groups.",
        ),
    ],
};

/// Reads the attributes.
pub(super) fn read(reader: &Reader<'_>) -> Vec<AttributeRule> {
    if reader.is_map() {
        let entries = reader.by_name().into_iter();
        return entries
            .filter_map(|(name, reader)| Some(AttributeRule::named(name, template(&reader)?)))
            .collect();
    }
    reader.list().iter().filter_map(one).collect()
}

fn one(reader: &Reader<'_>) -> Option<AttributeRule> {
    let fields = reader.section(&SECTION)?;
    let name = fields.get("name").and_then(|reader| reader.text());
    let name_format = fields.get("name_format").and_then(|reader| format(&reader));
    let friendly_name = fields.get("friendly_name");
    let friendly_name = friendly_name.and_then(|reader| reader.text());
    let values = fields.get("values");
    let values = values.map(|reader| reader.each_once(template));
    let when_empty = fields.get("when_empty").and_then(|reader| reader.text());
    let usual = AttributeRule::named(name?, Source::Id);
    Some(AttributeRule {
        name_format: name_format.or(usual.name_format),
        friendly_name,
        values: values?,
        when_empty,
        name: usual.name,
    })
}

/// One value.
pub(super) fn template(reader: &Reader<'_>) -> Option<Template> {
    let text = reader.text()?;
    Template::parse(&text)
        .map_err(|error| {
            reader.mistake(error.fault.code(), error.to_string(), error.fault.remedy());
        })
        .ok()
}

/// SAML core 8.2.
fn format(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    match text.as_str() {
        "basic" | "unspecified" | "uri" => Some(format!(
            "urn:oasis:names:tc:SAML:2.0:attrname-format:{text}"
        )),
        uri if uri.contains(':') => Some(text),
        _ => {
            reader.mistake(
                "unknown_word",
                format!("`{text}` is no kind of name"),
                "write `uri`, `basic`, `unspecified`, or the URI of another kind",
            );
            None
        }
    }
}
