//! The one error of this room towards its callers.
//!
//! Owns the sum of the reasons that each step of a login can end with. Each step returns its own
//! enum; a caller that only needs the code and the words takes this one.

use crate::{
    callback::CallbackRejection, discovery::DiscoveryRejection, id_token::IdTokenRejection,
    jwks::JwksRejection, logout_token::LogoutTokenRejection, token::TokenRejection,
    userinfo::UserInfoRejection,
};

/// Why a message of a provider is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The answer to the authorization request.
    #[error(transparent)]
    Callback(#[from] CallbackRejection),
    /// The provider metadata.
    #[error(transparent)]
    Discovery(#[from] DiscoveryRejection),
    /// The ID token.
    #[error(transparent)]
    IdToken(#[from] IdTokenRejection),
    /// The key set.
    #[error(transparent)]
    Jwks(#[from] JwksRejection),
    /// The logout token.
    #[error(transparent)]
    LogoutToken(#[from] LogoutTokenRejection),
    /// The answer of the token endpoint.
    #[error(transparent)]
    Token(#[from] TokenRejection),
    /// The userinfo answer.
    #[error(transparent)]
    UserInfo(#[from] UserInfoRejection),
}

impl Rejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Callback(rejection) => rejection.code(),
            Self::Discovery(rejection) => rejection.code(),
            Self::IdToken(rejection) => rejection.code(),
            Self::Jwks(rejection) => rejection.code(),
            Self::LogoutToken(rejection) => rejection.code(),
            Self::Token(rejection) => rejection.code(),
            Self::UserInfo(rejection) => rejection.code(),
        }
    }
}
