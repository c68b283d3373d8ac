//! The token request and its answer.
//!
//! Owns the request's body and `Authorization` header (RFC 6749 sections 2.3.1 and 4.1.3) and the
//! reading of the answer (Core section 3.1.3.3). It does not send anything. The ID token leaves here
//! as raw text: only [`crate::id_token::verify`] makes claims of it.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use openidconnect::{
    AccessToken, AuthorizationCode, ClientSecret, ExtraTokenFields, OAuth2TokenResponse,
    StandardTokenResponse, core::CoreTokenType,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::{
    callback::ProviderError,
    form,
    json::{self, JsonFault},
    pkce::Verifier,
};

/// The largest answer, in bytes.
pub const MAX_RESPONSE_BYTES: usize = 512 * 1024;

/// How we authenticate at the token endpoint (Core section 9).
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// `none`: a public client; PKCE alone protects the code.
    None,
    /// `client_secret_basic`: the default of the specification.
    SecretBasic(ClientSecret),
    /// `client_secret_post`.
    SecretPost(ClientSecret),
}

/// A request to be posted as `application/x-www-form-urlencoded`. Its `Debug` shows nothing.
pub struct TokenRequest {
    /// The body.
    pub body: String,
    /// The value of the header `Authorization`.
    pub authorization: Option<String>,
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenRequest(..)")
    }
}

/// The request that redeems a code.
///
/// `redirect_uri` must be the one of the authorization request (RFC 6749 section 4.1.3).
#[must_use]
pub fn exchange(
    client_id: &str,
    auth: &ClientAuth,
    code: &AuthorizationCode,
    redirect_uri: &Url,
    verifier: &Verifier,
) -> TokenRequest {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("grant_type", "authorization_code")
        .append_pair("code", code.secret())
        .append_pair("redirect_uri", redirect_uri.as_str())
        .append_pair("code_verifier", verifier.secret());
    let authorization = match auth {
        ClientAuth::None => {
            body.append_pair("client_id", client_id);
            None
        }
        ClientAuth::SecretBasic(secret) => Some(basic(client_id, secret)),
        ClientAuth::SecretPost(secret) => {
            body.append_pair("client_id", client_id)
                .append_pair("client_secret", secret.secret());
            None
        }
    };
    TokenRequest {
        body: body.finish(),
        authorization,
    }
}

/// RFC 6749 section 2.3.1: both halves are form-encoded before they are joined, so that a colon in
/// the id or a percent sign in the secret survives.
fn basic(client_id: &str, secret: &ClientSecret) -> String {
    let pair = format!(
        "{}:{}",
        form::encode(client_id),
        form::encode(secret.secret())
    );
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}

/// Why the answer of the token endpoint is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRejection {
    /// Neither a token response nor an error response.
    #[error("the token endpoint's answer (HTTP {status}) cannot be read: {fault}")]
    Malformed {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        fault: String,
    },
    /// A response without an ID token: `openid` was not granted.
    #[error(
        "the token endpoint's answer has no id_token; allow the scope \"openid\" for this client"
    )]
    NoIdToken,
    /// The provider refuses (RFC 6749 section 5.2).
    #[error("the token endpoint refused (HTTP {status}): {}{}", .error.error, .error.description.as_ref().map(|text| format!(", {text}")).unwrap_or_default())]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        error: ProviderError,
    },
    /// More bytes than an answer may have.
    #[error("the token endpoint's answer is larger than {MAX_RESPONSE_BYTES} bytes")]
    TooLarge,
    /// A token type other than Bearer (Core section 3.1.3.3).
    #[error("the token endpoint's answer is not of the type Bearer")]
    UnsupportedTokenType,
}

impl TokenRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "token_malformed",
            Self::NoIdToken => "token_no_id_token",
            Self::Refused { .. } => "token_refused",
            Self::TooLarge => "token_too_large",
            Self::UnsupportedTokenType => "token_unsupported_token_type",
        }
    }
}

/// The ID token beside the members of RFC 6749, unread.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct RawIdToken {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_token: Option<String>,
}

impl fmt::Debug for RawIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawIdToken(..)")
    }
}

impl ExtraTokenFields for RawIdToken {}

/// The wire form of a token response.
pub(crate) type WireResponse = StandardTokenResponse<RawIdToken, CoreTokenType>;

/// What a code was redeemed for. Its `Debug` shows nothing.
pub struct Tokens {
    /// For the userinfo endpoint, and for `at_hash`.
    pub access_token: AccessToken,
    /// The raw ID token, not verified.
    pub id_token: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(..)")
    }
}

/// Reads the answer of the token endpoint.
///
/// # Errors
/// [`TokenRejection`].
pub fn parse_response(status: u16, body: &[u8]) -> Result<Tokens, TokenRejection> {
    if body.len() > MAX_RESPONSE_BYTES {
        return Err(TokenRejection::TooLarge);
    }
    let malformed = |fault: String| TokenRejection::Malformed { status, fault };
    let mut members =
        json::parse_object(body).map_err(|fault: JsonFault| malformed(fault.to_string()))?;
    if let Some(error) = members.get("error").and_then(Value::as_str) {
        let description = members.get("error_description").and_then(Value::as_str);
        return Err(TokenRejection::Refused {
            status,
            error: ProviderError::new(error, description),
        });
    }
    if !(200..300).contains(&status) {
        return Err(malformed(
            "the status is not a success, yet there is no error".to_owned(),
        ));
    }
    // Lifetimes are not used, and some providers write them as strings.
    members.remove("expires_in");
    // The library's messages may quote values; here these are tokens.
    let response: WireResponse = serde_json::from_value(members.into())
        .map_err(|_| malformed("access_token or token_type is missing or malformed".to_owned()))?;
    if *response.token_type() != CoreTokenType::Bearer {
        return Err(TokenRejection::UnsupportedTokenType);
    }
    let id_token = response.extra_fields().id_token.clone();
    let id_token = id_token
        .filter(|token| !token.is_empty())
        .ok_or(TokenRejection::NoIdToken)?;
    Ok(Tokens {
        access_token: response.access_token().clone(),
        id_token,
    })
}

#[cfg(test)]
mod tests;
