//! The subject of an assertion: its name, and why we may take the browser for it (SAML core 2.4, profiles 4.1.4.2).

use chrono::{DateTime, TimeDelta, Utc};

use super::{Expectation, ResponseError, envelope};
use crate::xml::{Element, XmlError, names, read::excerpt};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// More confirmations than any identity provider sends (SI-64).
const MAX_CONFIRMATIONS: usize = 16;

/// A bearer confirmation is for the seconds between two redirects; a replay mark must be kept until it ends.
const MAX_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// The name of a subject (SAML core 2.2.2, 2.2.3). It identifies somebody only as a whole, and only together with the
/// identity provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct NameId {
    /// The name, byte for byte: not trimmed, not case-folded, not normalised.
    pub value: String,
    /// What kind of name it is; the unspecified format if the identity provider says nothing (SAML core 8.3.1).
    pub format: String,
    /// The domain that the name is unique in.
    pub name_qualifier: Option<String>,
    /// The service provider that the name is for.
    pub sp_name_qualifier: Option<String>,
}

impl NameId {
    /// The format of a name of which nothing is said (SAML core 8.3.1).
    pub const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

    pub(crate) fn read(element: Element<'_>) -> Result<Self, XmlError> {
        let owned = |name| element.attribute(name).map(str::to_owned);
        Ok(Self {
            value: element.text()?.into_owned(),
            format: owned("Format").unwrap_or_else(|| Self::UNSPECIFIED.to_owned()),
            name_qualifier: owned("NameQualifier"),
            sp_name_qualifier: owned("SPNameQualifier"),
        })
    }
}

/// A confirmed subject.
pub(super) struct Subject {
    pub(super) name_id: NameId,
    /// End of the last bearer confirmation that holds.
    pub(super) confirmed_until: DateTime<Utc>,
}

pub(super) fn read(
    assertion: Element<'_>,
    expectation: &Expectation<'_>,
) -> Result<Subject, ResponseError> {
    let subject = assertion.required_child(names::SAML, "Subject")?;
    let name_id = subject
        .child(names::SAML, "NameID")?
        .ok_or(ResponseError::NameIdMissing)?;
    let name_id = NameId::read(name_id)?;
    if name_id.value.is_empty() {
        return Err(ResponseError::NameIdMissing);
    }
    Ok(Subject {
        name_id,
        confirmed_until: confirm(subject, expectation)?,
    })
}

/// At least one bearer confirmation must hold; others may fail (SAML core 2.4.1.1). If none holds the first failure is
/// reported.
fn confirm(
    subject: Element<'_>,
    expectation: &Expectation<'_>,
) -> Result<DateTime<Utc>, ResponseError> {
    let confirmations: Vec<_> = subject
        .children_named(names::SAML, "SubjectConfirmation")
        .collect();
    if confirmations.len() > MAX_CONFIRMATIONS {
        return Err(ResponseError::ConfirmationCount(confirmations.len()));
    }
    let mut until = None;
    let mut failure = None;
    for bearer in confirmations
        .into_iter()
        .filter(|it| it.attribute("Method") == Some(BEARER))
    {
        match check_bearer(bearer, expectation) {
            Ok(end) => until = until.max(Some(end)),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    until.ok_or_else(|| failure.unwrap_or(ResponseError::ConfirmationMissing))
}

/// SAML profiles 4.1.4.2 and 4.1.4.3. `Address` is not compared: between the identity provider's view of the browser
/// and ours stand proxies and two address families.
fn check_bearer(
    confirmation: Element<'_>,
    expectation: &Expectation<'_>,
) -> Result<DateTime<Utc>, ResponseError> {
    let data = confirmation.required_child(names::SAML, "SubjectConfirmationData")?;
    let recipient = data.attribute("Recipient");
    if recipient != Some(expectation.acs_url) {
        return Err(ResponseError::RecipientMismatch {
            expected: expectation.acs_url.to_owned(),
            found: recipient.map(excerpt),
        });
    }
    envelope::check_in_response_to(data.attribute("InResponseTo"), expectation)?;
    if data.attribute("NotBefore").is_some() {
        return Err(ResponseError::ConfirmationNotBefore);
    }
    let text = data
        .attribute("NotOnOrAfter")
        .ok_or(ResponseError::ConfirmationUnlimited)?;
    let end = envelope::moment("NotOnOrAfter", text)?;
    if expectation.skew.passed(end, expectation.now) {
        return Err(ResponseError::ConfirmationExpired(excerpt(text)));
    }
    if end - expectation.now > MAX_LIFETIME {
        return Err(ResponseError::ConfirmationLifetime(excerpt(text)));
    }
    Ok(end)
}
