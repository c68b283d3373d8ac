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
use serde_json::{Map, Value};

pub use self::{expectation::Expectation, rejection::IdTokenRejection};
use crate::{
    algorithm::Algorithm,
    claims::Claims,
    json::{self, JsonFault},
    jwks::Jwks,
    jws,
};

/// The longest `sub`, in bytes (Core section 2).
pub const MAX_SUBJECT_BYTES: usize = 255;

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
    let payload = Payload::parse(signed.payload())?;
    payload.check_purpose()?;
    payload.check_issuer(expected)?;
    payload.check_audience(expected)?;
    let (issued_at, expires_at) = payload.check_lifetime(expected)?;
    payload.check_nonce(expected)?;
    let subject = payload.subject()?;
    let auth_time = payload.check_auth_time(expected)?;
    let acr = payload.check_acr(expected)?;
    let amr = payload.amr()?;
    payload.check_hash(
        "at_hash",
        signed.algorithm(),
        expected.access_token,
        expected,
    )?;
    payload.check_hash("c_hash", signed.algorithm(), expected.code, expected)?;
    Ok(VerifiedIdToken {
        algorithm: signed.algorithm(),
        issuer: expected.issuer.to_owned(),
        subject,
        issued_at,
        expires_at,
        auth_time,
        acr,
        amr,
        claims: Claims::new(payload.0),
    })
}

/// The signed payload, one small check per claim.
struct Payload(Map<String, Value>);

impl Payload {
    fn parse(bytes: &[u8]) -> Result<Self, IdTokenRejection> {
        json::parse_object(bytes)
            .map(Self)
            .map_err(|fault| match fault {
                JsonFault::Duplicate(claim) => IdTokenRejection::DuplicateClaim { claim },
                other => IdTokenRejection::MalformedPayload {
                    fault: other.to_string(),
                },
            })
    }

    /// Back-Channel Logout section 2.4 keeps logout tokens apart by their event; not all providers give them a `typ`.
    fn check_purpose(&self) -> Result<(), IdTokenRejection> {
        const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";
        match self.0.get("events") {
            Some(Value::Object(events)) if events.contains_key(LOGOUT) => {
                Err(IdTokenRejection::LogoutToken)
            }
            _ => Ok(()),
        }
    }

    /// Core section 3.1.3.7 (2): exactly the issuer that was asked, byte by byte.
    fn check_issuer(&self, expected: &Expectation<'_>) -> Result<(), IdTokenRejection> {
        let issuer = self.required_text("iss")?;
        if issuer != expected.issuer {
            return Err(IdTokenRejection::WrongIssuer {
                found: issuer.chars().take(256).collect(),
                expected: expected.issuer.to_owned(),
            });
        }
        Ok(())
    }

    /// Core section 3.1.3.7 (3) to (5): we are an audience, every other one is trusted, and the
    /// token was issued to us where it says to whom.
    fn check_audience(&self, expected: &Expectation<'_>) -> Result<(), IdTokenRejection> {
        let audiences = self
            .texts("aud")?
            .ok_or(IdTokenRejection::Missing { claim: "aud" })?;
        if !audiences
            .iter()
            .any(|audience| audience == expected.client_id)
        {
            return Err(IdTokenRejection::WrongAudience);
        }
        let untrusted = audiences.iter().find(|audience| {
            *audience != expected.client_id
                && !expected.trusted_audiences.contains(&audience.as_str())
        });
        if let Some(audience) = untrusted {
            return Err(IdTokenRejection::UntrustedAudience {
                audience: audience.chars().take(256).collect(),
            });
        }
        match self.optional_text("azp")? {
            Some(party) if party == expected.client_id => Ok(()),
            Some(_) => Err(IdTokenRejection::WrongAuthorizedParty),
            None if audiences.len() > 1 => Err(IdTokenRejection::Missing { claim: "azp" }),
            None => Ok(()),
        }
    }

    /// Core section 3.1.3.7 (9) and (10), RFC 7519 section 4.1.5.
    fn check_lifetime(
        &self,
        expected: &Expectation<'_>,
    ) -> Result<(DateTime<Utc>, DateTime<Utc>), IdTokenRejection> {
        let expires_at = self
            .time("exp")?
            .ok_or(IdTokenRejection::Missing { claim: "exp" })?;
        let issued_at = self
            .time("iat")?
            .ok_or(IdTokenRejection::Missing { claim: "iat" })?;
        if expires_at + expected.skew() <= expected.now {
            return Err(IdTokenRejection::Expired {
                at: expires_at,
                now: expected.now,
            });
        }
        if let Some(not_before) = self.time("nbf")?
            && not_before - expected.skew() > expected.now
        {
            return Err(IdTokenRejection::NotYetValid {
                at: not_before,
                now: expected.now,
            });
        }
        if issued_at - expected.skew() > expected.now {
            return Err(IdTokenRejection::IssuedInFuture {
                at: issued_at,
                now: expected.now,
            });
        }
        if issued_at + expected.max_token_age() + expected.skew() < expected.now {
            return Err(IdTokenRejection::IssuedTooLongAgo {
                at: issued_at,
                now: expected.now,
            });
        }
        Ok((issued_at, expires_at))
    }

    /// Core section 3.1.3.7 (11): the token answers our request and no other (OI-157).
    fn check_nonce(&self, expected: &Expectation<'_>) -> Result<(), IdTokenRejection> {
        let Some(nonce) = expected.nonce else {
            return self.optional_text("nonce").map(|_| ());
        };
        if nonce.is_empty() || self.required_text("nonce")? != nonce {
            return Err(IdTokenRejection::WrongNonce);
        }
        Ok(())
    }

    /// Core section 2.
    fn subject(&self) -> Result<String, IdTokenRejection> {
        let subject = self.required_text("sub")?;
        let usable = (1..=MAX_SUBJECT_BYTES).contains(&subject.len())
            && !subject.chars().any(char::is_control);
        usable
            .then(|| subject.to_owned())
            .ok_or(IdTokenRejection::BadSubject)
    }

    /// Core sections 2 and 3.1.3.7 (13): required as soon as an age was asked for.
    fn check_auth_time(
        &self,
        expected: &Expectation<'_>,
    ) -> Result<Option<DateTime<Utc>>, IdTokenRejection> {
        let auth_time = self.time("auth_time")?;
        if let Some(at) = auth_time
            && at - expected.skew() > expected.now
        {
            return Err(IdTokenRejection::AuthTimeInFuture {
                at,
                now: expected.now,
            });
        }
        if let Some(max_age) = expected.max_age() {
            let at = auth_time.ok_or(IdTokenRejection::Missing { claim: "auth_time" })?;
            if at + max_age + expected.skew() < expected.now {
                return Err(IdTokenRejection::AuthenticationTooOld {
                    at,
                    now: expected.now,
                });
            }
        }
        Ok(auth_time)
    }

    /// Core section 5.5.1.1: an essential `acr` must be one of those asked for.
    fn check_acr(&self, expected: &Expectation<'_>) -> Result<Option<String>, IdTokenRejection> {
        let acr = self.optional_text("acr")?;
        let met = acr.is_some_and(|acr| expected.essential_acr.contains(&acr));
        if !expected.essential_acr.is_empty() && !met {
            return Err(IdTokenRejection::AcrNotMet {
                found: acr.map(|acr| acr.chars().take(256).collect()),
            });
        }
        Ok(acr.map(str::to_owned))
    }

    /// Core section 2: a list of strings. Some providers send a single string.
    fn amr(&self) -> Result<Vec<String>, IdTokenRejection> {
        Ok(self.texts("amr")?.unwrap_or_default())
    }

    /// Core sections 3.1.3.8 and 3.3.2.10: binds the token to what came with it (OI-150).
    fn check_hash(
        &self,
        claim: &'static str,
        algorithm: Algorithm,
        value: Option<&str>,
        expected: &Expectation<'_>,
    ) -> Result<(), IdTokenRejection> {
        let hash = self.optional_text(claim)?;
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

    fn required_text(&self, claim: &'static str) -> Result<&str, IdTokenRejection> {
        self.optional_text(claim)?
            .ok_or(IdTokenRejection::Missing { claim })
    }

    fn optional_text(&self, claim: &'static str) -> Result<Option<&str>, IdTokenRejection> {
        match self.0.get(claim) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(IdTokenRejection::WrongType {
                claim,
                expected: "a string",
            }),
        }
    }

    /// A string or a list of strings.
    fn texts(&self, claim: &'static str) -> Result<Option<Vec<String>>, IdTokenRejection> {
        let wrong = || IdTokenRejection::WrongType {
            claim,
            expected: "a string or a list of strings",
        };
        match self.0.get(claim) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
            Some(Value::Array(list)) => list
                .iter()
                .map(|entry| entry.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(wrong)
                .map(Some),
            Some(_) => Err(wrong()),
        }
    }

    /// RFC 7519 section 2, NumericDate; only whole seconds from 1970 on. A string of digits is not
    /// a number, and a number that is no date must not count as "no limit" (CVE-2026-25537).
    fn time(&self, claim: &'static str) -> Result<Option<DateTime<Utc>>, IdTokenRejection> {
        const LATEST: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z
        let Some(value) = self.0.get(claim) else {
            return Ok(None);
        };
        value
            .as_i64()
            .filter(|seconds| (0..=LATEST).contains(seconds))
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .map(Some)
            .ok_or(IdTokenRejection::WrongType {
                claim,
                expected: "a whole number of seconds",
            })
    }
}

#[cfg(test)]
mod tests;
