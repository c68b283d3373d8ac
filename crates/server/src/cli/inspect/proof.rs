//! What a message of an identity provider proves.
//!
//! Owns the fields that assertions, tokens and signed redirects have in common, as they are told. Does not judge.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use vestibule_core::identity::Attributes;

use super::report::{Lines, Statement};

/// What an accepted message says of a person.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Proof {
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
}

impl Statement for Proof {
    fn tell(&self, lines: &mut Lines) {
        lines.add("Message", self.message);
        lines.add("Issuer", Some(&self.issuer));
        lines.add("Id", self.message_id.as_deref());
        lines.add("Answers", self.in_response_to.as_deref());
        lines.add("Destination", self.destination.as_deref());
        lines.add("RelayState", self.relay_state.as_deref());
        lines.add("Subject", self.subject.as_deref());
        lines.add("Format", self.format.as_deref());
        lines.add("AuthnContext", self.authn_context.as_deref());
        lines.add(
            "Authenticated",
            self.authenticated_at.map(moment).as_deref(),
        );
        lines.add("Session", self.session_index.as_deref());
        lines.table("Attributes", self.attributes.iter());
        for name in &self.not_compared {
            lines.note(&format!("{name}: not in the token, not compared"), true);
        }
    }
}

/// A moment, as people read it.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
