//! How people are told what happened to their account: `notify`.

use std::{net::IpAddr, path::PathBuf};

use vestibule_notify::Tls;

use super::{
    file::{self, SecretSource},
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// How people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notify {
    /// Each message becomes a file in this folder: for trials.
    Folder(PathBuf),
    /// Not at all.
    Nobody,
    /// By mail.
    Smtp(Box<Smtp>),
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub security: Tls,
    /// A certificate authority to believe besides the system's, PEM.
    pub authority: Option<String>,
    /// User name and password there.
    pub login: Option<SmtpLogin>,
    /// The sender's address.
    pub from: String,
}

/// Our account at the mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpLogin {
    /// User name.
    pub username: String,
    /// Password.
    pub password: SecretSource,
}

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::optional(
    "notify",
    "a map",
    "none",
    "How people are told that a factor was added, removed or used up. Exactly one of `smtp` and `file`.",
)
.danger("Without it nobody learns that somebody else set up a factor in their name.");

/// Keys of this section.
pub(super) const SECTION: Section = Section {
    path: "notify",
    about: "How people are told what happened to their account. Exactly one of `smtp` and `file`.",
    keys: &[
        Key::optional("smtp", "a map", "none", "By mail."),
        Key::optional(
            "file",
            "a folder",
            "none",
            "Each message becomes a file in this folder: for trials.",
        ),
    ],
};

/// Keys below `smtp`.
pub(super) const SMTP: Section = Section {
    path: "notify.smtp",
    about: "A mail server.",
    keys: &[
        Key::needed(
            "host",
            "a host name",
            "Its name, which its certificate must bear.",
        ),
        Key::optional(
            "port",
            "a number",
            "587 with `starttls`, 465 with `tls`, 25 with `danger_none`",
            "Its port.",
        ),
        Key::optional(
            "security",
            "`starttls`, `tls` or `danger_none`",
            "starttls",
            "How the way there is protected; without protection nothing is sent.",
        )
        .danger("`danger_none` sends mail, and the password, in plain text."),
        Key::optional(
            "authority_file",
            "a PEM file",
            "none",
            "A certificate authority of the organisation that is believed besides the system's.",
        ),
        Key::needed("from", "a mail address", "The sender's address."),
        Key::optional(
            "username",
            "a text",
            "none",
            "Our account there, with `password_file` or `password_env`.",
        ),
        Key::optional("password_file", "a file", "none", "Its password."),
        Key::optional(
            "password_env",
            "name of an environment variable",
            "none",
            "The same from the environment.",
        ),
    ],
};

/// All sections of this topic.
pub(super) const SECTIONS: [&Section; 2] = [&SECTION, &SMTP];

/// Reads the topic.
pub(super) fn read(fields: &Fields<'_>) -> Option<Notify> {
    let Some(reader) = fields.get("notify") else {
        fields.whole().warn(
            "no_notices",
            "`notify` is missing: nobody learns that a factor was set up or removed in their name",
            "add `notify: { smtp: … }`",
        );
        return Some(Notify::Nobody);
    };
    let section = reader.section(&SECTION)?;
    match section.exactly_one(&["smtp", "file"], false)? {
        ("file", reader) => Some(Notify::Folder(reader.resolve(&reader.text()?))),
        (_, reader) => smtp(&reader).map(|smtp| Notify::Smtp(Box::new(smtp))),
    }
}

fn smtp(reader: &Reader<'_>) -> Option<Smtp> {
    let fields = reader.section(&SMTP)?;
    let host = fields.get("host").and_then(|reader| host(&reader));
    let security = fields.get("security").and_then(|reader| {
        reader.one_of(&[
            ("danger_none", Tls::DangerNone),
            ("starttls", Tls::Starttls),
            ("tls", Tls::Implicit),
        ])
    });
    let security = security.unwrap_or(Tls::Starttls);
    let port = fields
        .get("port")
        .and_then(|reader| reader.number(1, u16::MAX));
    let from = fields.get("from").and_then(|reader| sender(&reader));
    let authority = fields.get("authority_file");
    let authority = authority.and_then(|reader| authority_file(&reader));
    let login = login(&fields);
    let host = host?;
    let stays_here = host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    if let (Tls::DangerNone, false, Some(reader)) = (security, stays_here, fields.get("security")) {
        reader.warn(
            "mail_in_plain_text",
            "mail goes to this server in plain text",
            "use `starttls` or `tls`",
        );
    }
    Some(Smtp {
        host,
        port: port.unwrap_or_else(|| security.usual_port()),
        security,
        authority,
        login,
        from: from?,
    })
}

fn authority_file(reader: &Reader<'_>) -> Option<String> {
    let path = file::certificate_file(reader)?;
    let content = reader.surroundings().read(&path).ok()?;
    String::from_utf8(content).ok()
}

fn login(fields: &Fields<'_>) -> Option<SmtpLogin> {
    let username = fields.get("username");
    let password = file::secret(fields, "password_file", "password_env", username.is_none());
    match (username, password) {
        (Some(username), Some(password)) => Some(SmtpLogin {
            username: username.text()?,
            password,
        }),
        (None, Some(_)) => {
            fields.whole().mistake(
                "missing",
                "there is a password but no `username`",
                "add `username`, or remove the password",
            );
            None
        }
        (_, None) => None,
    }
}

fn host(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    if url::Host::parse(&text).is_err() && text.parse::<IpAddr>().is_err() {
        reader.mistake(
            "bad_host",
            format!("`{text}` is not a host name"),
            "write the name only, without `smtp://` and without a port",
        );
        return None;
    }
    Some(text)
}

fn sender(reader: &Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    // A name may stand before it: `Vestibule <sso@acme.example>`.
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => &text,
    };
    let fits = address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !address.contains([' ', '<', '>', ','])
    });
    if !fits {
        reader.mistake(
            "bad_mail",
            format!("`{text}` is not a mail address"),
            "write for example `sso@acme.example` or `Single sign-on <sso@acme.example>`",
        );
        return None;
    }
    Some(text)
}
