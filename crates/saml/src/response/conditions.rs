//! The conditions of an assertion (SAML core 2.5).

use chrono::{DateTime, Utc};

use super::{Expectation, ResponseError, envelope};
use crate::xml::{Element, names, read::excerpt};

/// More audiences than are worth showing to an administrator.
const SHOWN_AUDIENCES: usize = 5;

/// Conditions that hold.
pub(super) struct Conditions {
    pub(super) not_on_or_after: Option<DateTime<Utc>>,
    pub(super) one_time_use: bool,
    pub(super) proxy_count: Option<u32>,
}

pub(super) fn read(
    assertion: Element<'_>,
    expectation: &Expectation<'_>,
) -> Result<Conditions, ResponseError> {
    // Profiles 4.1.4.2: there must be an audience restriction with us in it, and so there must be conditions.
    let conditions = assertion.required_child(names::SAML, "Conditions")?;
    let not_on_or_after = check_period(conditions, expectation)?;
    let mut restrictions = 0;
    let mut one_time_use = false;
    let mut proxy_count = None;
    for condition in conditions.children() {
        match (condition.namespace(), condition.local_name()) {
            (names::SAML, "AudienceRestriction") => {
                check_audience(condition, expectation)?;
                restrictions += 1;
            }
            (names::SAML, "OneTimeUse") => one_time_use = true,
            (names::SAML, "ProxyRestriction") => {
                let count = condition.attribute("Count").map(str::parse).transpose();
                proxy_count = count
                    .map_err(|_| ResponseError::ConditionUnknown("ProxyRestriction".to_owned()))?;
            }
            // SAML core 2.5.1.1: an unknown condition leaves the validity undetermined, and that is a no.
            (_, name) => return Err(ResponseError::ConditionUnknown(excerpt(name))),
        }
    }
    if restrictions == 0 {
        return Err(audience_mismatch(Vec::new(), expectation));
    }
    Ok(Conditions {
        not_on_or_after,
        one_time_use,
        proxy_count,
    })
}

/// SAML core 2.5.1.2.
fn check_period(
    conditions: Element<'_>,
    expectation: &Expectation<'_>,
) -> Result<Option<DateTime<Utc>>, ResponseError> {
    if let Some(text) = conditions.attribute("NotBefore") {
        let start = envelope::moment("NotBefore", text)?;
        if !expectation.skew.reached(start, expectation.now) {
            return Err(ResponseError::ConditionsNotYetValid(excerpt(text)));
        }
    }
    let Some(text) = conditions.attribute("NotOnOrAfter") else {
        return Ok(None);
    };
    let end = envelope::moment("NotOnOrAfter", text)?;
    if expectation.skew.passed(end, expectation.now) {
        return Err(ResponseError::ConditionsExpired(excerpt(text)));
    }
    Ok(Some(end))
}

/// SAML core 2.5.1.4: inside one restriction one audience is enough; of several restrictions all must hold.
fn check_audience(
    restriction: Element<'_>,
    expectation: &Expectation<'_>,
) -> Result<(), ResponseError> {
    let mut found = Vec::new();
    for audience in restriction.children_named(names::SAML, "Audience") {
        let audience = audience.text()?;
        if audience == expectation.sp_entity_id {
            return Ok(());
        }
        if found.len() < SHOWN_AUDIENCES {
            found.push(excerpt(&audience));
        }
    }
    Err(audience_mismatch(found, expectation))
}

fn audience_mismatch(found: Vec<String>, expectation: &Expectation<'_>) -> ResponseError {
    ResponseError::AudienceMismatch {
        expected: expectation.sp_entity_id.to_owned(),
        found,
    }
}
