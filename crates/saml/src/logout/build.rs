//! The logout messages that we send.
//!
//! Owns: their elements, in the order of the schema (SAML core 3.7.1 and 3.7.2), and their signature on each binding.
//! Does not own: to whom they go, or in which order.
//!
//! **Invariant:** both are always signed: inside over HTTP-POST, over the query over HTTP-Redirect (SAML profiles
//! 4.4.3.1 and 4.4.3.4).

use chrono::{DateTime, Utc};

use super::LogoutKind;
use crate::{
    binding::{Binding, Delivery, post, redirect},
    crypto::sign::{self, SigningKey},
    instant,
    issue::{IssueError, NameId, Refusal, check_id, not_empty, refusal},
    xml::write::{Element, Namespace},
};

/// Where the signature stands: behind the `Issuer` (SAML core 3.2.1 and 3.2.2).
const BEHIND_ISSUER: usize = 1;

/// A request to end sessions.
#[derive(Clone, Copy, Debug)]
pub struct LogoutRequest<'a> {
    /// A fresh ID, an `NCName` of at least 128 bit of randomness; the answer repeats it.
    pub id: &'a str,
    /// Now.
    pub issue_instant: DateTime<Utc>,
    /// Where it goes: the `Location` of the partner's service.
    pub destination: &'a str,
    /// Our entity ID towards the partner.
    pub issuer: &'a str,
    /// Whose sessions end: the name by which the partner knows the person, with all that came with it.
    pub name_id: NameId<'a>,
    /// Which sessions, as the partner knows them; none means all.
    pub session_indexes: &'a [&'a str],
    /// Why.
    pub reason: Option<LogoutReason>,
    /// Until when the request is meant.
    pub not_on_or_after: Option<DateTime<Utc>>,
}

/// Why sessions end (SAML core 3.7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutReason {
    /// An administrator wants it.
    Admin,
    /// The person wants it.
    User,
}

impl LogoutReason {
    /// The URI.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Admin => "urn:oasis:names:tc:SAML:2.0:logout:admin",
            Self::User => "urn:oasis:names:tc:SAML:2.0:logout:user",
        }
    }
}

impl LogoutRequest<'_> {
    /// Writes and signs the request, and puts it on its way. `relay_state` comes back with the answer.
    ///
    /// # Errors
    /// If a value cannot be expressed, the address or the RelayState cannot be used, or signing fails.
    pub fn send(
        &self,
        binding: Binding,
        relay_state: Option<&str>,
        key: &SigningKey,
    ) -> Result<Delivery, IssueError> {
        let indexes = self
            .session_indexes
            .iter()
            .map(|index| samlp("SessionIndex").text(*index));
        let request = header(
            LogoutKind::Request,
            self.id,
            self.issue_instant,
            self.destination,
        )?
        .optional_attribute("Reason", self.reason.map(LogoutReason::uri))
        .optional_attribute("NotOnOrAfter", self.not_on_or_after.map(instant::format))
        .child(issuer(self.issuer)?)
        .child(self.name_id.element()?)
        .children(indexes);
        let message = Outgoing {
            element: request,
            kind: LogoutKind::Request,
            destination: self.destination,
        };
        message.send(binding, relay_state, key)
    }
}

/// The answer to a request to end sessions.
#[derive(Clone, Copy, Debug)]
pub struct LogoutResponse<'a> {
    /// A fresh ID, an `NCName` of at least 128 bit of randomness.
    pub id: &'a str,
    /// Now.
    pub issue_instant: DateTime<Utc>,
    /// Where it goes: the `ResponseLocation` of the partner's service if it has one, else its `Location`.
    pub destination: &'a str,
    /// Our entity ID towards the partner.
    pub issuer: &'a str,
    /// `ID` of the request that is answered.
    pub in_response_to: &'a str,
    /// How it ended.
    pub status: LogoutStatus<'a>,
}

/// How a logout ended with us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutStatus<'a> {
    /// All sessions ended.
    Done,
    /// Ours ended, but not everybody behind us could be reached (SAML core 3.7.3.2). It is told under the top-level code
    /// for success: partners that look no further would else keep their own session.
    Partial,
    /// Nothing ended.
    Refused(Refusal<'a>),
}

impl LogoutResponse<'_> {
    /// Writes and signs the answer, and puts it on its way with the RelayState of the request.
    ///
    /// # Errors
    /// As [`LogoutRequest::send`].
    pub fn send(
        &self,
        binding: Binding,
        relay_state: Option<&str>,
        key: &SigningKey,
    ) -> Result<Delivery, IssueError> {
        let status = match &self.status {
            LogoutStatus::Done => refusal::success(),
            LogoutStatus::Partial => refusal::partial_logout(),
            LogoutStatus::Refused(refusal) => refusal.status(),
        };
        let response = header(
            LogoutKind::Response,
            self.id,
            self.issue_instant,
            self.destination,
        )?
        .attribute(
            "InResponseTo",
            not_empty(self.in_response_to, "in_response_to")?,
        )
        .child(issuer(self.issuer)?)
        .child(status);
        let message = Outgoing {
            element: response,
            kind: LogoutKind::Response,
            destination: self.destination,
        };
        message.send(binding, relay_state, key)
    }
}

/// A message that is written, but not signed.
struct Outgoing<'a> {
    element: Element,
    kind: LogoutKind,
    destination: &'a str,
}

impl Outgoing<'_> {
    fn send(
        self,
        binding: Binding,
        relay_state: Option<&str>,
        key: &SigningKey,
    ) -> Result<Delivery, IssueError> {
        let kind = self.kind.message();
        Ok(match binding {
            Binding::Post => {
                let xml = key.sign_element(self.element, BEHIND_ISSUER)?.into_string();
                Delivery::Form(post::encode(self.destination, kind, &xml, relay_state)?)
            }
            Binding::Redirect => {
                let xml = sign::checked_xml(&self.element)?;
                let key = Some(key);
                Delivery::Redirect(redirect::encode(
                    self.destination,
                    kind,
                    &xml,
                    relay_state,
                    key,
                )?)
            }
        })
    }
}

/// What both messages say of themselves.
fn header(
    kind: LogoutKind,
    id: &str,
    issue_instant: DateTime<Utc>,
    destination: &str,
) -> Result<Element, IssueError> {
    check_id(id)?;
    Ok(samlp(kind.element())
        .attribute("ID", id)
        .attribute("Version", "2.0")
        .attribute("IssueInstant", instant::format(issue_instant))
        .attribute("Destination", not_empty(destination, "destination")?))
}

fn issuer(entity_id: &str) -> Result<Element, IssueError> {
    Ok(Element::new(Namespace::Assertion, "Issuer").text(not_empty(entity_id, "issuer")?))
}

const fn samlp(name: &'static str) -> Element {
    Element::new(Namespace::Protocol, name)
}
