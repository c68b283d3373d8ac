//! `vestibule inspect redirect-uri`.
//!
//! Owns what is registered for a client, as arguments. Does not judge.

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use vestibule_downstream::oidc::{Client, ClientKind, MAX_URI_BYTES};

use super::{
    Fault, Judge, Materials,
    report::{Accepted, Lines, Rejected, Statement},
    value::one_or_many,
};

/// What an address is held against.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    /// An address that is registered, to the letter; repeat it for more.
    #[arg(
        long,
        value_name = "URI",
        allow_hyphen_values = true,
        required_unless_present = "batch"
    )]
    #[serde(deserialize_with = "one_or_many")]
    registered: Vec<String>,
    /// The address that the application sent, decoded. Read from FILE unless given.
    #[arg(
        long,
        value_name = "URI",
        allow_hyphen_values = true,
        conflicts_with = "file"
    )]
    requested: Option<String>,
    /// What the application is. Only a native one may come with any port of a loopback address; a confidential one has
    /// no scheme of its own.
    #[arg(long, value_enum, value_name = "KIND", default_value_t)]
    client_kind: Kind,
    /// Let `http://localhost` be registered, as where the application is configured so.
    #[arg(long)]
    danger_allow_localhost: bool,
}

/// What a client is (RFC 6749 section 2.1, RFC 8252).
#[derive(Debug, Clone, Copy, Default, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// A server that keeps a secret or a key
    #[default]
    Confidential,
    /// An app that somebody installed
    Native,
    /// A public client otherwise, such as a script in a browser
    Public,
}

impl From<Kind> for ClientKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Confidential => Self::Confidential,
            Kind::Native => Self::Native,
            Kind::Public => Self::Public,
        }
    }
}

/// Why an address counts as registered.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Matched {
    /// The address.
    redirect_uri: String,
    /// How it is like one that is registered.
    matched: &'static str,
}

impl Statement for Matched {
    const HOLDS: &'static str = "accepted: the address is registered";

    fn tell(&self, lines: &mut Lines) {
        lines.add("Address", Some(&self.redirect_uri));
        lines.add("Matched", Some(self.matched));
    }
}

impl Judge for Settings {
    type Says = Matched;

    const LARGEST: usize = MAX_URI_BYTES;
    const TOO_LARGE: &'static str = "redirect_uri_too_long";
    const REPLAY: Result<(), &'static str> = Err("makes no sense here: an address is used again");

    /// White space belongs to an address, and makes it another one; all but the end of the line.
    fn bare(message: &[u8]) -> &[u8] {
        let line = message.strip_suffix(b"\n").unwrap_or(message);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    fn message(&self) -> Option<&str> {
        self.requested.as_deref()
    }

    fn judge(
        &self,
        message: &[u8],
        _: &mut Materials,
        _: DateTime<Utc>,
    ) -> Result<Accepted<Matched>, Fault> {
        let mut client = Client::new("", self.client_kind.into());
        for uri in &self.registered {
            let registered = if self.danger_allow_localhost {
                client.danger_register_localhost_uri(uri)
            } else {
                client.register_redirect_uri(uri)
            };
            registered.map_err(|fault| Rejected {
                code: fault.code(),
                detail: format!("{uri:?} cannot be registered: {fault}"),
            })?;
        }
        // What is not UTF-8 is no URI either, and is refused as that.
        let requested = String::from_utf8_lossy(message);
        let matched = client
            .judge_redirect_uri(&requested)
            .map_err(|mismatch| Rejected {
                code: mismatch.code(),
                detail: mismatch.to_string(),
            })?;
        Ok(Accepted {
            says: Matched {
                redirect_uri: requested.into_owned(),
                matched: matched.name(),
            },
            once: None,
        })
    }
}
