//! What every message says of itself (SAML core 3.2.1 and 3.2.2): its version, its name, who issued it and when.
//!
//! Owns: the checks that all messages have in common, one function each.
//! Does not own: where a message goes, because each binding and role has its own rule for that.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    instant::{self, Skew},
    xml::{Element, XmlError, names, read::excerpt, write::is_id},
};

/// How old a message that begins something may be.
const MAX_AGE: TimeDelta = TimeDelta::minutes(5);

/// The only format of an `Issuer` (SAML core 8.3.6, profiles 4.1.4.1 and 4.1.4.2).
const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

/// What is wrong with what a message says of itself. Values out of the message are cut to a bounded length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderFault {
    /// The `ID` is not a name that can be repeated in an answer.
    #[error("the ID {0:?} of the message is not an XML name of at most 256 ASCII characters")]
    Id(String),
    /// `IssueInstant` is not written as SAML core 1.3.3 wants it.
    #[error("IssueInstant is {0:?}, which is no moment in UTC")]
    InstantInvalid(String),
    /// It is from the future.
    #[error("the message was issued at {0}, which is in the future; compare the clocks")]
    IssuedInFuture(String),
    /// It is too old.
    #[error("the message was issued at {0}, more than five minutes ago")]
    IssuedTooLongAgo(String),
    /// The issuer is somebody else, or not named as an entity.
    #[error(
        "the message was issued by {found:?}, not by {expected:?}, or its Issuer has a Format or qualifiers"
    )]
    IssuerMismatch {
        /// Entity ID of whom it should be.
        expected: String,
        /// The issuer in the message.
        found: String,
    },
    /// Not SAML 2.0.
    #[error("the message has Version {0:?}, not \"2.0\"")]
    Version(String),
    /// Something is missing, or is no plain text.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl HeaderFault {
    /// Stable reason code for logs, audit and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Id(_) => "message_id_invalid",
            Self::InstantInvalid(_) => "instant_invalid",
            Self::IssuedInFuture(_) => "issued_in_future",
            Self::IssuedTooLongAgo(_) => "issued_too_long_ago",
            Self::IssuerMismatch { .. } => "issuer_mismatch",
            Self::Version(_) => "version_unsupported",
            Self::Xml(error) => error.code(),
        }
    }
}

/// SAML core 3.2.1: exactly `2.0`.
pub(crate) fn check_version(message: Element<'_>) -> Result<(), HeaderFault> {
    match message.required_attribute("Version")? {
        "2.0" => Ok(()),
        other => Err(HeaderFault::Version(excerpt(other))),
    }
}

/// An `xs:ID`. It goes into answers, into logs and into the store.
pub(crate) fn id(message: Element<'_>) -> Result<String, HeaderFault> {
    let id = message.required_attribute("ID")?;
    if is_id(id) {
        Ok(id.to_owned())
    } else {
        Err(HeaderFault::Id(excerpt(id)))
    }
}

/// The issuer must be whom the message is held against, byte for byte, and named as an entity.
pub(crate) fn check_issuer(message: Element<'_>, entity_id: &str) -> Result<(), HeaderFault> {
    let issuer = message.required_child(names::SAML, "Issuer")?;
    let found = issuer.text()?;
    if names_entity(issuer) && found == entity_id {
        return Ok(());
    }
    Err(HeaderFault::IssuerMismatch {
        expected: entity_id.to_owned(),
        found: excerpt(&found),
    })
}

/// Whether an `Issuer` is an entity ID and nothing else: without another format, without qualifiers.
pub(crate) fn names_entity(issuer: Element<'_>) -> bool {
    let format = issuer.attribute("Format");
    format.is_none_or(|format| format == ENTITY)
        && issuer.attribute("NameQualifier").is_none()
        && issuer.attribute("SPNameQualifier").is_none()
}

/// When the message was issued: not in the future, and at most five minutes ago.
pub(crate) fn issue_instant(
    message: Element<'_>,
    skew: Skew,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, HeaderFault> {
    let text = message.required_attribute("IssueInstant")?;
    let issued = instant::parse(text).ok_or_else(|| HeaderFault::InstantInvalid(excerpt(text)))?;
    if !skew.reached(issued, now) {
        return Err(HeaderFault::IssuedInFuture(excerpt(text)));
    }
    if skew.passed(end_of_life(issued), now) {
        return Err(HeaderFault::IssuedTooLongAgo(excerpt(text)));
    }
    Ok(issued)
}

/// From when on a message that was issued then is refused for its age.
pub(crate) fn acceptable_until(issued: DateTime<Utc>, skew: Skew) -> DateTime<Utc> {
    skew.after(end_of_life(issued))
}

fn end_of_life(issued: DateTime<Utc>) -> DateTime<Utc> {
    issued.checked_add_signed(MAX_AGE).unwrap_or(issued)
}
