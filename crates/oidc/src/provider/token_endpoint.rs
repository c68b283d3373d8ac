//! The token endpoint's messages.
//!
//! Owns the reading of a token request with its client authentication, and the two JSON answers
//! (RFC 6749 sections 2.3, 4.1.3, 5). Whether the secret is right and the code still good is the
//! caller's to say.

use std::{fmt, time::Duration};

use aws_lc_rs::constant_time;
use base64::{Engine, prelude::BASE64_STANDARD};
use openidconnect::{AccessToken, AuthorizationCode, ClientSecret, core::CoreTokenType};
use serde_json::{Value, json};

use crate::{
    form::{self, Parameters},
    token::{RawIdToken, WireResponse},
};

/// The largest request, in bytes.
pub const MAX_REQUEST_BYTES: usize = 32 * 1024;

/// Why a token request is refused (RFC 6749 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The client is unknown, or did not prove itself.
    #[error("the client did not authenticate")]
    InvalidClient,
    /// The code, its client, its redirect URI or its verifier is wrong.
    #[error("the code is not good for this request")]
    InvalidGrant,
    /// The request is malformed.
    #[error("the token request is malformed")]
    InvalidRequest,
    /// Only `authorization_code` exists.
    #[error("the grant type is not supported")]
    UnsupportedGrantType,
}

impl TokenError {
    /// As on the wire; also the stable reason code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::UnsupportedGrantType => "unsupported_grant_type",
        }
    }

    /// The HTTP status; 401 goes with a `WWW-Authenticate: Basic` header.
    #[must_use]
    pub fn status(self) -> u16 {
        if self == Self::InvalidClient {
            401
        } else {
            400
        }
    }

    /// The JSON answer.
    #[must_use]
    pub fn body(self) -> Value {
        json!({ "error": self.code() })
    }
}

/// A token request. Its `Debug` shows the client only.
pub struct TokenRequest {
    /// Who says to ask.
    pub client_id: String,
    /// The secret, if one was sent.
    pub secret: Option<ClientSecret>,
    /// The code to redeem.
    pub code: AuthorizationCode,
    /// Must be that of the authorization request.
    pub redirect_uri: String,
    /// Must belong to the challenge of the authorization request.
    pub verifier: String,
}

impl TokenRequest {
    /// Reads the body and the header `Authorization`.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn parse(body: &str, authorization: Option<&str>) -> Result<Self, TokenError> {
        let mut form =
            Parameters::parse(body, MAX_REQUEST_BYTES).map_err(|_| TokenError::InvalidRequest)?;
        let (client_id, secret) = client(&mut form, authorization)?;
        let grant_type = form.take("grant_type").ok_or(TokenError::InvalidRequest)?;
        if grant_type != "authorization_code" {
            return Err(TokenError::UnsupportedGrantType);
        }
        let mut required = |name| form.take(name).ok_or(TokenError::InvalidRequest);
        Ok(Self {
            client_id,
            secret,
            code: AuthorizationCode::new(required("code")?),
            redirect_uri: required("redirect_uri")?,
            verifier: required("code_verifier")?,
        })
    }

    /// Whether the secret that was sent is this one, in constant time. A request without a secret
    /// never matches.
    #[must_use]
    pub fn secret_is(&self, expected: &ClientSecret) -> bool {
        self.secret.as_ref().is_some_and(|sent| {
            let (sent, expected) = (sent.secret().as_bytes(), expected.secret().as_bytes());
            constant_time::verify_slices_are_equal(sent, expected).is_ok()
        })
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// The client's id and secret; more than one method at once is malformed (RFC 6749 section 2.3).
fn client(
    form: &mut Parameters,
    authorization: Option<&str>,
) -> Result<(String, Option<ClientSecret>), TokenError> {
    let (id, secret) = (form.take("client_id"), form.take("client_secret"));
    let Some(header) = authorization else {
        return Ok((
            id.ok_or(TokenError::InvalidClient)?,
            secret.map(ClientSecret::new),
        ));
    };
    let (basic_id, basic_secret) = basic(header).ok_or(TokenError::InvalidClient)?;
    if secret.is_some() || id.is_some_and(|id| id != basic_id) {
        return Err(TokenError::InvalidRequest);
    }
    Ok((basic_id, Some(ClientSecret::new(basic_secret))))
}

/// RFC 7617, with both halves form-encoded (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, pair) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(pair.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((form::decode(id).ok()?, form::decode(secret).ok()?))
}

/// The JSON answer to a good request; to be sent with `Cache-Control: no-store`.
#[must_use]
pub fn response(access_token: &str, lifetime: Duration, id_token: &str) -> Option<Value> {
    let mut response = WireResponse::new(
        AccessToken::new(access_token.to_owned()),
        CoreTokenType::Bearer,
        RawIdToken {
            id_token: Some(id_token.to_owned()),
        },
    );
    response.set_expires_in(Some(&lifetime));
    serde_json::to_value(response).ok()
}

#[cfg(test)]
mod tests;
