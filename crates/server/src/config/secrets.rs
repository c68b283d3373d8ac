//! The key that everything secret in the store is sealed with: `secrets`.

use std::path::PathBuf;

use vestibule_store::StoreUrl;

use super::{
    file,
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// The variable that is looked at when nothing is configured.
pub const MASTER_KEY_VARIABLE: &str = "VESTIBULE_MASTER_KEY";
/// The file that is used when nothing is configured, beside the database.
const MASTER_KEY_FILE: &str = "master.key";

/// Where the master key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterKeySource {
    /// A file with base 64; it is made on the first start if it is not there.
    File(PathBuf),
    /// There is none to keep: the store forgets everything too.
    Fresh,
    /// An environment variable with base 64.
    Variable(String),
}

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::optional(
    "secrets",
    "a map",
    "see below",
    "Where the master key comes from.",
);

/// Keys of this section.
pub(super) const SECTION: Section = Section {
    path: "secrets",
    about: "The master key: 32 random bytes in base 64 (`openssl rand -base64 32`). Seeds and private keys in the store are sealed with it. Without this section the environment variable `VESTIBULE_MASTER_KEY` is taken if it is set, else the file `master.key` beside the SQLite database, which is made on the first start.",
    keys: &[
        Key::optional(
            "master_key_file",
            "a file",
            "`master.key` beside the SQLite database",
            "A file with the master key. With SQLite, and where there is no database yet, the first start makes it if it is not there.",
        )
        .danger("Without it the store cannot be read: everybody sets up their factor anew. Back it up, apart from the database. All nodes need the same."),
        Key::optional(
            "master_key_env",
            "name of an environment variable",
            "`VESTIBULE_MASTER_KEY`",
            "An environment variable with the master key.",
        ),
    ],
};

/// Reads the topic. `store` is `None` when it could not be read.
pub(super) fn read(fields: &Fields<'_>, store: Option<&StoreUrl>) -> Option<MasterKeySource> {
    if let Some(reader) = fields.get("secrets") {
        let section = reader.section(&SECTION)?;
        let (key, reader) = section.exactly_one(&["master_key_file", "master_key_env"], false)?;
        return match key {
            "master_key_file" => key_file(&reader).map(MasterKeySource::File),
            _ => variable(&reader).map(MasterKeySource::Variable),
        };
    }
    let surroundings = fields.whole().surroundings();
    if surroundings.variable(MASTER_KEY_VARIABLE).is_some() {
        return Some(MasterKeySource::Variable(MASTER_KEY_VARIABLE.into()));
    }
    match store? {
        store if store.forgets() => Some(MasterKeySource::Fresh),
        store => {
            if let Some(path) = store.file() {
                return Some(MasterKeySource::File(path.with_file_name(MASTER_KEY_FILE)));
            }
            fields.whole().mistake(
                "missing",
                "nothing says where the master key is, and the nodes on one PostgreSQL server need the same",
                "add `secrets: { master_key_file: <path> }`, or set the environment variable VESTIBULE_MASTER_KEY",
            );
            None
        }
    }
}

fn key_file(reader: &Reader<'_>) -> Option<PathBuf> {
    let path = reader.resolve(&reader.text()?);
    // It may be absent: the first start makes it.
    if reader.surroundings().mode(&path).is_ok() {
        file::private_file(reader)?;
    }
    Some(path)
}

fn variable(reader: &Reader<'_>) -> Option<String> {
    let name = reader.text()?;
    if reader.surroundings().variable(&name).is_none() {
        reader.mistake(
            "secret_unreadable",
            format!("the environment variable {name} is not set"),
            "set it for this service, or use `master_key_file`",
        );
        return None;
    }
    Some(name)
}
