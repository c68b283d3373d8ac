//! ID tokens as a relying party checks them.
//!
//! Owns every check of Core section 3.1.3.7 that follows the signature, and the proof that they
//! were made: [`VerifiedIdToken`] has no other constructor than [`verify`]. It does not fetch keys,
//! read a clock or know which login the token belongs to: [`Expectation`] says all that.
//!
//! The library that checks the signature is told to check nothing else. Times, issuer, audience and
//! the rest are compared here, on the strictly parsed payload, where absence, a wrong JSON type and
//! a wrong value are three different faults.

mod expectation;
mod rejection;

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

pub use self::{expectation::Expectation, rejection::IdTokenRejection};
pub use crate::jwt::MAX_SUBJECT_BYTES;
use crate::{
    algorithm::Algorithm,
    claims::Claims,
    jwks::Jwks,
    jws,
    jwt::{Payload, Window},
    logout_token,
};

/// An ID token that passed every check. Its `Debug` shows issuer, subject and names of claims.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedIdToken {
    algorithm: Algorithm,
    issuer: String,
    subject: String,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    auth_time: Option<DateTime<Utc>>,
    acr: Option<String>,
    amr: Vec<String>,
    claims: Claims,
}

impl VerifiedIdToken {
    /// The algorithm that the signature was checked with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// `iss`: the provider, exactly as expected.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: the person, unique and never reassigned within the issuer.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `iat`.
    #[must_use]
    pub fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    /// `exp`.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// `auth_time`: when the person last authenticated at the provider, if it says so.
    #[must_use]
    pub fn auth_time(&self) -> Option<DateTime<Utc>> {
        self.auth_time
    }

    /// `acr`: the class of authentication that the provider claims.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_deref()
    }

    /// `amr`: the methods that the provider claims (RFC 8176).
    #[must_use]
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    /// All claims of the token.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

impl fmt::Debug for VerifiedIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedIdToken")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

/// Checks an ID token from the token endpoint.
///
/// # Errors
/// [`IdTokenRejection`]; where it holds [`jws::JwsRejection::UnknownKey`], the caller may fetch the
/// keys again, once, and repeat the call.
pub fn verify(
    token: &str,
    expected: &Expectation<'_>,
    keys: &Jwks,
) -> Result<VerifiedIdToken, IdTokenRejection> {
    let signed = jws::verify(token, expected.algorithms, keys)?;
    let payload = IdToken(Payload::parse(signed.payload())?);
    let window = expected.window();
    payload.check_purpose()?;
    payload.0.check_issuer(expected.issuer)?;
    payload.check_audience(expected)?;
    let (issued_at, expires_at) = payload.check_lifetime(&window)?;
    payload.check_nonce(expected)?;
    let subject = payload
        .0
        .subject()?
        .ok_or(IdTokenRejection::Missing { claim: "sub" })?;
    let auth_time = payload.check_auth_time(expected, &window)?;
    let acr = payload.check_acr(expected)?;
    // Core section 2: a list of strings. Some providers send a single string.
    let amr = payload.0.texts("amr")?.unwrap_or_default();
    let algorithm = signed.algorithm();
    payload.check_hash("at_hash", algorithm, expected.access_token, expected)?;
    payload.check_hash("c_hash", algorithm, expected.code, expected)?;
    Ok(VerifiedIdToken {
        algorithm,
        issuer: expected.issuer.to_owned(),
        subject,
        issued_at,
        expires_at,
        auth_time,
        acr,
        amr,
        claims: Claims::new(payload.0.into_members()),
    })
}

/// The claims that only an ID token has, one small check each.
struct IdToken(Payload);

impl IdToken {
    /// Back-Channel Logout section 2.4 keeps logout tokens apart by their event; not all providers give them a `typ`.
    fn check_purpose(&self) -> Result<(), IdTokenRejection> {
        match self.0.value("events") {
            Some(Value::Object(events)) if events.contains_key(logout_token::EVENT) => {
                Err(IdTokenRejection::LogoutToken)
            }
            _ => Ok(()),
        }
    }

    /// Core section 3.1.3.7 (3) to (5): we are an audience, every other one is trusted, and the
    /// token was issued to us where it says to whom.
    fn check_audience(&self, expected: &Expectation<'_>) -> Result<(), IdTokenRejection> {
        let audiences = self
            .0
            .check_audience(expected.client_id, expected.trusted_audiences)?;
        match self.0.optional_text("azp")? {
            Some(party) if party == expected.client_id => Ok(()),
            Some(_) => Err(IdTokenRejection::WrongAuthorizedParty),
            None if audiences > 1 => Err(IdTokenRejection::Missing { claim: "azp" }),
            None => Ok(()),
        }
    }

    /// Core section 3.1.3.7 (9) and (10), RFC 7519 section 4.1.5.
    fn check_lifetime(
        &self,
        window: &Window,
    ) -> Result<(DateTime<Utc>, DateTime<Utc>), IdTokenRejection> {
        let missing = |claim| IdTokenRejection::Missing { claim };
        let expires_at = self.0.expiry(window)?.ok_or(missing("exp"))?;
        self.0.check_not_before(window)?;
        let issued_at = self.0.issued(window)?.ok_or(missing("iat"))?;
        Ok((issued_at, expires_at))
    }

    /// Core section 3.1.3.7 (11): the token answers our request and no other (OI-157).
    fn check_nonce(&self, expected: &Expectation<'_>) -> Result<(), IdTokenRejection> {
        let Some(nonce) = expected.nonce else {
            self.0.optional_text("nonce")?;
            return Ok(());
        };
        if nonce.is_empty() || self.0.required_text("nonce")? != nonce {
            return Err(IdTokenRejection::WrongNonce);
        }
        Ok(())
    }

    /// Core sections 2 and 3.1.3.7 (13): required as soon as an age was asked for.
    fn check_auth_time(
        &self,
        expected: &Expectation<'_>,
        window: &Window,
    ) -> Result<Option<DateTime<Utc>>, IdTokenRejection> {
        let auth_time = self.0.time("auth_time")?;
        let now = window.now();
        if let Some(at) = auth_time
            && at - window.skew() > now
        {
            return Err(IdTokenRejection::AuthTimeInFuture { at, now });
        }
        if let Some(max_age) = expected.max_age() {
            let at = auth_time.ok_or(IdTokenRejection::Missing { claim: "auth_time" })?;
            if at + max_age + window.skew() < now {
                return Err(IdTokenRejection::AuthenticationTooOld { at, now });
            }
        }
        Ok(auth_time)
    }

    /// Core section 5.5.1.1: an essential `acr` must be one of those asked for.
    fn check_acr(&self, expected: &Expectation<'_>) -> Result<Option<String>, IdTokenRejection> {
        let acr = self.0.optional_text("acr")?;
        let met = acr.is_some_and(|acr| expected.essential_acr.contains(&acr));
        if !expected.essential_acr.is_empty() && !met {
            return Err(IdTokenRejection::AcrNotMet {
                found: acr.map(|acr| acr.chars().take(256).collect()),
            });
        }
        Ok(acr.map(str::to_owned))
    }

    /// Core sections 3.1.3.8 and 3.3.2.10: binds the token to what came with it (OI-150).
    fn check_hash(
        &self,
        claim: &'static str,
        algorithm: Algorithm,
        value: Option<&str>,
        expected: &Expectation<'_>,
    ) -> Result<(), IdTokenRejection> {
        let hash = self.0.optional_text(claim)?;
        let Some(value) = value else {
            return Ok(());
        };
        match hash {
            Some(hash) if hash == algorithm.half_hash(value) => Ok(()),
            Some(_) => Err(IdTokenRejection::WrongHash { claim }),
            None if expected.require_hashes => Err(IdTokenRejection::Missing { claim }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
