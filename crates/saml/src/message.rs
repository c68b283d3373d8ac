//! A signed message of an identity provider that came by HTTP-Redirect (SAML bindings 3.4), of whatever kind.
//!
//! Owns: the kinds that may travel so, and the signature of the query.
//! Does not own: what every message says of itself ([`crate::header`]), nor what this one asks for. Nothing is done on
//! its word; a diagnosis tells it.
//!
//! **Invariant:** without a signature of the provider nothing is read but the XML's well-formedness.

mod error;

use chrono::{DateTime, Utc};

pub use self::error::MessageError;
use crate::{
    binding::{MessageKind, redirect},
    crypto::VerifyingKey,
    header,
    instant::{self, Skew},
    response::NameId,
    signature,
    xml::{Document, Element, Limits, names, read::excerpt},
};

/// What a message is held against.
#[derive(Debug, Clone, Copy)]
pub struct MessageTerms<'a> {
    /// Entity ID of the provider: the issuer.
    pub idp_entity_id: &'a str,
    /// The provider's keys.
    pub keys: &'a [VerifyingKey],
    /// The address that received the message; `None` if that is not known, and then it is not compared.
    pub destination: Option<&'a str>,
    /// Accept SHA-1, which is broken.
    pub danger_accept_sha1: bool,
    /// How far the provider's clock may differ.
    pub skew: Skew,
    /// The moment of receipt.
    pub now: DateTime<Utc>,
}

/// A message that may travel by redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectKind {
    /// A request for a login (SAML core 3.4.1).
    AuthnRequest,
    /// A request for a logout (SAML core 3.7.1).
    LogoutRequest,
    /// The answer to one (SAML core 3.7.2).
    LogoutResponse,
}

impl RedirectKind {
    const ALL: [Self; 3] = [
        Self::AuthnRequest,
        Self::LogoutRequest,
        Self::LogoutResponse,
    ];

    /// The name of the message's element.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthnRequest => "AuthnRequest",
            Self::LogoutRequest => "LogoutRequest",
            Self::LogoutResponse => "LogoutResponse",
        }
    }

    const fn parameter(self) -> MessageKind {
        match self {
            Self::AuthnRequest | Self::LogoutRequest => MessageKind::Request,
            Self::LogoutResponse => MessageKind::Response,
        }
    }
}

/// A message that the provider signed, at the right time. It can only come from [`verify_redirect`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedMessage {
    /// Which message it is.
    pub kind: RedirectKind,
    /// Its `ID`.
    pub id: String,
    /// Entity ID of the provider.
    pub issuer: String,
    /// When it was issued.
    pub issue_instant: DateTime<Utc>,
    /// Where it says that it goes.
    pub destination: Option<String>,
    /// Which request it answers, if it is an answer.
    pub in_response_to: Option<String>,
    /// Whom a logout is about, if it says so in the clear.
    pub name_id: Option<NameId>,
    /// The first session that a logout is about.
    pub session_index: Option<String>,
    /// The RelayState, which the signature covers.
    pub relay_state: Option<String>,
}

/// Names the message, not the person.
impl std::fmt::Debug for VerifiedMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedMessage")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Verifies the query string of a redirect, without its `?`, exactly as it was received.
///
/// # Errors
/// The first check that fails.
pub fn verify_redirect(
    query: &str,
    terms: &MessageTerms<'_>,
) -> Result<VerifiedMessage, MessageError> {
    let received = redirect::decode(query)?;
    let verified = received.verify(terms.keys, terms.danger_accept_sha1)?;
    let document = Document::parse(verified.xml(), &Limits::MESSAGE)?;
    // SAML bindings 3.4.4.1: no signature stays inside the XML.
    signature::refuse_elsewhere(&document, &[])?;
    document.refuse_comments_in_text()?;
    let message = document.root();
    let kind = kind(message, received.kind())?;
    header::check_version(message)?;
    let id = header::id(message)?;
    header::check_issuer(message, terms.idp_entity_id)?;
    check_destination(message, terms)?;
    let issue_instant = header::issue_instant(message, terms.skew, terms.now)?;
    let is_logout = kind == RedirectKind::LogoutRequest;
    if is_logout {
        check_end(message, terms)?;
    }
    let name_id = message
        .child(names::SAML, "NameID")?
        .filter(|_| is_logout)
        .map(NameId::read)
        .transpose()?;
    let session_index = message
        .children_named(names::SAMLP, "SessionIndex")
        .next()
        .filter(|_| is_logout)
        .map(|it| it.text())
        .transpose()?;
    Ok(VerifiedMessage {
        kind,
        id,
        issuer: terms.idp_entity_id.to_owned(),
        issue_instant,
        destination: message.attribute("Destination").map(str::to_owned),
        in_response_to: message.attribute("InResponseTo").map(str::to_owned),
        name_id,
        session_index: session_index.map(|text| text.into_owned()),
        relay_state: verified.relay_state().map(str::to_owned),
    })
}

/// The kind of a message, which must have come in the parameter of its kind.
fn kind(message: Element<'_>, parameter: MessageKind) -> Result<RedirectKind, MessageError> {
    let name = message.local_name();
    RedirectKind::ALL
        .into_iter()
        .find(|kind| message.is(names::SAMLP, kind.name()) && kind.parameter() == parameter)
        .ok_or_else(|| MessageError::Kind {
            found: excerpt(name),
            parameter: parameter.parameter(),
        })
}

/// SAML bindings 3.4.5.2: a signed message says where it goes. Compared as text.
fn check_destination(message: Element<'_>, terms: &MessageTerms<'_>) -> Result<(), MessageError> {
    let found = message.attribute("Destination");
    match terms.destination {
        Some(expected) if found != Some(expected) => Err(MessageError::DestinationMismatch {
            expected: expected.to_owned(),
            found: found.map(excerpt),
        }),
        _ => Ok(()),
    }
}

/// SAML core 3.7.1: a logout may say how long it is meant.
fn check_end(message: Element<'_>, terms: &MessageTerms<'_>) -> Result<(), MessageError> {
    let Some(text) = message.attribute("NotOnOrAfter") else {
        return Ok(());
    };
    let end = instant::parse(text).ok_or_else(|| MessageError::EndInvalid(excerpt(text)))?;
    if terms.skew.passed(end, terms.now) {
        return Err(MessageError::Expired(excerpt(text)));
    }
    Ok(())
}
