//! `vestibule inspect saml-redirect`.
//!
//! Owns what the receiver of a query would know, as arguments. Does not judge.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_upstream::saml::{MAX_QUERY_BYTES, RedirectTerms, Skew, check_metadata};

use super::{
    Fault, Judge, Materials,
    clock::Clock,
    idp::Idp,
    proof::Proof,
    report::{Accepted, Once},
};

/// What a query is held against.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    #[command(flatten)]
    #[serde(flatten)]
    idp: Idp,
    /// The query, as it was received; or the whole address with it. Read from FILE unless given.
    #[arg(long, value_name = "STRING", conflicts_with = "file")]
    query: Option<String>,
    /// The address that received the message; without it `Destination` is not compared.
    #[arg(long, value_name = "URL")]
    destination: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    clock: Clock,
    /// Accept SHA-1, which is broken, as where the upstream is configured so.
    #[arg(long)]
    danger_accept_sha1: bool,
}

impl Judge for Settings {
    type Says = Proof;

    const LARGEST: usize = MAX_QUERY_BYTES;
    const TOO_LARGE: &'static str = "binding_too_large";

    fn message(&self) -> Option<&str> {
        self.query.as_deref()
    }

    fn judge(
        &self,
        message: &[u8],
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<Accepted<Proof>, Fault> {
        let now = self.clock.at_or(now);
        let idp = self.idp.metadata(materials)?;
        check_metadata(&idp, "", now)?;
        let terms = RedirectTerms {
            idp: &idp,
            destination: self.destination.as_deref(),
            danger_accept_sha1: self.danger_accept_sha1,
            skew: Skew::capped(self.clock.skew_seconds()),
            now,
        };
        let message = terms.judge(query_of(message))?;
        let (subject, format) = match message.name_id {
            Some(name) => (Some(name.value), Some(name.format)),
            None => (None, None),
        };
        let once = Once::of(&[&message.issuer, &message.id]);
        let says = Proof {
            subject,
            format,
            session_index: message.session_index,
            message: Some(message.kind.name()),
            relay_state: message.relay_state,
            destination: message.destination,
            in_response_to: message.in_response_to,
            message_id: Some(message.id),
            issuer: message.issuer,
            ..Proof::default()
        };
        Ok(Accepted {
            says,
            once: Some(once),
        })
    }
}

/// The query of an address, or the query itself. What follows `#` in an address stays in the browser.
fn query_of(text: &[u8]) -> &[u8] {
    let is_address = text.starts_with(b"https://") || text.starts_with(b"http://");
    let mut parts = text.splitn(2, |byte| *byte == b'?');
    match (parts.next(), parts.next()) {
        (Some(_), Some(query)) if is_address => {
            query.split(|byte| *byte == b'#').next().unwrap_or_default()
        }
        (Some(b""), Some(query)) => query,
        _ => text,
    }
}
