//! Why an ID token is not accepted.
//!
//! Owns the list of reasons, their codes and their words for an administrator. Values of claims are
//! told only where they identify a party, never a person.

use chrono::{DateTime, Utc};

use crate::{
    jws::JwsRejection,
    jwt::{JwtRejection, told},
};

/// Why an ID token is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenRejection {
    /// The essential `acr` was not reached.
    #[error("the provider did not reach the level of authentication that was asked for (acr: {})", .found.as_deref().unwrap_or("none"))]
    AcrNotMet {
        /// `acr` of the token.
        found: Option<String>,
    },
    /// `auth_time` is in the future.
    #[error(
        "the ID token says that the person will authenticate at {}, it is {}; compare the clocks",
        told(.at), told(.now)
    )]
    AuthTimeInFuture {
        /// `auth_time`.
        at: DateTime<Utc>,
        /// Our time.
        now: DateTime<Utc>,
    },
    /// `auth_time` is longer ago than `max_age`.
    #[error(
        "the person authenticated at {}, too long ago for this request (it is {})",
        told(.at), told(.now)
    )]
    AuthenticationTooOld {
        /// `auth_time`.
        at: DateTime<Utc>,
        /// Our time.
        now: DateTime<Utc>,
    },
    /// `sub` is empty, too long or has control characters.
    #[error("the ID token's \"sub\" is empty, longer than 255 bytes, or has control characters")]
    BadSubject,
    /// A claim occurs twice.
    #[error("the ID token has the claim {claim:?} twice")]
    DuplicateClaim {
        /// Its name.
        claim: String,
    },
    /// `exp` is over.
    #[error("the ID token expired at {}, it is {}; compare the clocks", told(.at), told(.now))]
    Expired {
        /// `exp`.
        at: DateTime<Utc>,
        /// Our time.
        now: DateTime<Utc>,
    },
    /// `iat` is in the future.
    #[error("the ID token was issued at {}, it is {}; compare the clocks", told(.at), told(.now))]
    IssuedInFuture {
        /// `iat`.
        at: DateTime<Utc>,
        /// Our time.
        now: DateTime<Utc>,
    },
    /// `iat` is long before this login.
    #[error(
        "the ID token was issued at {}, too long ago for this login (it is {}); compare the clocks",
        told(.at), told(.now)
    )]
    IssuedTooLongAgo {
        /// `iat`.
        at: DateTime<Utc>,
        /// Our time.
        now: DateTime<Utc>,
    },
    /// The form, the header or the signature.
    #[error(transparent)]
    Jws(#[from] JwsRejection),
    /// It tells the end of a session, not a login.
    #[error("the token is a logout token; it is not accepted as an ID token")]
    LogoutToken,
    /// The payload is no JSON object.
    #[error("the ID token's payload cannot be read: {fault}")]
    MalformedPayload {
        /// What is wrong with it.
        fault: String,
    },
    /// A required claim is absent.
    #[error("the ID token has no {claim:?}{}", hint(.claim))]
    Missing {
        /// Its name.
        claim: &'static str,
    },
    /// `nbf` is still to come.
    #[error("the ID token is valid from {}, it is {}; compare the clocks", told(.at), told(.now))]
    NotYetValid {
        /// `nbf`.
        at: DateTime<Utc>,
        /// Our time.
        now: DateTime<Utc>,
    },
    /// `aud` names somebody beside us who is not trusted.
    #[error("the ID token is also for {audience:?}, which is not among the trusted audiences")]
    UntrustedAudience {
        /// The entry of `aud`.
        audience: String,
    },
    /// `aud` does not name us.
    #[error("the ID token is not for us: our client id is not in its \"aud\"")]
    WrongAudience,
    /// `azp` names another client.
    #[error("the ID token was issued to another client (\"azp\")")]
    WrongAuthorizedParty,
    /// `at_hash` or `c_hash` belongs to another token or code.
    #[error("the ID token's {claim:?} does not belong to what came with it")]
    WrongHash {
        /// Which of the two.
        claim: &'static str,
    },
    /// `iss` is another issuer, perhaps only by a slash.
    #[error("the ID token was issued by {found:?}, expected {expected:?}")]
    WrongIssuer {
        /// `iss` of the token.
        found: String,
        /// The configured issuer.
        expected: String,
    },
    /// The token answers another request.
    #[error("the ID token does not belong to this login (\"nonce\" differs)")]
    WrongNonce,
    /// A claim has the wrong JSON type.
    #[error("the ID token's {claim:?} is not {expected}")]
    WrongType {
        /// Its name.
        claim: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl From<JwtRejection> for IdTokenRejection {
    fn from(rejection: JwtRejection) -> Self {
        match rejection {
            JwtRejection::BadSubject => Self::BadSubject,
            JwtRejection::DuplicateClaim { claim } => Self::DuplicateClaim { claim },
            JwtRejection::Expired { at, now } => Self::Expired { at, now },
            JwtRejection::IssuedInFuture { at, now } => Self::IssuedInFuture { at, now },
            JwtRejection::IssuedTooLongAgo { at, now } => Self::IssuedTooLongAgo { at, now },
            JwtRejection::MalformedPayload { fault } => Self::MalformedPayload { fault },
            JwtRejection::Missing { claim } => Self::Missing { claim },
            JwtRejection::NotYetValid { at, now } => Self::NotYetValid { at, now },
            JwtRejection::UntrustedAudience { audience } => Self::UntrustedAudience { audience },
            JwtRejection::WrongAudience => Self::WrongAudience,
            JwtRejection::WrongIssuer { found, expected } => Self::WrongIssuer { found, expected },
            JwtRejection::WrongType { claim, expected } => Self::WrongType { claim, expected },
        }
    }
}

/// What the lack of a claim usually means.
fn hint(claim: &str) -> &'static str {
    match claim {
        "auth_time" => "; the request's \"max_age\" makes it needed, let the provider send it",
        "nonce" => "; is it the token of another login?",
        _ => "",
    }
}

impl IdTokenRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AcrNotMet { .. } => "id_token_acr_not_met",
            Self::AuthTimeInFuture { .. } => "id_token_auth_time_in_future",
            Self::AuthenticationTooOld { .. } => "id_token_authentication_too_old",
            Self::BadSubject => "id_token_bad_subject",
            Self::DuplicateClaim { .. } => "id_token_duplicate_claim",
            Self::Expired { .. } => "id_token_expired",
            Self::IssuedInFuture { .. } => "id_token_issued_in_future",
            Self::IssuedTooLongAgo { .. } => "id_token_issued_too_long_ago",
            Self::Jws(rejection) => rejection.code(),
            Self::LogoutToken => "id_token_is_logout_token",
            Self::MalformedPayload { .. } => "id_token_malformed_payload",
            Self::Missing { .. } => "id_token_missing_claim",
            Self::NotYetValid { .. } => "id_token_not_yet_valid",
            Self::UntrustedAudience { .. } => "id_token_untrusted_audience",
            Self::WrongAudience => "id_token_wrong_audience",
            Self::WrongAuthorizedParty => "id_token_wrong_authorized_party",
            Self::WrongHash { .. } => "id_token_wrong_hash",
            Self::WrongIssuer { .. } => "id_token_wrong_issuer",
            Self::WrongNonce => "id_token_wrong_nonce",
            Self::WrongType { .. } => "id_token_wrong_type",
        }
    }

    /// Whether fetching the issuer's keys anew could change the answer.
    #[must_use]
    pub fn is_unknown_key(&self) -> bool {
        matches!(self, Self::Jws(JwsRejection::UnknownKey { .. }))
    }
}
