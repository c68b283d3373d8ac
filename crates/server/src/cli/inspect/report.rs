//! A verdict, for machines and for people.
//!
//! Owns the form of the output. Values of messages are told as they are to machines; for a terminal, what could pretend
//! to be something else is escaped. No secret is told: there is none in what a message proves.

use aws_lc_rs::digest;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;
use vestibule_core::identity::Attributes;
use vestibule_upstream::Rejection;

use super::Failure;
use crate::rejections;

/// What an accepted message says.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Accepted {
    /// NameID or `sub`; null if the message names nobody.
    pub(super) subject: Option<String>,
    /// Format of the NameID; null for what is none.
    pub(super) format: Option<String>,
    /// Values by name, in the order of the message.
    pub(super) attributes: Attributes,
    /// `AuthnContextClassRef` or `acr`.
    pub(super) authn_context: Option<String>,
    /// `SessionIndex` or `sid`.
    pub(super) session_index: Option<String>,
    /// Entity ID or issuer.
    pub(super) issuer: String,
    /// `ID` of assertion or message, or `jti`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_id: Option<String>,
    /// When the person was authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) authenticated_at: Option<DateTime<Utc>>,
    /// Which message came by redirect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) destination: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) in_response_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relay_state: Option<String>,
    /// What was given to compare, and has nothing in the message to be compared with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) not_compared: Vec<&'static str>,
    /// What makes it this message and no other, for `--replay`.
    #[serde(skip)]
    pub(super) once: [u8; 32],
}

impl Accepted {
    /// An empty report on the message that these parts identify.
    pub(super) fn once(parts: &[&str]) -> Self {
        let mut digest = digest::Context::new(&digest::SHA256);
        for part in parts {
            digest.update(&part.len().to_be_bytes());
            digest.update(part.as_bytes());
        }
        let mut once = [0; 32];
        for (to, from) in once.iter_mut().zip(digest.finish().as_ref()) {
            *to = *from;
        }
        Self {
            once,
            ..Self::default()
        }
    }
}

/// A verdict as one line of JSON.
pub(super) fn json(id: &Value, verdict: Result<&Accepted, &Rejection>) -> Result<String, Failure> {
    #[derive(Serialize)]
    struct Yes<'a> {
        id: &'a Value,
        accepted: bool,
        #[serde(flatten)]
        message: &'a Accepted,
    }
    #[derive(Serialize)]
    struct No<'a> {
        id: &'a Value,
        accepted: bool,
        rejection: &'a str,
        detail: &'a str,
    }
    Ok(match verdict {
        Ok(message) => serde_json::to_string(&Yes {
            id,
            accepted: true,
            message,
        })?,
        Err(rejection) => serde_json::to_string(&No {
            id,
            accepted: false,
            rejection: rejection.code,
            detail: &rejection.detail,
        })?,
    })
}

/// A verdict for a person.
pub(super) fn in_words(verdict: Result<&Accepted, &Rejection>) -> String {
    match verdict {
        Ok(accepted) => told(accepted),
        Err(rejection) => diagnosed(rejection),
    }
}

fn told(accepted: &Accepted) -> String {
    let mut lines = vec!["accepted: the signature and every check hold".to_owned()];
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            lines.push(format!("  {name:<14}{}", shown(value)));
        }
    };
    add("Message", accepted.message);
    add("Issuer", Some(&accepted.issuer));
    add("Id", accepted.message_id.as_deref());
    add("Answers", accepted.in_response_to.as_deref());
    add("Destination", accepted.destination.as_deref());
    add("RelayState", accepted.relay_state.as_deref());
    add("Subject", accepted.subject.as_deref());
    add("Format", accepted.format.as_deref());
    add("AuthnContext", accepted.authn_context.as_deref());
    let at = accepted.authenticated_at;
    let at = at.map(|moment| moment.to_rfc3339_opts(SecondsFormat::Secs, true));
    add("Authenticated", at.as_deref());
    add("Session", accepted.session_index.as_deref());
    if !accepted.attributes.is_empty() {
        lines.push("  Attributes".to_owned());
    }
    for (name, values) in &accepted.attributes {
        let values: Vec<String> = values.iter().map(|value| shown(value)).collect();
        lines.push(format!("    {}: {}", shown(name), values.join(", ")));
    }
    for name in &accepted.not_compared {
        lines.push(format!("  {name}: not in the token, not compared"));
    }
    lines.join("\n")
}

fn diagnosed(rejection: &Rejection) -> String {
    let mut lines = vec![
        format!("rejected: {}", rejection.code),
        format!("  What     {}", shown(&rejection.detail)),
    ];
    if let Some(known) = rejections::find(rejection.code) {
        lines.push(format!("  Meaning  {}", known.meaning));
        lines.push(format!("  Remedy   {}", known.remedy));
    }
    lines.join("\n")
}

/// A value of a message, so that no terminal is led to do or show something else.
fn shown(value: &str) -> String {
    let harmless = |c: char| !c.is_control() && (c.is_ascii() || c.escape_debug().len() == 1);
    if value.chars().all(harmless) {
        value.to_owned()
    } else {
        format!("{value:?}")
    }
}
