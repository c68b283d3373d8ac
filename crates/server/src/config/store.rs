//! Where everything that lasts is kept: `store`.

use std::path::Path;

use secrecy::ExposeSecret;
use url::Url;
use vestibule_store::StoreUrl;
use vestibule_upstream::http::is_loopback;

use super::{
    file,
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// The database without `store`.
const USUAL: &str = "vestibule.db";

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::optional(
    "store",
    "`sqlite:<file>`, `postgres://…`, or a map",
    "sqlite:vestibule.db",
    "Where everything that lasts is kept. SQLite for one machine; PostgreSQL for more than one.",
)
.danger("A PostgreSQL server on another machine is spoken to over verified TLS unless the address says `sslmode=disable`. `\"sqlite::memory:\"` (in quotes) forgets every factor when the program ends.");

/// Keys of the map form.
pub(super) const SECTION: Section = Section {
    path: "store",
    about: "The address of PostgreSQL from elsewhere, since it usually holds a password.",
    keys: &[
        Key::optional("url_file", "a file", "none", "A file with the address."),
        Key::optional(
            "url_env",
            "name of an environment variable",
            "none",
            "An environment variable with the address.",
        ),
    ],
};

/// Reads the topic.
pub(super) fn read(fields: &Fields<'_>, usual_folder: &Path) -> Option<StoreUrl> {
    let Some(reader) = fields.get("store") else {
        return Some(StoreUrl::in_file(usual_folder.join(USUAL)));
    };
    if reader.is_map() {
        let source = file::secret(&reader.section(&SECTION)?, "url_file", "url_env", false)?;
        let text = source.read_from(reader.surroundings()).ok()?;
        return address(&reader, text.expose_secret(), true);
    }
    address(&reader, &reader.text()?, false)
}

fn address(reader: &Reader<'_>, text: &str, may_hold_password: bool) -> Option<StoreUrl> {
    match text.split_once(':') {
        Some(("sqlite", ":memory:")) => {
            reader.warn(
                "store_forgets",
                "everything is forgotten when the program ends: people set up their factor anew after each start",
                "name a file: `sqlite:vestibule.db`",
            );
            parsed(reader, text)
        }
        Some(("sqlite", path)) if !path.is_empty() && !path.starts_with("file:") => {
            Some(in_file(reader, &reader.resolve(path)))
        }
        Some(("postgres" | "postgresql", _)) => postgres(reader, text, may_hold_password),
        _ => {
            // The text is not repeated: it may hold a password.
            reader.mistake(
                "bad_store",
                "this is not the address of a store",
                "write `sqlite:vestibule.db` or `postgres://user@host/database`",
            );
            None
        }
    }
}

/// A database that is not there is made; a folder that is not there is a slip of the pen, or a disk that is not mounted.
fn in_file(reader: &Reader<'_>, database: &Path) -> StoreUrl {
    let folder = database.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !reader.surroundings().has_folder(folder)) {
        reader.mistake(
            "store_folder_missing",
            format!(
                "the folder {} of the database does not exist",
                folder.display()
            ),
            "make it, owned by the service's user, or name another one",
        );
    }
    StoreUrl::in_file(database.to_owned())
}

fn postgres(reader: &Reader<'_>, text: &str, may_hold_password: bool) -> Option<StoreUrl> {
    // Several hosts, and sockets for hosts, are fine for the driver but no URL.
    let url = Url::parse(text).ok();
    let password_in_query = text
        .split(['?', '&'])
        .skip(1)
        .any(|pair| pair.starts_with("password="));
    let password_before_at = text
        .split_once("//")
        .and_then(|(_, rest)| rest.split('/').next())
        .and_then(|authority| authority.rsplit_once('@'))
        .is_some_and(|(user, _)| user.contains(':'));
    if !may_hold_password && (password_in_query || password_before_at) {
        reader.mistake(
            "inline_secret",
            "the address would put a password into this file",
            "put the address into a file of its own that only this service can read, and write `store: { url_file: <path> }`",
        );
        return None;
    }
    let stays_here = url
        .as_ref()
        .is_some_and(|url| is_loopback(url) || url.host_str().is_none_or(str::is_empty));
    if text.contains("sslmode=disable") && !stays_here {
        reader.warn(
            "store_in_plain_text",
            "what goes to this PostgreSQL server and comes from it can be read on the way",
            "remove `sslmode=disable`; name the authority's certificate with `sslrootcert=` if it is your own",
        );
    }
    parsed(reader, text)
}

fn parsed(reader: &Reader<'_>, text: &str) -> Option<StoreUrl> {
    StoreUrl::parse(text)
        .map_err(|error| {
            reader.mistake(
                "bad_store",
                error.to_string(),
                "write it as `psql` takes it: `postgres://user@host/database?sslmode=verify-full`",
            );
        })
        .ok()
}
