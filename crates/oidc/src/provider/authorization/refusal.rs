//! Why an authorization request is refused, and where that may be told.
//!
//! Owns the reasons. There are two kinds because there are two places: before it is sure whose request
//! this is, nothing but a page of our own; afterwards, the client's redirect URI (RFC 6749 section 4.1.2.1).

use crate::{
    pkce::PkceRejection,
    provider::{
        answer::{Answer, ErrorCode, ReplyAddress},
        redirect_uri::verdict::Mismatch,
        scope::ScopeRejection,
    },
};

/// Why a request is refused with a page of our own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageReason {
    /// A parameter holds a control character.
    #[error("the parameter {parameter:?} has a control character")]
    ControlCharacter {
        /// Which.
        parameter: String,
    },
    /// Not UTF-8 in form encoding.
    #[error("the request is not UTF-8 text in form encoding")]
    Encoding,
    /// `client_id` or `redirect_uri` is absent.
    #[error("the request has no {parameter:?}")]
    Missing {
        /// Which.
        parameter: &'static str,
    },
    /// A pushed request is brought by another client than the one that pushed it (RFC 9126 section 2.2).
    #[error("the pushed request is another client's")]
    PushedByAnother,
    /// The pushed request is not there: never pushed, used, or too old (RFC 9126 section 4).
    #[error("the pushed request is unknown, was used, or is too old")]
    PushedUnknown,
    /// A POST with parameters in its address, too.
    #[error("the request has parameters in its address and in its body")]
    QueryAndBody,
    /// A parameter is there twice (RFC 6749 section 3.1).
    #[error("the parameter {parameter:?} is there twice")]
    Repeated {
        /// Which.
        parameter: String,
    },
    /// More bytes than [`super::MAX_REQUEST_BYTES`].
    #[error("the request is larger than {} bytes", super::MAX_REQUEST_BYTES)]
    TooLarge,
    /// A value is longer than its parameter may be.
    #[error("the parameter {parameter:?} is too long")]
    TooLong {
        /// Which.
        parameter: String,
    },
    /// More parameters than [`super::MAX_PARAMETERS`].
    #[error("the request has more than {} parameters", super::MAX_PARAMETERS)]
    TooMany,
    /// No such client, or it may not log anybody in now.
    #[error("the client is not registered")]
    UnknownClient,
    /// The redirect URI is not registered for this client.
    #[error("the redirect URI is not registered for this client: {0}")]
    UnknownRedirectUri(Mismatch),
}

impl PageReason {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ControlCharacter { .. } => "authorization_control_character",
            Self::Encoding => "authorization_encoding",
            Self::Missing { .. } => "authorization_missing_parameter",
            Self::PushedByAnother => "authorization_pushed_by_another",
            Self::PushedUnknown => "authorization_pushed_unknown",
            Self::QueryAndBody => "authorization_query_and_body",
            Self::Repeated { .. } => "authorization_repeated_parameter",
            Self::TooLarge => "authorization_too_large",
            Self::TooLong { .. } => "authorization_parameter_too_long",
            Self::TooMany => "authorization_too_many_parameters",
            Self::UnknownClient => "authorization_unknown_client",
            Self::UnknownRedirectUri(_) => "authorization_unknown_redirect_uri",
        }
    }

    /// The OAuth error, where the request came from the client itself and not through a browser: the
    /// pushed request endpoint.
    #[must_use]
    pub fn error(&self) -> ErrorCode {
        match self {
            Self::UnknownClient => ErrorCode::UnauthorizedClient,
            Self::PushedByAnother | Self::PushedUnknown => ErrorCode::InvalidRequestUri,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

/// What is wrong with a request whose client and redirect URI are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    /// No value of an essential `acr` can be reached (Core section 5.5.1.1).
    #[error("none of the essential acr values can be reached")]
    AcrUnreachable,
    /// `acr_values` has more words than it may have.
    #[error("acr_values has too many values")]
    AcrValuesTooMany,
    /// `claims` is not the JSON of Core section 5.5.
    #[error("claims is not a JSON object as of OpenID Connect Core section 5.5")]
    ClaimsMalformed,
    /// `claims` asks for more than it may.
    #[error("claims asks for too many claims or values")]
    ClaimsTooMany,
    /// `max_age` is not a whole number of seconds, or more than [`super::MAX_MAX_AGE`].
    #[error("max_age is not a number of seconds in range")]
    MaxAge,
    /// The code challenge is not a SHA-256.
    #[error("code_challenge is not a SHA-256 in base64url")]
    PkceChallenge,
    /// The method is absent (which means `plain`) or not `S256`.
    #[error("code_challenge_method must be S256")]
    PkceMethod,
    /// There is no code challenge, and this client needs one.
    #[error("code_challenge is required")]
    PkceMissing,
    /// `prompt=none` with another prompt.
    #[error("prompt none cannot be combined")]
    PromptNoneCombined,
    /// A prompt that we do not know.
    #[error("prompt has an unknown value")]
    PromptUnknown,
    /// This client must push its requests.
    #[error("this client must push its requests")]
    PushRequired,
    /// `registration`.
    #[error("registration is not supported")]
    Registration,
    /// `request`.
    #[error("request objects are not supported")]
    RequestObject,
    /// `request_uri` that does not name a pushed request.
    #[error("request_uri is supported for pushed requests only")]
    RequestUri,
    /// `resource`: access tokens are for the userinfo endpoint only.
    #[error("access tokens for other resources are not issued")]
    Resource,
    /// `response_mode` is unknown, or not allowed for this client.
    #[error("response_mode is not allowed for this client")]
    ResponseMode,
    /// `response_type` is not `code`.
    #[error("response_type must be code")]
    ResponseType,
    /// There is no `response_type`.
    #[error("response_type is missing")]
    ResponseTypeMissing,
    /// A scope has characters that scopes do not have (RFC 6749 appendix A.4).
    #[error("scope is malformed")]
    ScopeMalformed,
    /// `openid` is not among the scopes.
    #[error("scope must contain openid")]
    ScopeOpenid,
    /// More scopes than [`crate::provider::scope::MAX_SCOPES`].
    #[error("scope has too many values")]
    ScopeTooMany,
}

impl RequestFault {
    /// The stable reason code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AcrUnreachable => "authorization_acr_unreachable",
            Self::AcrValuesTooMany => "authorization_acr_values_too_many",
            Self::ClaimsMalformed => "authorization_claims_malformed",
            Self::ClaimsTooMany => "authorization_claims_too_many",
            Self::MaxAge => "authorization_max_age",
            Self::PkceChallenge => "authorization_pkce_challenge",
            Self::PkceMethod => "authorization_pkce_method",
            Self::PkceMissing => "authorization_pkce_missing",
            Self::PromptNoneCombined => "authorization_prompt_none_combined",
            Self::PromptUnknown => "authorization_prompt_unknown",
            Self::PushRequired => "authorization_push_required",
            Self::Registration => "authorization_registration",
            Self::RequestObject => "authorization_request_object",
            Self::RequestUri => "authorization_request_uri",
            Self::Resource => "authorization_resource",
            Self::ResponseMode => "authorization_response_mode",
            Self::ResponseType => "authorization_response_type",
            Self::ResponseTypeMissing => "authorization_response_type_missing",
            Self::ScopeMalformed => "authorization_scope_malformed",
            Self::ScopeOpenid => "authorization_scope_openid",
            Self::ScopeTooMany => "authorization_scope_too_many",
        }
    }

    /// The OAuth error.
    #[must_use]
    pub fn error(self) -> ErrorCode {
        match self {
            Self::AcrUnreachable => ErrorCode::UnmetAuthenticationRequirements,
            Self::Registration => ErrorCode::RegistrationNotSupported,
            Self::RequestObject => ErrorCode::RequestNotSupported,
            Self::RequestUri => ErrorCode::RequestUriNotSupported,
            Self::Resource => ErrorCode::InvalidTarget,
            Self::ResponseType => ErrorCode::UnsupportedResponseType,
            Self::ScopeMalformed | Self::ScopeOpenid | Self::ScopeTooMany => {
                ErrorCode::InvalidScope
            }
            Self::AcrValuesTooMany
            | Self::ClaimsMalformed
            | Self::ClaimsTooMany
            | Self::MaxAge
            | Self::PkceChallenge
            | Self::PkceMethod
            | Self::PkceMissing
            | Self::PromptNoneCombined
            | Self::PromptUnknown
            | Self::PushRequired
            | Self::ResponseMode
            | Self::ResponseTypeMissing => ErrorCode::InvalidRequest,
        }
    }
}

impl From<PkceRejection> for RequestFault {
    fn from(rejection: PkceRejection) -> Self {
        match rejection {
            PkceRejection::MethodNotS256 => Self::PkceMethod,
            PkceRejection::BadChallenge | PkceRejection::BadVerifier | PkceRejection::Mismatch => {
                Self::PkceChallenge
            }
        }
    }
}

impl From<ScopeRejection> for RequestFault {
    fn from(rejection: ScopeRejection) -> Self {
        match rejection {
            ScopeRejection::TooMany => Self::ScopeTooMany,
            ScopeRejection::Malformed | ScopeRejection::Widened => Self::ScopeMalformed,
        }
    }
}

/// A refusal, with the only place where it may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// On a page of our own.
    OnPage(PageReason),
    /// To the client, at an address that was checked.
    ToClient {
        /// Where.
        reply: Box<ReplyAddress>,
        /// Why.
        fault: RequestFault,
    },
}

impl Refusal {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OnPage(reason) => reason.code(),
            Self::ToClient { fault, .. } => fault.code(),
        }
    }

    /// The OAuth error.
    #[must_use]
    pub fn error(&self) -> ErrorCode {
        match self {
            Self::OnPage(reason) => reason.error(),
            Self::ToClient { fault, .. } => fault.error(),
        }
    }

    /// What the client is told; `None` if it must not be told.
    #[must_use]
    pub fn answer(&self, issuer: &str) -> Option<Answer> {
        match self {
            Self::OnPage(_) => None,
            Self::ToClient { reply, fault } => {
                Some(reply.with_error(fault.error(), &fault.to_string(), issuer))
            }
        }
    }
}
