//! The record of each decision.
//!
//! Owns what a record says. Does not own its order or its chain: the store numbers and chains records in the
//! transaction that they belong to.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{AnswerId, AppId, FactorKind, Reference, UpstreamId},
    identity::PersonId,
};

/// One decision, as it is written down. Values from outside are cut to [`LONGEST_TEXT`] bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub event: AuditEvent,
    /// How it ended.
    pub result: AuditResult,
    /// Why, as a stable code such as `audience_mismatch`; empty on plain success.
    pub reason: String,
    /// Why, in words for an administrator.
    pub detail: Option<String>,
    /// The login's reference.
    pub reference: Option<Reference>,
    /// Who.
    pub person: Option<PersonId>,
    /// For which application.
    pub app: Option<AppId>,
    /// Through which upstream.
    pub upstream: Option<UpstreamId>,
    /// With which factor.
    pub factor: Option<FactorKind>,
    /// By which policy rule.
    pub rule: Option<String>,
    /// From which address.
    pub address: Option<IpAddr>,
    /// What was issued, where something was: an assertion of ours whose id no record has is forged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerId>,
    /// The administrator, for actions on the command line.
    pub actor: Option<String>,
}

/// The longest text in a record, in bytes.
pub const LONGEST_TEXT: usize = 512;

impl AuditRecord {
    /// An empty record of an event.
    #[must_use]
    pub fn new(at: DateTime<Utc>, event: AuditEvent, result: AuditResult) -> Self {
        Self {
            at,
            event,
            result,
            reason: String::new(),
            detail: None,
            reference: None,
            person: None,
            app: None,
            upstream: None,
            factor: None,
            rule: None,
            address: None,
            answer: None,
            actor: None,
        }
    }

    /// Adds the factor.
    #[must_use]
    pub fn with_factor(self, kind: &FactorKind) -> Self {
        Self {
            factor: Some(kind.clone()),
            ..self
        }
    }

    /// Adds the policy rule.
    #[must_use]
    pub fn by_rule(self, rule: impl Into<String>) -> Self {
        Self {
            rule: Some(rule.into()),
            ..self
        }
    }

    /// Adds the reason, cut to the bound.
    #[must_use]
    pub fn because(mut self, code: &str, detail: Option<&str>) -> Self {
        self.reason = cut(code);
        self.detail = detail.map(cut);
        self
    }
}

fn cut(text: &str) -> String {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// What is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditEvent {
    /// An administrator changed a person, a factor or a key.
    Administration,
    /// A factor was set up, or its owner renamed or removed it.
    Enrolment,
    /// A factor was tried.
    Factor,
    /// A grant was made, or the application got its refusal.
    Login,
    /// Somebody was signed out, or an application asked for it.
    Logout,
    /// An application's message was judged.
    Request,
    /// An upstream's answer was judged.
    Upstream,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditResult {
    /// As the person hoped.
    Success,
    /// Not.
    Failure,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_a_character() {
        let now = DateTime::from_timestamp(0, 0).unwrap();
        let record = AuditRecord::new(now, AuditEvent::Upstream, AuditResult::Failure)
            .because("x", Some(&"é".repeat(400)));
        assert_eq!(record.detail.unwrap().len(), LONGEST_TEXT);
    }
}
