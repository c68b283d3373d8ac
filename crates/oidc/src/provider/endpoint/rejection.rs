//! Why a client's request is refused, in both faces: a reason for our log, an error code for the client.
//!
//! Owns the error codes of RFC 6749 section 5.2 and RFC 7009 section 2.2.1, and which reason is told as which. The
//! client learns the code and one fixed sentence for it: never which of several reasons it was.

use serde_json::{Value, json};

use super::super::{client_auth::ClientAuthRejection, scope::ScopeRejection};
use crate::pkce::PkceRejection;

/// An error code on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OAuthError {
    /// The client is unknown, or did not prove itself as it is registered to.
    InvalidClient,
    /// The code or refresh token is not good for this client and request.
    InvalidGrant,
    /// The request is malformed.
    InvalidRequest,
    /// The scope is malformed, or more than was granted.
    InvalidScope,
    /// The client may not do this.
    UnauthorizedClient,
    /// A grant type that does not exist here.
    UnsupportedGrantType,
}

impl OAuthError {
    /// As on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
        }
    }

    /// `error_description`: the same sentence whatever the reason.
    fn description(self) -> &'static str {
        match self {
            Self::InvalidClient => "the client did not authenticate as it is registered to",
            Self::InvalidGrant => "the code or refresh token is not good for this request",
            Self::InvalidRequest => "the request is malformed",
            Self::InvalidScope => "the scope is malformed or more than was granted",
            Self::UnauthorizedClient => "the client may not do this",
            Self::UnsupportedGrantType => {
                "the grant type is not supported; authorization_code and refresh_token are"
            }
        }
    }
}

/// Why a request of a client is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointRejection {
    /// The client did not prove itself.
    #[error(transparent)]
    Client(#[from] ClientAuthRejection),
    /// A public client asks what only clients may that can prove themselves (RFC 7662 section 2.1).
    #[error("the client has no means to prove itself, and this endpoint needs that")]
    ConfidentialClientsOnly,
    /// The form cannot be read.
    #[error(transparent)]
    Form(#[from] FormRejection),
    /// The code or refresh token is not good.
    #[error(transparent)]
    Grant(#[from] GrantRejection),
    /// The grant type exists, and this client is not registered for it.
    #[error("the client is not registered for the grant type {grant_type:?}")]
    GrantTypeNotAllowed {
        /// Which.
        grant_type: &'static str,
    },
    /// The scope is not good.
    #[error(transparent)]
    Scope(#[from] ScopeRejection),
    /// A grant type that does not exist here (OO-11): `password` and its like.
    #[error("the grant type {grant_type:?} does not exist here")]
    UnsupportedGrantType {
        /// Which, shortened.
        grant_type: String,
    },
}

impl EndpointRejection {
    /// The stable reason code, for the log.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Client(rejection) => rejection.code(),
            Self::ConfidentialClientsOnly => "endpoint_confidential_clients_only",
            Self::Form(rejection) => rejection.code(),
            Self::Grant(rejection) => rejection.code(),
            Self::GrantTypeNotAllowed { .. } => "token_request_grant_type_not_allowed",
            Self::Scope(rejection) => rejection.code(),
            Self::UnsupportedGrantType { .. } => "token_request_unsupported_grant_type",
        }
    }

    /// The error code, for the client.
    #[must_use]
    pub fn error(&self) -> OAuthError {
        match self {
            // RFC 6749 section 5.2 counts this one among the malformed requests.
            Self::Client(ClientAuthRejection::SeveralMethods) | Self::Form(_) => {
                OAuthError::InvalidRequest
            }
            Self::Client(_) => OAuthError::InvalidClient,
            Self::ConfidentialClientsOnly | Self::GrantTypeNotAllowed { .. } => {
                OAuthError::UnauthorizedClient
            }
            Self::Grant(_) => OAuthError::InvalidGrant,
            Self::Scope(_) => OAuthError::InvalidScope,
            Self::UnsupportedGrantType { .. } => OAuthError::UnsupportedGrantType,
        }
    }

    /// The HTTP status. Every 401 goes with [`Self::challenge`].
    #[must_use]
    pub fn status(&self) -> u16 {
        match (self, self.error()) {
            (Self::Form(FormRejection::NotPost), _) => 405,
            (Self::Form(FormRejection::TooLarge), _) => 413,
            (_, OAuthError::InvalidClient) => 401,
            _ => 400,
        }
    }

    /// The value of `WWW-Authenticate`, with which a 401 must come (RFC 9110 section 15.5.2, RFC 6749 section 5.2).
    #[must_use]
    pub fn challenge(&self) -> Option<&'static str> {
        (self.status() == 401).then_some("Basic realm=\"client\", charset=\"UTF-8\"")
    }

    /// The JSON answer; to be sent with [`super::NOT_TO_BE_STORED`].
    #[must_use]
    pub fn body(&self) -> Value {
        let error = self.error();
        json!({ "error": error.name(), "error_description": error.description() })
    }
}

/// Why a request is no form that we read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormRejection {
    /// The body or a parameter is not UTF-8.
    #[error("the request is not UTF-8 text in form encoding")]
    Encoding,
    /// A parameter is absent.
    #[error("the request has no {parameter:?}")]
    Missing {
        /// Which.
        parameter: &'static str,
    },
    /// Another media type, such as JSON.
    #[error("the request is not application/x-www-form-urlencoded")]
    NotForm,
    /// Another method, such as GET.
    #[error("the request is no POST")]
    NotPost,
    /// Parameters in the address.
    #[error("the request has parameters in its address; they belong into the body")]
    Query,
    /// A parameter occurs twice (RFC 6749 section 3.2).
    #[error("the request has the parameter {parameter:?} twice")]
    Repeated {
        /// Which, shortened.
        parameter: String,
    },
    /// More bytes than a request may have.
    #[error("the request is larger than {} bytes", super::MAX_REQUEST_BYTES)]
    TooLarge,
}

impl FormRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Encoding => "client_form_encoding",
            Self::Missing { .. } => "client_form_missing_parameter",
            Self::NotForm => "client_form_not_form",
            Self::NotPost => "client_form_not_post",
            Self::Query => "client_form_query",
            Self::Repeated { .. } => "client_form_repeated_parameter",
            Self::TooLarge => "client_form_too_large",
        }
    }
}

/// Why a code or refresh token is not good. What only the store knows is here too, so that all of it is told alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantRejection {
    /// It was given to another client.
    #[error("the code or refresh token was given to another client")]
    AnotherClient,
    /// The person, the session or the client that it stands for is no more.
    #[error("what the code or refresh token stands for has ended")]
    Ended,
    /// The verifier is not that of the challenge.
    #[error(transparent)]
    Pkce(#[from] PkceRejection),
    /// The redirect URI is not that of the authorization request.
    #[error("the redirect URI is not that of the authorization request")]
    RedirectUriDiffers,
    /// There is no such code or refresh token: never was, expired, or of another kind.
    #[error("there is no such code or refresh token")]
    Unknown,
    /// It was used before; what came of it is to be taken back (RFC 9700 sections 2.1.1 and 4.14.2).
    #[error("the code or refresh token was used before")]
    Used,
    /// It was used a moment ago, by the same client: its requests crossed, or it lost the answer. Nothing is taken back.
    #[error("the refresh token was used a moment ago")]
    UsedJustNow,
    /// The authorization request had a challenge, and there is no verifier.
    #[error("there is no code verifier, yet the authorization request had a challenge")]
    VerifierMissing,
    /// There is a verifier, and the authorization request had no challenge: somebody took it out (RFC 9700 section
    /// 4.8.2).
    #[error("there is a code verifier, yet the authorization request had no challenge")]
    VerifierUnexpected,
}

impl GrantRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AnotherClient => "grant_of_another_client",
            Self::Ended => "grant_ended",
            Self::Pkce(rejection) => rejection.code(),
            Self::RedirectUriDiffers => "grant_redirect_uri_differs",
            Self::Unknown => "grant_unknown",
            Self::Used => "grant_used",
            Self::UsedJustNow => "grant_used_just_now",
            Self::VerifierMissing => "pkce_verifier_missing",
            Self::VerifierUnexpected => "pkce_verifier_unexpected",
        }
    }
}
