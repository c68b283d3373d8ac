//! What an application calls people: `name_id` and `name_id_format` of `apps.<id>.saml`.

use vestibule_downstream::{saml::NameIdFormat, told::Source};

use crate::config::{
    reader::{Fields, Reader},
    setting::Key,
};

pub(super) const NAME_ID: Key = Key::optional(
    "name_id",
    "`mail`, `username`, `id`, `subject`, or `attribute:<name>`",
    "by the preset; else `mail`",
    "What the NameID holds, unless its format is `persistent` or `transient`. `id` is an opaque id of 40 hexadecimal digits that never changes for a person; `username` is the first of `preferred_username`, `username`, `uid` (also by its OID) and `sAMAccountName` that the upstream sends.",
)
.danger("The application knows people by it. A value that people can set themselves at the upstream, or that two upstreams give to two people, is a way into somebody else's account.");

pub(super) const FORMAT: Key = Key::optional(
    "name_id_format",
    "one or more of `email`, `persistent`, `transient`, `unspecified`, or a URI",
    "by the preset; else `email`",
    "The NameID's format; the application may ask for the others, and gets the first if it asks for none. A request for any other is refused, and told so (`InvalidNameIDPolicy`). `persistent` is an opaque name that no other application gets, `transient` another one at each login, `email` behind the first the mail address.",
);

/// What is said of names; what is `None` is by the preset.
pub(super) struct Said {
    pub(super) source: Option<Source>,
    /// The usual one, and the others.
    pub(super) formats: Option<(NameIdFormat, Vec<NameIdFormat>)>,
}

/// Reads these keys.
pub(super) fn read(fields: &Fields<'_>) -> Said {
    let name_id = fields.get(NAME_ID.name);
    let source_said = name_id.as_ref().and_then(source);
    let formats = fields.get(FORMAT.name);
    let formats = formats.map(|reader| reader.each_once(format));
    let formats = formats.unwrap_or_default();
    if let Some(reader) = name_id
        && !formats.is_empty()
        && formats.iter().all(NameIdFormat::is_made_here)
    {
        reader.mistake(
            "not_together",
            "names of these formats are made here, so nothing is filled with this",
            "remove this, or add another format",
        );
    }
    let mut formats = formats.into_iter();
    Said {
        source: source_said,
        formats: formats.next().map(|usual| (usual, formats.collect())),
    }
}

fn source(reader: &Reader<'_>) -> Option<Source> {
    let text = reader.text()?;
    match Source::parse(&text) {
        Some(
            found @ (Source::Attribute(_)
            | Source::Id
            | Source::Mail
            | Source::Subject
            | Source::Username),
        ) => Some(found),
        _ => {
            reader.mistake(
                "unknown_word",
                "people cannot be known by this",
                "write `mail`, `username`, `id`, `subject`, or `attribute:<name>`",
            );
            None
        }
    }
}

fn format(reader: &Reader<'_>) -> Option<NameIdFormat> {
    let text = reader.text()?;
    match text.as_str() {
        "email" => Some(NameIdFormat::EmailAddress),
        "persistent" => Some(NameIdFormat::Persistent),
        "transient" => Some(NameIdFormat::Transient),
        "unspecified" => Some(NameIdFormat::Unspecified),
        uri if uri.contains(':') => Some(NameIdFormat::from(text)),
        _ => {
            reader.mistake(
                "unknown_word",
                format!("`{text}` is no format"),
                "write `email`, `persistent`, `transient`, `unspecified`, or the URI of another format",
            );
            None
        }
    }
}
