//! Checks of the Response around the assertion (SAML core 3.2.2, profiles 4.1.4.2 and 4.1.4.3).
//!
//! If the Response is not signed these values are hearsay. They can only make us refuse; what makes us accept stands in
//! the assertion once more.

use super::{Expectation, ResponseError, Status};
use crate::{
    header, instant,
    xml::{Element, names, read::excerpt},
};

pub(super) fn check(
    response: Element<'_>,
    signed: bool,
    expectation: &Expectation<'_>,
) -> Result<(), ResponseError> {
    check_version(response)?;
    check_issue_instant(response, expectation)?;
    match response.child(names::SAML, "Issuer")? {
        Some(issuer) => check_issuer(Some(issuer), expectation)?,
        // Optional in a Response (SAML core 3.2.2), but a signed one must have it (profiles 4.1.4.2).
        None if !signed => {}
        None => check_issuer(None, expectation)?,
    }
    check_destination(response, signed, expectation)?;
    match response.attribute("InResponseTo") {
        None => return Err(ResponseError::Unsolicited),
        found => check_in_response_to(found, expectation)?,
    }
    check_status(response, signed)
}

/// SAML core 2.3.3, 3.2.2: exactly `2.0`.
pub(super) fn check_version(element: Element<'_>) -> Result<(), ResponseError> {
    match element.attribute("Version").unwrap_or_default() {
        "2.0" => Ok(()),
        other => Err(ResponseError::Version(excerpt(other))),
    }
}

pub(super) fn check_issue_instant(
    element: Element<'_>,
    expectation: &Expectation<'_>,
) -> Result<(), ResponseError> {
    let text = element.required_attribute("IssueInstant")?;
    let issued = moment("IssueInstant", text)?;
    if !expectation.skew.reached(issued, expectation.now) {
        return Err(ResponseError::IssuedInFuture(excerpt(text)));
    }
    Ok(())
}

/// The issuer must be the identity provider that was asked, byte for byte, and named as an entity (profiles 4.1.4.2).
pub(super) fn check_issuer(
    issuer: Option<Element<'_>>,
    expectation: &Expectation<'_>,
) -> Result<(), ResponseError> {
    let found = issuer.map(|it| it.text()).transpose()?;
    let named = issuer.is_some_and(header::names_entity);
    if !named || found.as_deref() != Some(expectation.idp_entity_id) {
        return Err(ResponseError::IssuerMismatch {
            expected: expectation.idp_entity_id.to_owned(),
            found: found.as_deref().map(excerpt),
        });
    }
    Ok(())
}

pub(super) fn check_in_response_to(
    found: Option<&str>,
    expectation: &Expectation<'_>,
) -> Result<(), ResponseError> {
    // An empty name is nobody's, ours neither (SAML core 1.3.4).
    if found.is_some_and(|id| !id.is_empty() && id == expectation.in_response_to) {
        return Ok(());
    }
    Err(ResponseError::InResponseToMismatch {
        expected: expectation.in_response_to.to_owned(),
        found: found.map(excerpt),
    })
}

pub(super) fn moment(
    attribute: &'static str,
    text: &str,
) -> Result<chrono::DateTime<chrono::Utc>, ResponseError> {
    instant::parse(text).ok_or_else(|| ResponseError::InstantInvalid {
        attribute,
        value: excerpt(text),
    })
}

/// SAML bindings 3.5.5.2: a signed message must say where it goes. Compared as text: two URLs that mean the same to
/// some software do not mean the same to all.
fn check_destination(
    response: Element<'_>,
    signed: bool,
    expectation: &Expectation<'_>,
) -> Result<(), ResponseError> {
    let found = response.attribute("Destination");
    if found == Some(expectation.acs_url) || (found.is_none() && !signed) {
        return Ok(());
    }
    Err(ResponseError::DestinationMismatch {
        expected: expectation.acs_url.to_owned(),
        found: found.map(excerpt),
    })
}

/// SAML core 3.2.2.1: only the top-level code decides.
fn check_status(response: Element<'_>, signed: bool) -> Result<(), ResponseError> {
    let status = Status::read(response, signed)?;
    if status.is_success() {
        return Ok(());
    }
    Err(ResponseError::Status(status))
}
