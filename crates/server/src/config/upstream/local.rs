//! People whose passwords we check ourselves: `upstreams.<id>.local`.
//!
//! Owns those who are written into the configuration. Those in the store are added with `vestibule user add`.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::identity::Username;
use vestibule_upstream::local::check_hash;

use crate::config::{
    file, is_mail_address,
    reader::Reader,
    setting::{Key, Section},
};

/// A person with a password of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPerson {
    /// Argon2id in the PHC string format.
    pub password_hash: String,
    /// Mail address.
    pub mail: Option<String>,
    /// Name to show.
    pub display_name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Groups.
    pub groups: BTreeSet<String>,
    /// Cannot log in.
    pub disabled: bool,
}

/// Keys of this section.
pub(super) const SECTION: Section = Section {
    path: "upstreams.<id>.local",
    about: "Accounts of our own. Add people with `vestibule user add`; those named here live in this file.",
    keys: &[Key::optional(
        "people",
        "a map: user name → person",
        "none",
        "People who live in this file; user names are compared in lower case.",
    )],
};

/// Keys of one person.
pub(super) const PERSON: Section = Section {
    path: "upstreams.<id>.local.people.<name>",
    about: "One person with a password of ours.",
    keys: &[
        Key::optional(
            "password_hash",
            "argon2id in the PHC string format, in quotes",
            "none",
            "The password's hash. This or `password_hash_file` is needed.",
        )
        .danger("Whoever can read it can try passwords at leisure: keep this file from others, or use `password_hash_file`."),
        Key::optional(
            "password_hash_file",
            "a file",
            "none",
            "The same from a file of its own.",
        ),
        Key::optional("mail", "a mail address", "none", "The mail address that applications get."),
        Key::optional("display_name", "a text", "none", "The name to show."),
        Key::optional("given_name", "a text", "none", "The first name."),
        Key::optional("family_name", "a text", "none", "The last name."),
        Key::optional("groups", "one or more texts", "none", "The person's groups."),
        Key::optional("disabled", "`true` or `false`", "false", "The person cannot log in."),
    ],
};

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>) -> Option<BTreeMap<String, LocalPerson>> {
    let fields = reader.section(&SECTION)?;
    let Some(people) = fields.get("people") else {
        return Some(BTreeMap::new());
    };
    let mut read = BTreeMap::new();
    for (name, reader) in people.by_name() {
        let Some(name) = Username::typed(&name).map(|name| name.to_string()) else {
            let longest = Username::LONGEST;
            reader.mistake(
                "user_name",
                format!("`{name}` is not a user name"),
                format!("use 1 to {longest} bytes without control characters"),
            );
            continue;
        };
        let Some(person) = person(&reader) else {
            continue;
        };
        if read.insert(name.clone(), person).is_some() {
            reader.mistake(
                "repeated",
                format!("`{name}` stands here twice; user names are compared in lower case"),
                "keep one of them",
            );
        }
    }
    Some(read)
}

fn person(reader: &Reader<'_>) -> Option<LocalPerson> {
    let fields = reader.section(&PERSON)?;
    let text = |key| fields.get(key).and_then(|reader: Reader<'_>| reader.text());
    let password_hash = fields
        .exactly_one(&["password_hash", "password_hash_file"], false)
        .and_then(|(key, reader)| match key {
            "password_hash" => hash_here(&reader),
            _ => hash_in_file(&reader),
        });
    let mail = fields.get("mail").and_then(|reader| mail_address(&reader));
    let groups = fields.get("groups").map(|reader| reader.texts());
    let disabled = fields.get("disabled").and_then(|reader| reader.flag());
    Some(LocalPerson {
        mail,
        display_name: text("display_name"),
        given_name: text("given_name"),
        family_name: text("family_name"),
        groups: groups.unwrap_or_default().into_iter().collect(),
        disabled: disabled.unwrap_or_default(),
        password_hash: password_hash?,
    })
}

fn hash_here(reader: &Reader<'_>) -> Option<String> {
    let hash = checked_hash(reader, &reader.text()?)?;
    reader.warn_if_file_is_open();
    Some(hash)
}

fn hash_in_file(reader: &Reader<'_>) -> Option<String> {
    let path = file::private_file(reader)?;
    let content = reader.surroundings().read(&path).ok()?;
    let text = String::from_utf8(content).unwrap_or_default();
    checked_hash(reader, text.trim())
}

fn checked_hash(reader: &Reader<'_>, text: &str) -> Option<String> {
    match check_hash(text) {
        Ok(_) => Some(text.into()),
        Err(error) => {
            reader.mistake(
                "bad_hash",
                format!("this hash cannot be used: {error}"),
                "keep the account in the store with `vestibule user add`, which makes the hash",
            );
            None
        }
    }
}

fn mail_address(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    if !is_mail_address(&text) {
        reader.mistake(
            "bad_mail",
            format!("`{text}` is not a mail address"),
            "write for example `alice@acme.example`",
        );
        return None;
    }
    Some(text)
}
