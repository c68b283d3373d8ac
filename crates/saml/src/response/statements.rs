//! What an assertion states: how and when the person was authenticated, and attributes (SAML core 2.7).

use chrono::{DateTime, Utc};

use super::{Expectation, ResponseError, attributes::Attributes, envelope};
use crate::xml::{Element, names, read::excerpt};

/// The authentication that the assertion tells of.
pub(super) struct Authentication {
    pub(super) context: Option<String>,
    pub(super) instant: DateTime<Utc>,
    pub(super) session_index: Option<String>,
    pub(super) session_not_on_or_after: Option<DateTime<Utc>>,
}

/// SAML profiles 4.1.4.2 wants at least one statement. With two it is open which of them is meant, so we want one.
pub(super) fn authentication(
    assertion: Element<'_>,
    expectation: &Expectation<'_>,
) -> Result<Authentication, ResponseError> {
    let mut statements = assertion.children_named(names::SAML, "AuthnStatement");
    let (Some(statement), None) = (statements.next(), statements.next()) else {
        let count = assertion
            .children_named(names::SAML, "AuthnStatement")
            .count();
        return Err(ResponseError::AuthnStatementCount(count));
    };
    let text = statement.required_attribute("AuthnInstant")?;
    let instant = envelope::moment("AuthnInstant", text)?;
    if !expectation.skew.reached(instant, expectation.now) {
        return Err(ResponseError::AuthnInstantInFuture(excerpt(text)));
    }
    let session_end = statement.attribute("SessionNotOnOrAfter");
    let session_not_on_or_after = session_end
        .map(|text| envelope::moment("SessionNotOnOrAfter", text))
        .transpose()?;
    if session_not_on_or_after.is_some_and(|end| expectation.skew.passed(end, expectation.now)) {
        return Err(ResponseError::SessionExpired(excerpt(
            session_end.unwrap_or_default(),
        )));
    }
    let context = statement
        .required_child(names::SAML, "AuthnContext")?
        .child(names::SAML, "AuthnContextClassRef")?
        .map(|it| it.text())
        .transpose()?;
    Ok(Authentication {
        context: context.map(|it| it.into_owned()),
        instant,
        session_index: statement.attribute("SessionIndex").map(str::to_owned),
        session_not_on_or_after,
    })
}

pub(super) fn attributes(assertion: Element<'_>) -> Result<Attributes, ResponseError> {
    let mut attributes = Attributes::default();
    for statement in assertion.children_named(names::SAML, "AttributeStatement") {
        for attribute in statement.children_named(names::SAML, "Attribute") {
            attributes.add(attribute)?;
        }
    }
    Ok(attributes)
}
