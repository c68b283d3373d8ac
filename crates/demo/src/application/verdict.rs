//! What became of a Response, for people (a page) and for machines (JSON), from one value.
//!
//! Owns the words. Does not decide; that is [`super::callback`].

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Serialize;
use vestibule_saml::binding::BindingError;
use vestibule_saml::crypto::VerifyingKey;
use vestibule_saml::instant;
use vestibule_saml::response::{ResponseError, Status, Value, VerifiedAssertion};
use vestibule_saml::xml::{Document, Limits, names};

use super::Login;
use super::check::{Check, Outcome, Subject};
use crate::Service;

/// What a verdict is about.
pub(super) struct Evidence<'a> {
    pub(super) service: &'a Service,
    pub(super) login: &'a Login,
    /// Entity ID of the broker.
    pub(super) broker: &'a str,
    /// The moment of receipt.
    pub(super) now: DateTime<Utc>,
    /// The message as it came.
    pub(super) xml: &'a str,
}

/// Why a message is not taken, apart from what [`ResponseError`] says.
#[derive(Debug, thiserror::Error)]
pub(super) enum Rejection {
    #[error("This login was answered already. One login takes one answer.")]
    AlreadyAnswered,
    #[error("The form cannot be read: {0}")]
    Binding(BindingError),
    #[error(
        "No login that was begun here is answered by this message: its RelayState is unknown or too old."
    )]
    NobodyAsked,
    #[error("The form carries a request, not a Response.")]
    NotAResponse,
    #[error("This assertion was used already. Each is good for one login.")]
    Replayed,
    #[error("The login was begun for another address than the one that this message was sent to.")]
    WrongAddress,
}

impl Rejection {
    const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyAnswered => "login_answered",
            Self::Binding(error) => error.code(),
            Self::NobodyAsked => "login_unknown",
            Self::NotAResponse => "not_a_response",
            Self::Replayed => "replayed",
            Self::WrongAddress => "address_mismatch",
        }
    }
}

/// The three ways that it can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Ending {
    /// The person is in.
    Accepted,
    /// The broker says no, and signed it.
    Refused,
    /// The message is not believed.
    Rejected,
}

/// What became of a Response.
#[derive(Debug, Serialize, Template)]
#[template(path = "app_verdict.html")]
pub(super) struct Verdict {
    service: Option<&'static str>,
    service_id: Option<&'static str>,
    ending: Ending,
    /// `accepted`, or why not.
    code: String,
    summary: String,
    checks: Vec<Check>,
    person: Option<Person>,
    /// The message as it came.
    xml: String,
}

/// What the verified assertion says.
#[derive(Debug, Serialize)]
struct Person {
    name_id: String,
    name_id_format: String,
    authn_context: Option<String>,
    authn_instant: String,
    session_index: Option<String>,
    attributes: Vec<Attribute>,
}

#[derive(Debug, Serialize)]
struct Attribute {
    name: String,
    values: Vec<String>,
}

impl Verdict {
    pub(super) fn is_accepted(&self) -> bool {
        self.ending == Ending::Accepted
    }

    /// Everything held.
    pub(super) fn accepted(
        evidence: &Evidence<'_>,
        key: Option<&VerifyingKey>,
        assertion: &VerifiedAssertion,
    ) -> Self {
        let mut checks = evidence.lines(&Subject::ALL, key);
        for check in &mut checks {
            if check.name == Subject::Times.name() {
                check.detail = format!(
                    "{}; nothing of it is taken after {}",
                    check.detail,
                    instant::format(assertion.remember_until())
                );
            }
        }
        Self {
            summary: "You are in. The assertion was verified, and everything below was checked."
                .to_owned(),
            person: Some(Person::of(assertion)),
            ..Self::about(evidence, Ending::Accepted, "accepted", checks)
        }
    }

    /// The broker says no, and it is the broker who says so.
    pub(super) fn refused(
        evidence: &Evidence<'_>,
        key: Option<&VerifyingKey>,
        status: &Status,
    ) -> Self {
        let reason = status.second_level.as_deref().unwrap_or(&status.code);
        let reason = reason.rsplit(':').next().unwrap_or(reason);
        let mut checks = evidence.lines(&Subject::AROUND_STATUS, key);
        if let Some(check) = checks
            .iter_mut()
            .find(|check| check.name == Subject::Status.name())
        {
            check.outcome = Outcome::Failed;
            check.detail = status.to_string();
        }
        let message = status
            .message
            .as_deref()
            .map(|text| format!(" It says: “{text}”"))
            .unwrap_or_default();
        Self {
            summary: format!(
                "You are not in: the identity provider refused this login ({reason}), and its refusal is signed.{message}"
            ),
            ..Self::about(evidence, Ending::Refused, "refusal_signed", checks)
        }
    }

    /// Verified, and yet too late.
    pub(super) fn not_now(
        evidence: &Evidence<'_>,
        key: Option<&VerifyingKey>,
        why: Rejection,
    ) -> Self {
        let mut checks = evidence.lines(&Subject::ALL, key);
        if let Some(check) = checks
            .iter_mut()
            .find(|check| check.name == Subject::Replay.name())
        {
            check.outcome = Outcome::Failed;
            check.detail = why.to_string();
        }
        Self {
            summary: why.to_string(),
            ..Self::about(evidence, Ending::Rejected, why.code(), checks)
        }
    }

    /// A check failed.
    pub(super) fn unverified(evidence: &Evidence<'_>, error: &ResponseError) -> Self {
        let failed = Subject::of(error);
        let mut checks = evidence.lines(&[], None);
        for check in &mut checks {
            if check.name == failed.name() {
                check.outcome = Outcome::Failed;
                check.detail = error.to_string();
            }
        }
        Self {
            summary: format!("This message is not believed: {error}."),
            ..Self::about(evidence, Ending::Rejected, error.code(), checks)
        }
    }

    /// Nothing could be checked.
    pub(super) fn rejected(service: Option<&Service>, xml: &str, why: Rejection) -> Self {
        Self {
            service: service.map(|service| service.name),
            service_id: service.map(|service| service.id),
            ending: Ending::Rejected,
            code: why.code().to_owned(),
            summary: why.to_string(),
            checks: Vec::new(),
            person: None,
            xml: xml.to_owned(),
        }
    }

    fn about(evidence: &Evidence<'_>, ending: Ending, code: &str, checks: Vec<Check>) -> Self {
        Self {
            service: Some(evidence.service.name),
            service_id: Some(evidence.service.id),
            ending,
            code: code.to_owned(),
            summary: String::new(),
            checks,
            person: None,
            xml: evidence.xml.to_owned(),
        }
    }

    /// Used by the template.
    fn heading(&self) -> &'static str {
        match self.ending {
            Ending::Accepted => "Logged in",
            Ending::Refused => "Refused",
            Ending::Rejected => "Not accepted",
        }
    }

    /// Used by the template: the class of the heading.
    fn class(&self) -> &'static str {
        match self.ending {
            Ending::Accepted => "accepted",
            Ending::Refused => "refused",
            Ending::Rejected => "rejected",
        }
    }
}

impl Evidence<'_> {
    /// All lines; those of `passed` with a tick.
    fn lines(&self, passed: &[Subject], key: Option<&VerifyingKey>) -> Vec<Check> {
        let line = |subject: Subject| {
            let has_passed = passed.contains(&subject);
            Check {
                name: subject.name(),
                outcome: if has_passed {
                    Outcome::Passed
                } else {
                    Outcome::Open
                },
                detail: if has_passed {
                    self.detail(subject, key)
                } else {
                    "not judged".to_owned()
                },
            }
        };
        Subject::ALL.into_iter().map(line).collect()
    }

    /// What was found, once it is known to hold.
    fn detail(&self, subject: Subject, key: Option<&VerifyingKey>) -> String {
        match subject {
            Subject::Form => "a SAML 2.0 Response, each part in its only place".to_owned(),
            Subject::Signature => match key {
                Some(key) => format!(
                    "of {}, by the certificate with SHA-256 fingerprint {}",
                    signed_parts(self.xml),
                    key.certificate().fingerprint
                ),
                None => format!("of {}", signed_parts(self.xml)),
            },
            Subject::Issuer => self.broker.to_owned(),
            Subject::Destination | Subject::Recipient => self.service.acs_url.clone(),
            Subject::InResponseTo => format!(
                "{}, asked at {}",
                self.login.request,
                instant::format(self.login.began)
            ),
            Subject::Status => "success".to_owned(),
            Subject::Audience => self.service.entity_id.clone(),
            Subject::Times => format!("all hold at {}", instant::format(self.now)),
            Subject::Confirmation => "by bearer".to_owned(),
            Subject::Replay => "seen for the first time".to_owned(),
        }
    }
}

impl Person {
    fn of(assertion: &VerifiedAssertion) -> Self {
        let name_id = assertion.name_id();
        Self {
            name_id: name_id.value.clone(),
            name_id_format: name_id.format.clone(),
            authn_context: assertion.authn_context().map(str::to_owned),
            authn_instant: instant::format(assertion.authn_instant()),
            session_index: assertion.session_index().map(str::to_owned),
            attributes: assertion
                .attributes()
                .iter()
                .map(|attribute| Attribute {
                    name: attribute.name.clone(),
                    values: attribute.values.iter().map(text).collect(),
                })
                .collect(),
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::NameId(name_id) => name_id.value.clone(),
        Value::Nil => "(nil)".to_owned(),
        _ => "(XML)".to_owned(),
    }
}

/// Which parts of a verified message carry a signature; each one that is there was checked.
fn signed_parts(xml: &str) -> &'static str {
    let Ok(document) = Document::parse(xml.as_bytes(), &Limits::MESSAGE) else {
        return "nothing";
    };
    let root = document.root();
    let is_signed = |element: vestibule_saml::xml::Element<'_>| {
        element.children_named(names::DS, "Signature").count() > 0
    };
    let assertion = root.children_named(names::SAML, "Assertion").any(is_signed);
    match (is_signed(root), assertion) {
        (true, true) => "the Response and the assertion",
        (true, false) => "the Response",
        (false, true) => "the assertion",
        (false, false) => "nothing",
    }
}
