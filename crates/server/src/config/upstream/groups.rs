//! Which groups an upstream may speak of: `upstreams.<id>.groups`.

use vestibule_core::identity::GroupBounds;

use crate::config::{
    reader::Reader,
    setting::{Key, Section},
};

/// Keys of the section.
pub(super) const SECTION: Section = Section {
    path: "upstreams.<id>.groups",
    about: "Which groups this upstream may say somebody is in, by the names that the rules have. Names are compared byte for byte. What it says of others counts nowhere.",
    keys: &[
        Key::optional("only", "one or more names", "any", "Groups of these names."),
        Key::optional(
            "prefix",
            "one or more texts",
            "any",
            "Groups whose names begin with one of these, besides those in `only`.",
        ),
    ],
};

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>) -> Option<GroupBounds> {
    let fields = reader.section(&SECTION)?;
    let (only, prefix) = (fields.get("only"), fields.get("prefix"));
    if only.is_none() && prefix.is_none() {
        reader.mistake(
            "bounds_nothing",
            "it lets every group through",
            "name groups in `only` or beginnings of names in `prefix`, or remove it",
        );
        return None;
    }
    let texts = |reader: Option<Reader<'_>>| {
        let texts = reader.map(|reader| reader.texts());
        texts.unwrap_or_default().into_iter().collect()
    };
    Some(GroupBounds {
        only: texts(only),
        prefixes: texts(prefix),
    })
}
