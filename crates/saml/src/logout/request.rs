//! A request to end sessions (SAML core 3.7.1).
//!
//! Owns: what it says: whom it is about, which sessions, until when, why.
//! Does not own: which of our sessions that is; [`AcceptedLogoutRequest::is_about`] and
//! [`AcceptedLogoutRequest::covers_session`] answer for one of them.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{LogoutError, LogoutReceiver, accept::Envelope, subject};
use crate::{
    header, instant, issue,
    response::NameId,
    xml::{Element, names, read::excerpt},
};

/// The most sessions that one request may name. A person has one for each browser.
const MOST_SESSIONS: usize = 64;
/// The longest `SessionIndex` and `Reason`, in bytes. Providers in the field stay below 200.
const LONGEST_TEXT: usize = 1024;

/// Asks not to be answered (Asynchronous Single Logout Profile Extension 1.0, clause 2.2).
const ASYNCHRONOUS: &str = "urn:oasis:names:tc:SAML:2.0:protocol:ext:async-slo";

/// A request to end sessions, from a partner that may ask so.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcceptedLogoutRequest {
    /// Its `ID`, which the answer repeats.
    pub id: String,
    /// Entity ID of the partner.
    pub issuer: String,
    /// When it was issued.
    pub issue_instant: DateTime<Utc>,
    /// From when on the same message would be refused for its age: how long a mark against replays must be kept.
    pub acceptable_until: DateTime<Utc>,
    /// Whose sessions end.
    pub name_id: NameId,
    /// Which of them; all if it names none (SAML core 3.7.1).
    pub session_indexes: Vec<String>,
    /// Why, as a URI, if the partner says so (SAML core 3.7.3).
    pub reason: Option<String>,
    /// The partner does not want an answer.
    pub asynchronous: bool,
    /// To be given back with the answer.
    pub relay_state: Option<String>,
    /// Whether a key of the partner signed it.
    pub signed: bool,
}

/// Whose names are meant if a name does not say so itself (SAML core 8.3.7).
#[derive(Clone, Copy, Debug)]
pub struct Namespaces<'a> {
    /// Entity ID of the identity provider that gave the name: what `NameQualifier` stands for.
    pub idp: &'a str,
    /// Entity ID of the service provider that the name was given to: what `SPNameQualifier` stands for.
    pub sp: &'a str,
}

impl Namespaces<'_> {
    /// Whether the name in a request means the person whom the service provider was told as `told`.
    ///
    /// The value must be the same byte for byte. A format or qualifier that the partner leaves out is the one that was
    /// told, and so is the unspecified format, by which some say that they did not keep it (SAML core 2.2.2, 3.7.3.2,
    /// 8.3.1).
    #[must_use]
    pub fn same(&self, asked: issue::NameId<'_>, told: issue::NameId<'_>) -> bool {
        let unspecified = NameId::UNSPECIFIED;
        let asked_format = asked.format.unwrap_or(unspecified);
        let format =
            asked_format == unspecified || asked_format == told.format.unwrap_or(unspecified);
        let same = |asked: Option<&str>, told: Option<&str>, usual: &str| {
            asked.is_none_or(|asked| asked == told.unwrap_or(usual))
        };
        asked.value == told.value
            && format
            && same(asked.name_qualifier, told.name_qualifier, self.idp)
            && same(asked.sp_name_qualifier, told.sp_name_qualifier, self.sp)
    }
}

/// Names the message, not the person.
impl fmt::Debug for AcceptedLogoutRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptedLogoutRequest")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .field("sessions", &self.session_indexes.len())
            .finish_non_exhaustive()
    }
}

impl AcceptedLogoutRequest {
    pub(super) fn read(
        request: Element<'_>,
        envelope: Envelope,
        receiver: &LogoutReceiver<'_>,
    ) -> Result<Self, LogoutError> {
        let by_age = header::acceptable_until(envelope.issue_instant, receiver.skew);
        let by_end = end(request, receiver)?;
        Ok(Self {
            acceptable_until: by_end.map_or(by_age, |end| end.min(by_age)),
            name_id: subject::read(request, envelope.signed, receiver)?,
            session_indexes: session_indexes(request)?,
            reason: reason(request)?,
            asynchronous: is_asynchronous(request)?,
            id: envelope.id,
            issuer: envelope.issuer,
            issue_instant: envelope.issue_instant,
            relay_state: envelope.relay_state,
            signed: envelope.signed,
        })
    }

    /// Whether it means the person whom the service provider was told as `told` ([`Namespaces::same`]).
    #[must_use]
    pub fn is_about(&self, told: issue::NameId<'_>, within: Namespaces<'_>) -> bool {
        let asked = issue::NameId {
            value: &self.name_id.value,
            format: Some(&self.name_id.format),
            name_qualifier: self.name_id.name_qualifier.as_deref(),
            sp_name_qualifier: self.name_id.sp_name_qualifier.as_deref(),
        };
        within.same(asked, told)
    }

    /// Whether it means the session that the partner knows by `session_index`.
    #[must_use]
    pub fn covers_session(&self, session_index: &str) -> bool {
        self.session_indexes.is_empty()
            || self
                .session_indexes
                .iter()
                .any(|index| index == session_index)
    }
}

/// SAML core 3.7.1: a request may say how long it is meant. With the tolerance for clocks.
fn end(
    request: Element<'_>,
    receiver: &LogoutReceiver<'_>,
) -> Result<Option<DateTime<Utc>>, LogoutError> {
    let Some(text) = request.attribute("NotOnOrAfter") else {
        return Ok(None);
    };
    let end = instant::parse(text).ok_or_else(|| LogoutError::EndInvalid(excerpt(text)))?;
    if receiver.skew.passed(end, receiver.now) {
        return Err(LogoutError::Expired(excerpt(text)));
    }
    Ok(Some(receiver.skew.after(end)))
}

fn session_indexes(request: Element<'_>) -> Result<Vec<String>, LogoutError> {
    let indexes = request
        .children_named(names::SAMLP, "SessionIndex")
        // One more than may be is enough to know that there are too many.
        .take(MOST_SESSIONS + 1)
        .map(|index| subject::bounded("SessionIndex", &index.text()?, LONGEST_TEXT))
        .collect::<Result<Vec<_>, LogoutError>>()?;
    if indexes.len() > MOST_SESSIONS {
        return Err(LogoutError::SessionsTooMany(MOST_SESSIONS));
    }
    Ok(indexes)
}

fn reason(request: Element<'_>) -> Result<Option<String>, LogoutError> {
    let reason = request.attribute("Reason");
    reason
        .map(|text| subject::bounded("Reason", text, LONGEST_TEXT))
        .transpose()
}

fn is_asynchronous(request: Element<'_>) -> Result<bool, LogoutError> {
    let extensions = request.child(names::SAMLP, "Extensions")?;
    Ok(extensions.is_some_and(|it| {
        it.children_named(ASYNCHRONOUS, "Asynchronous")
            .next()
            .is_some()
    }))
}
