//! Assertions that clients sign (RFC 7523 sections 2.2 and 3, Core section 9: `private_key_jwt`).
//!
//! Owns the checks of such an assertion. RFC 7523 section 3 lets the token endpoint's address be the audience, and
//! that can be turned against clients: who makes one believe in a foreign endpoint gets assertions that we would take
//! (OI-155). So our issuer must be the sole audience, as draft-ietf-oauth-rfc7523bis and FAPI 2.0 section 5.3.2.1 want
//! it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{ClientAuthRejection, UsedAssertion};
use crate::{
    algorithm::Algorithm,
    jwks::Jwks,
    jws,
    jwt::{JwtRejection, Payload, Window},
};

/// The only `client_assertion_type`.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far ahead `exp` may be, and how far back `iat`: an hour, which is what libraries give an assertion if nothing is
/// said. RFC 7523 section 3 (4) lets a server refuse what is "unreasonably far in the future", and names no time; nor does
/// FAPI 2.0.
///
/// It is long for what is made for one request, and costs only a mark until then: each assertion is taken once, by its
/// `jti`, so that one which was intercepted after its use is worth nothing. What bounds the marks is that nobody makes
/// one without the client's key.
pub const MAX_ASSERTION_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// How far the client's clock may differ from ours.
const SKEW: Duration = Duration::from_secs(30);

/// The longest `jti`, in bytes.
const MAX_ID_BYTES: usize = 512;

/// Values of `typ` that an assertion may have; it may have none, too.
const TYPES: &[&str] = &["JWT", "client-authentication+jwt"];

/// What an assertion must match.
pub(super) struct Terms<'a> {
    pub(super) client_id: &'a str,
    pub(super) issuer: &'a str,
    pub(super) other_audiences: &'a [&'a str],
    pub(super) algorithms: &'a [Algorithm],
    pub(super) now: DateTime<Utc>,
}

/// The assertion, if it is one of the only type there is (RFC 7521 section 4.2).
pub(super) fn of_known_type(
    assertion: Option<String>,
    assertion_type: Option<&str>,
) -> Result<String, ClientAuthRejection> {
    match (assertion, assertion_type) {
        (Some(assertion), Some(ASSERTION_TYPE)) => Ok(assertion),
        _ => Err(ClientAuthRejection::AssertionType),
    }
}

/// Who the assertion says to be of, unproved: whose keys to check it with.
pub(super) fn claimed_client(assertion: &str) -> Option<String> {
    let payload = jws::danger_unverified_payload(assertion)?;
    let payload = Payload::parse(&payload).ok()?;
    let subject = payload.required_text("sub").ok()?;
    (!subject.is_empty()).then(|| subject.to_owned())
}

/// Checks an assertion with the client's keys.
pub(super) fn verify(
    assertion: &str,
    terms: &Terms<'_>,
    keys: &Jwks,
) -> Result<UsedAssertion, ClientAuthRejection> {
    let signed = jws::verify_of_type(assertion, terms.algorithms, keys, TYPES)?;
    let payload = Payload::parse(signed.payload())?;
    let window = Window::new(terms.now, SKEW, MAX_ASSERTION_LIFETIME);
    // RFC 7523 section 3 (2B): both are the client.
    payload.check_issuer(terms.client_id)?;
    if payload.required_text("sub")? != terms.client_id {
        return Err(ClientAuthRejection::AssertionSubject);
    }
    check_audience(&payload, terms)?;
    let expires_at = payload
        .expiry(&window)?
        .ok_or(JwtRejection::Missing { claim: "exp" })?;
    if expires_at > terms.now + MAX_ASSERTION_LIFETIME + window.skew() {
        return Err(ClientAuthRejection::AssertionLivesTooLong);
    }
    payload.check_not_before(&window)?;
    payload.issued(&window)?;
    let id = payload.required_text("jti")?;
    if !(1..=MAX_ID_BYTES).contains(&id.len()) || id.chars().any(char::is_control) {
        return Err(ClientAuthRejection::AssertionBadId);
    }
    Ok(UsedAssertion {
        id: id.to_owned(),
        remember_until: expires_at + window.skew(),
    })
}

/// Our issuer alone, as a string or a list of one; or what this client was allowed beside it.
fn check_audience(payload: &Payload, terms: &Terms<'_>) -> Result<(), ClientAuthRejection> {
    let audiences = payload
        .texts("aud")?
        .ok_or(JwtRejection::Missing { claim: "aud" })?;
    let is_us = |audience: &String| {
        audience == terms.issuer || terms.other_audiences.contains(&audience.as_str())
    };
    if audiences.is_empty() || !audiences.iter().all(is_us) {
        return Err(ClientAuthRejection::AssertionAudience);
    }
    Ok(())
}
