//! Claims of a signed token, strictly typed (RFC 7519).
//!
//! Owns the reading of claims that every kind of token has, and the comparison of issuer, audience and times. It does
//! not check signatures and does not know kinds: [`crate::id_token`], [`crate::logout_token`] and the assertions of
//! clients each add what is theirs.
//!
//! Absence, a wrong JSON type and a wrong value are three different faults.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::json::{self, JsonFault};

/// The longest `sub`, in bytes (Core section 2).
pub const MAX_SUBJECT_BYTES: usize = 255;

/// The most that two clocks may differ.
const MAX_SKEW: Duration = Duration::from_secs(120);

/// Why the claims of a token are not accepted, whatever kind of token it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtRejection {
    /// `sub` is empty, too long or has control characters.
    #[error("the token's \"sub\" is empty, longer than 255 bytes, or has control characters")]
    BadSubject,
    /// A claim occurs twice.
    #[error("the token has the claim {claim:?} twice")]
    DuplicateClaim {
        /// Its name.
        claim: String,
    },
    /// `exp` is over.
    #[error("the token expired at {}, it is {}; compare the clocks", told(.at), told(.now))]
    Expired {
        /// `exp`.
        at: DateTime<Utc>,
        /// Our time.
        now: DateTime<Utc>,
    },
    /// `iat` is in the future.
    #[error("the token was issued at {}, it is {}; compare the clocks", told(.at), told(.now))]
    IssuedInFuture {
        /// `iat`.
        at: DateTime<Utc>,
        /// Our time.
        now: DateTime<Utc>,
    },
    /// `iat` is too far in the past for a token of this kind.
    #[error(
        "the token was issued at {}, too long ago (it is {}); compare the clocks",
        told(.at), told(.now)
    )]
    IssuedTooLongAgo {
        /// `iat`.
        at: DateTime<Utc>,
        /// Our time.
        now: DateTime<Utc>,
    },
    /// The payload is no JSON object.
    #[error("the token's payload cannot be read: {fault}")]
    MalformedPayload {
        /// What is wrong with it.
        fault: String,
    },
    /// A required claim is absent.
    #[error("the token has no {claim:?}")]
    Missing {
        /// Its name.
        claim: &'static str,
    },
    /// `nbf` is still to come.
    #[error("the token is valid from {}, it is {}; compare the clocks", told(.at), told(.now))]
    NotYetValid {
        /// `nbf`.
        at: DateTime<Utc>,
        /// Our time.
        now: DateTime<Utc>,
    },
    /// `aud` names somebody beside us who is not trusted.
    #[error("the token is also for {audience:?}, which is not among the trusted audiences")]
    UntrustedAudience {
        /// The entry of `aud`.
        audience: String,
    },
    /// `aud` does not name us.
    #[error("the token is not for us: we are not in its \"aud\"")]
    WrongAudience,
    /// `iss` is another issuer, perhaps only by a slash.
    #[error("the token was issued by {found:?}, expected {expected:?}")]
    WrongIssuer {
        /// `iss` of the token.
        found: String,
        /// The one that was expected.
        expected: String,
    },
    /// A claim has the wrong JSON type.
    #[error("the token's {claim:?} is not {expected}")]
    WrongType {
        /// Its name.
        claim: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl JwtRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadSubject => "jwt_bad_subject",
            Self::DuplicateClaim { .. } => "jwt_duplicate_claim",
            Self::Expired { .. } => "jwt_expired",
            Self::IssuedInFuture { .. } => "jwt_issued_in_future",
            Self::IssuedTooLongAgo { .. } => "jwt_issued_too_long_ago",
            Self::MalformedPayload { .. } => "jwt_malformed_payload",
            Self::Missing { .. } => "jwt_missing_claim",
            Self::NotYetValid { .. } => "jwt_not_yet_valid",
            Self::UntrustedAudience { .. } => "jwt_untrusted_audience",
            Self::WrongAudience => "jwt_wrong_audience",
            Self::WrongIssuer { .. } => "jwt_wrong_issuer",
            Self::WrongType { .. } => "jwt_wrong_type",
        }
    }
}

/// The moment of a check, and what is allowed around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    now: DateTime<Utc>,
    skew: TimeDelta,
    max_age: TimeDelta,
}

impl Window {
    /// `max_age` is how long ago `iat` may be; a skew above 120 s counts as 120 s.
    pub(crate) fn new(now: DateTime<Utc>, skew: Duration, max_age: TimeDelta) -> Self {
        let skew = TimeDelta::from_std(skew.min(MAX_SKEW)).unwrap_or_default();
        Self { now, skew, max_age }
    }

    /// The moment of the check.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// How far the clocks may differ.
    pub(crate) fn skew(&self) -> TimeDelta {
        self.skew
    }
}

/// The payload of a token, one small check per claim.
pub(crate) struct Payload(Map<String, Value>);

impl Payload {
    /// Reads a strict JSON object.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, JwtRejection> {
        json::parse_object(bytes)
            .map(Self)
            .map_err(|fault| match fault {
                JsonFault::Duplicate(claim) => JwtRejection::DuplicateClaim { claim },
                other => JwtRejection::MalformedPayload {
                    fault: other.to_string(),
                },
            })
    }

    /// All claims.
    pub(crate) fn into_members(self) -> Map<String, Value> {
        self.0
    }

    /// A claim as it stands.
    pub(crate) fn value(&self, claim: &str) -> Option<&Value> {
        self.0.get(claim)
    }

    /// Core section 3.1.3.7 (2): exactly this issuer, byte by byte.
    pub(crate) fn check_issuer(&self, expected: &str) -> Result<(), JwtRejection> {
        let issuer = self.required_text("iss")?;
        if issuer != expected {
            return Err(JwtRejection::WrongIssuer {
                found: shorten(issuer),
                expected: expected.to_owned(),
            });
        }
        Ok(())
    }

    /// Core section 3.1.3.7 (3): `us` is an audience, and every other one is trusted. Yields how many there are.
    pub(crate) fn check_audience(&self, us: &str, trusted: &[&str]) -> Result<usize, JwtRejection> {
        let audiences = self
            .texts("aud")?
            .ok_or(JwtRejection::Missing { claim: "aud" })?;
        if !audiences.iter().any(|audience| audience == us) {
            return Err(JwtRejection::WrongAudience);
        }
        let untrusted = audiences
            .iter()
            .find(|audience| *audience != us && !trusted.contains(&audience.as_str()));
        match untrusted {
            Some(audience) => Err(JwtRejection::UntrustedAudience {
                audience: shorten(audience),
            }),
            None => Ok(audiences.len()),
        }
    }

    /// `exp`, if it is there: not over (RFC 7519 section 4.1.4).
    pub(crate) fn expiry(&self, window: &Window) -> Result<Option<DateTime<Utc>>, JwtRejection> {
        let at = self.time("exp")?;
        match at {
            Some(at) if at + window.skew <= window.now => Err(JwtRejection::Expired {
                at,
                now: window.now,
            }),
            other => Ok(other),
        }
    }

    /// `nbf`, if it is there: not still to come (RFC 7519 section 4.1.5).
    pub(crate) fn check_not_before(&self, window: &Window) -> Result<(), JwtRejection> {
        match self.time("nbf")? {
            Some(at) if at - window.skew > window.now => Err(JwtRejection::NotYetValid {
                at,
                now: window.now,
            }),
            _ => Ok(()),
        }
    }

    /// `iat`, if it is there: neither in the future nor too long ago (Core section 3.1.3.7 (10)).
    pub(crate) fn issued(&self, window: &Window) -> Result<Option<DateTime<Utc>>, JwtRejection> {
        let Some(at) = self.time("iat")? else {
            return Ok(None);
        };
        let now = window.now;
        if at - window.skew > now {
            return Err(JwtRejection::IssuedInFuture { at, now });
        }
        if at + window.max_age + window.skew < now {
            return Err(JwtRejection::IssuedTooLongAgo { at, now });
        }
        Ok(Some(at))
    }

    /// `sub`, if it is there: usable as a name of somebody (Core section 2).
    pub(crate) fn subject(&self) -> Result<Option<String>, JwtRejection> {
        let Some(subject) = self.optional_text("sub")? else {
            return Ok(None);
        };
        let usable = (1..=MAX_SUBJECT_BYTES).contains(&subject.len())
            && !subject.chars().any(char::is_control);
        usable
            .then(|| Some(subject.to_owned()))
            .ok_or(JwtRejection::BadSubject)
    }

    /// A claim that must be there and be a string.
    pub(crate) fn required_text(&self, claim: &'static str) -> Result<&str, JwtRejection> {
        self.optional_text(claim)?
            .ok_or(JwtRejection::Missing { claim })
    }

    /// A claim that, where it is there, must be a string.
    pub(crate) fn optional_text(&self, claim: &'static str) -> Result<Option<&str>, JwtRejection> {
        match self.0.get(claim) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(JwtRejection::WrongType {
                claim,
                expected: "a string",
            }),
        }
    }

    /// A string or a list of strings.
    pub(crate) fn texts(&self, claim: &'static str) -> Result<Option<Vec<String>>, JwtRejection> {
        let wrong = || JwtRejection::WrongType {
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

    /// RFC 7519 section 2, NumericDate; only whole seconds from 1970 on. A string of digits is not a number, and a
    /// number that is no date must not count as "no limit" (CVE-2026-25537).
    pub(crate) fn time(&self, claim: &'static str) -> Result<Option<DateTime<Utc>>, JwtRejection> {
        const LATEST: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z
        let Some(value) = self.0.get(claim) else {
            return Ok(None);
        };
        value
            .as_i64()
            .filter(|seconds| (0..=LATEST).contains(seconds))
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .map(Some)
            .ok_or(JwtRejection::WrongType {
                claim,
                expected: "a whole number of seconds",
            })
    }
}

/// A moment in a message for people: nobody compares clocks by the nanosecond.
pub(crate) fn told(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What a foreign text may look like in a message for people.
fn shorten(text: &str) -> String {
    text.chars().take(256).collect()
}
