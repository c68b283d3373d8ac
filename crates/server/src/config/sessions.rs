//! How long people stay known: `sessions`.

use vestibule_core::session::Limits;

use super::{
    duration,
    reader::Reader,
    setting::{Key, Section},
};

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::optional(
    "sessions",
    "a map",
    "see below",
    "How long somebody who logged in to one application reaches the next without being asked again.",
);

/// Keys of this section.
pub(super) const SECTION: Section = Section {
    path: "sessions",
    about: "The browser's single sign-on session. What an application takes of it is said there (`single_sign_on`), and how old a factor may be in the rules (`max_age`). The account page has limits of its own, 15 and 60 minutes, which nothing makes longer.",
    keys: &[
        Key::optional(
            "idle",
            "a length of time from `1m` to `24h`",
            "1h",
            "A session that was not used for so long is over. To open a further application is a use; what people do within one is not seen here.",
        )
        .danger("Whoever sits down at an unlocked computer within that time is let in to every application."),
        Key::optional(
            "absolute",
            "a length of time from `1m` to `24h`",
            "12h",
            "However much it is used, a session is over so long after the login at the identity provider. Sessions that began before a change keep their shorter end.",
        )
        .danger("So long somebody who was disabled at the identity provider, and not here, reaches further applications."),
    ],
};

/// Reads the topic.
pub(super) fn read(reader: Option<Reader<'_>>) -> Limits {
    let usual = Limits::USUAL;
    let Some(reader) = reader else {
        return usual;
    };
    let Some(fields) = reader.section(&SECTION) else {
        return usual;
    };
    let bounds = 60..=Limits::LONGEST.num_seconds();
    let read = |key| {
        let field = fields.get(key);
        field.and_then(|reader| duration::read(&reader, bounds.clone()))
    };
    let limits = Limits {
        idle: read("idle").unwrap_or(usual.idle),
        absolute: read("absolute").unwrap_or(usual.absolute),
    };
    if limits.idle > limits.absolute {
        reader.warn(
            "idle_has_no_effect",
            "a session ends before it can be idle for so long",
            "make `idle` shorter than `absolute`",
        );
    }
    limits
}
