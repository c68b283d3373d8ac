//! Logout tokens as a relying party checks them (Back-Channel Logout 1.0).
//!
//! Owns the request of section 2.5 and every check of section 2.6, and the proof that they were made:
//! [`VerifiedLogoutToken`] has no other constructor than [`verify`]. It takes the same way as an ID token: one parser,
//! one choice of key, one reading of times. It does not know sessions, and cannot know whether a token was used
//! before: `jti` is handed on with the time for which it is to be remembered.
//!
//! What we send as a provider is in [`crate::provider::logout_token`].

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::{
    algorithm::Algorithm,
    form::Parameters,
    jwks::Jwks,
    jws::{self, JwsRejection, MAX_TOKEN_BYTES},
    jwt::{JwtRejection, Payload, Window},
};

/// The member of `events` that makes a token a logout token (section 2.4).
pub const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The `typ` of a logout token (section 2.4).
pub const TYPE: &str = "logout+jwt";

/// The longest `sid` and `jti`, in bytes.
pub const MAX_ID_BYTES: usize = 512;

/// How long before now a token may have been issued. It is sent when the session ends, and lives two minutes
/// (section 4); a provider that tries again may bring it a little later.
const MAX_TOKEN_AGE: TimeDelta = TimeDelta::minutes(5);

/// Values of `typ` that a logout token may have; it may have none, too. `JWT` is what providers write that are older
/// than the explicit type.
const TYPES: &[&str] = &["JWT", TYPE, "application/logout+jwt"];

/// Why a logout token is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoutTokenRejection {
    /// `sid` or `jti` is empty, too long or has control characters.
    #[error("the logout token's {claim:?} is empty, too long, or has control characters")]
    BadId {
        /// Which of the two.
        claim: &'static str,
    },
    /// There is a `nonce`: it is, or was made of, an ID token (section 2.4).
    #[error(
        "the logout token has a \"nonce\"; that is forbidden, so that no ID token passes for it"
    )]
    HasNonce,
    /// The form, the header or the signature.
    #[error(transparent)]
    Jws(#[from] JwsRejection),
    /// A claim that every token has.
    #[error(transparent)]
    Jwt(#[from] JwtRejection),
    /// The request is no form with one `logout_token`.
    #[error("the logout request is not a form with one \"logout_token\": {fault}")]
    MalformedRequest {
        /// What is wrong with it.
        fault: String,
    },
    /// `events` does not hold the event of back-channel logout as an object.
    #[error("the token does not tell the end of a session: its \"events\" has no {EVENT}")]
    NoEvent,
    /// Neither `sub` nor `sid`.
    #[error(
        "the logout token has neither \"sub\" nor \"sid\": it does not say whose session ended"
    )]
    NoTarget,
}

impl LogoutTokenRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadId { .. } => "logout_token_bad_id",
            Self::HasNonce => "logout_token_has_nonce",
            Self::Jws(rejection) => rejection.code(),
            Self::Jwt(rejection) => rejection.code(),
            Self::MalformedRequest { .. } => "logout_token_malformed_request",
            Self::NoEvent => "logout_token_no_event",
            Self::NoTarget => "logout_token_no_target",
        }
    }

    /// Whether fetching the issuer's keys anew could change the answer.
    #[must_use]
    pub fn is_unknown_key(&self) -> bool {
        matches!(self, Self::Jws(JwsRejection::UnknownKey { .. }))
    }
}

/// Whose session ended (section 2.4: `sub`, `sid` or both).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoutTarget {
    /// All sessions of a person: `sub` alone.
    Person {
        /// `sub`.
        subject: String,
    },
    /// One session of a person.
    PersonsSession {
        /// `sub`.
        subject: String,
        /// `sid`.
        session: String,
    },
    /// One session: `sid` alone.
    Session {
        /// `sid`.
        session: String,
    },
}

impl LogoutTarget {
    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Person { subject } | Self::PersonsSession { subject, .. } => Some(subject),
            Self::Session { .. } => None,
        }
    }

    /// `sid`.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        match self {
            Self::PersonsSession { session, .. } | Self::Session { session } => Some(session),
            Self::Person { .. } => None,
        }
    }
}

/// What a logout token must match. Start with [`Expectation::new`].
#[derive(Clone, Debug)]
pub struct Expectation<'a> {
    /// `iss`, exactly as in the configuration and the provider metadata.
    pub issuer: &'a str,
    /// Our client id at that issuer.
    pub client_id: &'a str,
    /// The time of the check.
    pub now: DateTime<Utc>,
    /// The allow-list of signature algorithms; RS256 unless configured otherwise.
    pub algorithms: &'a [Algorithm],
    /// Audiences that may stand beside us in `aud`; none unless configured.
    pub trusted_audiences: &'a [&'a str],
    /// Takes a token without `exp`, which is then good for five minutes from `iat` on. The first edition of the
    /// specification had none, and providers of its time still send none.
    pub danger_accept_no_expiry: bool,
    /// How far the provider's clock may differ from ours; more than 120 s counts as 120 s.
    pub skew: Duration,
}

impl<'a> Expectation<'a> {
    /// An expectation with the defaults: RS256 only, no other audience, `exp` required, 60 s of skew.
    #[must_use]
    pub fn new(issuer: &'a str, client_id: &'a str, now: DateTime<Utc>) -> Self {
        Self {
            issuer,
            client_id,
            now,
            algorithms: &[Algorithm::Rs256],
            trusted_audiences: &[],
            danger_accept_no_expiry: false,
            skew: Duration::from_secs(60),
        }
    }
}

/// A logout token that passed every check but the one for replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedLogoutToken {
    algorithm: Algorithm,
    issuer: String,
    target: LogoutTarget,
    id: String,
    issued_at: DateTime<Utc>,
    remember_until: DateTime<Utc>,
}

impl VerifiedLogoutToken {
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

    /// Whose session ended.
    #[must_use]
    pub fn target(&self) -> &LogoutTarget {
        &self.target
    }

    /// `jti`: unique within the issuer, for the mark against replay.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `iat`.
    #[must_use]
    pub fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    /// Until when the mark against replay must be kept; after it the token is refused for its age.
    #[must_use]
    pub fn remember_until(&self) -> DateTime<Utc> {
        self.remember_until
    }
}

/// Takes the token out of the body of a logout request (section 2.5); other parameters are ignored.
///
/// # Errors
/// [`LogoutTokenRejection::MalformedRequest`].
pub fn from_request(body: &[u8]) -> Result<String, LogoutTokenRejection> {
    // The name, and room for what a future edition may add.
    const MAX_REQUEST_BYTES: usize = MAX_TOKEN_BYTES + 4096;
    let malformed = |fault: String| LogoutTokenRejection::MalformedRequest { fault };
    let body = std::str::from_utf8(body).map_err(|_| malformed("it is not text".to_owned()))?;
    let mut form =
        Parameters::parse(body, MAX_REQUEST_BYTES).map_err(|fault| malformed(fault.to_string()))?;
    form.take("logout_token")
        .ok_or_else(|| malformed("it is not there".to_owned()))
}

/// Checks a logout token.
///
/// # Errors
/// [`LogoutTokenRejection`]; where it holds [`JwsRejection::UnknownKey`], the caller may fetch the keys again, once,
/// and repeat the call. Whatever it is, the answer is 400 (section 2.8).
pub fn verify(
    token: &str,
    expected: &Expectation<'_>,
    keys: &Jwks,
) -> Result<VerifiedLogoutToken, LogoutTokenRejection> {
    let signed = jws::verify_of_type(token, expected.algorithms, keys, TYPES)?;
    let payload = Payload::parse(signed.payload())?;
    let window = Window::new(expected.now, expected.skew, MAX_TOKEN_AGE);
    check_event(&payload)?;
    if payload.value("nonce").is_some() {
        return Err(LogoutTokenRejection::HasNonce);
    }
    payload.check_issuer(expected.issuer)?;
    payload.check_audience(expected.client_id, expected.trusted_audiences)?;
    let expires_at = payload.expiry(&window)?;
    if expires_at.is_none() && !expected.danger_accept_no_expiry {
        return Err(JwtRejection::Missing { claim: "exp" }.into());
    }
    payload.check_not_before(&window)?;
    let issued_at = payload
        .issued(&window)?
        .ok_or(JwtRejection::Missing { claim: "iat" })?;
    let id = id(&payload, "jti")?.ok_or(JwtRejection::Missing { claim: "jti" })?;
    Ok(VerifiedLogoutToken {
        algorithm: signed.algorithm(),
        issuer: expected.issuer.to_owned(),
        target: target(&payload)?,
        id,
        issued_at,
        // From then on `iat` alone refuses it, whatever `exp` says; a second to spare, as that very moment still counts.
        remember_until: issued_at + MAX_TOKEN_AGE + window.skew() + TimeDelta::seconds(1),
    })
}

/// Section 2.6 (6). Other events may stand beside ours.
fn check_event(payload: &Payload) -> Result<(), LogoutTokenRejection> {
    let event = payload.value("events").and_then(|events| events.get(EVENT));
    match event {
        Some(Value::Object(_)) => Ok(()),
        _ => Err(LogoutTokenRejection::NoEvent),
    }
}

/// Section 2.6 (5).
fn target(payload: &Payload) -> Result<LogoutTarget, LogoutTokenRejection> {
    match (payload.subject()?, id(payload, "sid")?) {
        (Some(subject), Some(session)) => Ok(LogoutTarget::PersonsSession { subject, session }),
        (Some(subject), None) => Ok(LogoutTarget::Person { subject }),
        (None, Some(session)) => Ok(LogoutTarget::Session { session }),
        (None, None) => Err(LogoutTokenRejection::NoTarget),
    }
}

/// An identifier of the provider's making.
fn id(payload: &Payload, claim: &'static str) -> Result<Option<String>, LogoutTokenRejection> {
    let Some(id) = payload.optional_text(claim)? else {
        return Ok(None);
    };
    let usable = (1..=MAX_ID_BYTES).contains(&id.len()) && !id.chars().any(char::is_control);
    usable
        .then(|| Some(id.to_owned()))
        .ok_or(LogoutTokenRejection::BadId { claim })
}

#[cfg(test)]
mod tests;
