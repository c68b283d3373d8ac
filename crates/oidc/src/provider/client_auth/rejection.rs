//! Why a client did not prove itself.
//!
//! Owns the reasons, for our log: the client learns `invalid_client` and no more.

use crate::{jws::JwsRejection, jwt::JwtRejection};

/// Why a client did not prove itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientAuthRejection {
    /// The assertion's `aud` is not our issuer alone.
    #[error(
        "the client's assertion is not for our issuer alone (\"aud\"); the address of the token endpoint does not count"
    )]
    AssertionAudience,
    /// The assertion's `jti` is empty, too long or has control characters.
    #[error(
        "the client's assertion has a \"jti\" that is empty, too long, or has control characters"
    )]
    AssertionBadId,
    /// The assertion's `exp` is too far ahead.
    #[error("the client's assertion is good for more than an hour")]
    AssertionLivesTooLong,
    /// The assertion was used before. Only whoever keeps the marks against replay can say so.
    #[error("the client's assertion was used before")]
    AssertionReplayed,
    /// The assertion is of one client about another.
    #[error("the client's assertion is about another client (\"sub\")")]
    AssertionSubject,
    /// `client_assertion` without the one `client_assertion_type` there is, or the other way round.
    #[error("client_assertion and client_assertion_type (jwt-bearer) belong together")]
    AssertionType,
    /// Basic authentication with an empty secret.
    #[error("the client's secret is empty")]
    EmptySecret,
    /// `client_id` of the body is not that of the header or the assertion.
    #[error("the request names two clients")]
    IdsDiffer,
    /// The form, the header or the signature of the assertion.
    #[error("the client's assertion: {0}")]
    Jws(#[from] JwsRejection),
    /// A claim of the assertion.
    #[error("the client's assertion: {0}")]
    Jwt(#[from] JwtRejection),
    /// The header `Authorization` cannot be read.
    #[error("the header Authorization is not a client's id and secret in base64")]
    MalformedHeader,
    /// The request does not say whose it is.
    #[error("the request names no client")]
    Missing,
    /// More than one method at once (RFC 6749 section 2.3).
    #[error("the client proves itself in several ways at once")]
    SeveralMethods,
    /// No such client, or it is disabled.
    #[error("there is no such client")]
    UnknownClient,
    /// `Authorization` of another scheme than Basic.
    #[error("the header Authorization is not of the scheme Basic")]
    UnknownScheme,
    /// Another method than the registered one.
    #[error("the client is registered with {registered} and used {shown}")]
    WrongMethod {
        /// The registered one.
        registered: &'static str,
        /// The one that was used.
        shown: &'static str,
    },
    /// The secret is none of the client's.
    #[error("the client's secret is wrong, or is no longer good")]
    WrongSecret,
}

impl ClientAuthRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AssertionAudience => "client_assertion_audience",
            Self::AssertionBadId => "client_assertion_bad_id",
            Self::AssertionLivesTooLong => "client_assertion_lives_too_long",
            Self::AssertionReplayed => "client_assertion_replayed",
            Self::AssertionSubject => "client_assertion_subject",
            Self::AssertionType => "client_assertion_type",
            Self::EmptySecret => "client_auth_empty_secret",
            Self::IdsDiffer => "client_auth_ids_differ",
            Self::Jws(rejection) => rejection.code(),
            Self::Jwt(rejection) => rejection.code(),
            Self::MalformedHeader => "client_auth_malformed_header",
            Self::Missing => "client_auth_missing",
            Self::SeveralMethods => "client_auth_several_methods",
            Self::UnknownClient => "client_auth_unknown_client",
            Self::UnknownScheme => "client_auth_unknown_scheme",
            Self::WrongMethod { .. } => "client_auth_wrong_method",
            Self::WrongSecret => "client_auth_wrong_secret",
        }
    }
}
