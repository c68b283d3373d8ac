//! Which groups an application hears of: `apps.<id>.groups`.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_downstream::told::GroupFilter;

use crate::config::{
    reader::Reader,
    setting::{Key, Section},
};

/// Keys of the section.
pub(super) const SECTION: Section = Section {
    path: "apps.<id>.groups",
    about: "Which groups the application hears of. Names are compared character by character. Policy sees all groups of a person, whatever stands here.",
    keys: &[
        Key::optional("only", "one or more names", "all", "Groups of these names."),
        Key::optional(
            "prefix",
            "one or more texts",
            "all",
            "Groups whose names begin with one of these, besides those in `only`.",
        ),
        Key::optional(
            "rename",
            "a map: name → other name",
            "none",
            "What the application calls a group. A group that stands here is let through.",
        ),
    ],
};

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>) -> Option<GroupFilter> {
    let fields = reader.section(&SECTION)?;
    let texts = |key| {
        let reader: Option<Reader<'_>> = fields.get(key);
        let texts = reader.map(|reader| reader.texts()).unwrap_or_default();
        texts.into_iter().collect::<BTreeSet<String>>()
    };
    let (only, prefixes) = (texts("only"), texts("prefix"));
    let rename = fields.get("rename");
    let rename = rename.map(|reader| reader.by_name()).unwrap_or_default();
    let rename = rename
        .into_iter()
        .filter_map(|(name, reader)| Some((name, reader.text()?)));
    Some(GroupFilter {
        only,
        prefixes,
        rename: rename.collect::<BTreeMap<_, _>>(),
    })
}
