//! The token endpoint's messages.
//!
//! Owns what a client may ask for (RFC 6749 sections 4.1.3 and 6), what ties a code to its authorization request, and
//! the answer that carries tokens. Who the client is, is [`super::client_auth`]'s to say; whether a code or refresh
//! token is still good, the caller's.
//!
//! The way of a request: [`super::endpoint::ClientForm::read`], then the client, then [`TokenRequest::read`], then
//! [`CodeRequest::check`] or [`RefreshRequest::scopes`].
//!
//! **Invariant:** two grant types exist. `password` gives a person's password to an application, `client_credentials`
//! and token exchange make tokens that no login stands behind; none of them can be configured.

use std::{collections::BTreeSet, fmt, time::Duration};

use serde_json::{Map, Value};

use super::{
    client_auth::AuthenticatedClient,
    endpoint::{ClientForm, EndpointRejection, GrantRejection},
    scope::{self, ScopeRejection},
};
use crate::{AuthorizationCode, RefreshToken, pkce::Challenge};

/// A grant type (RFC 6749 sections 4.1.3 and 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// A code for tokens.
    AuthorizationCode,
    /// A refresh token for new ones.
    RefreshToken,
}

impl GrantType {
    /// Every grant type.
    pub const ALL: [Self; 2] = [Self::AuthorizationCode, Self::RefreshToken];

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// What a client asks the token endpoint for.
#[derive(Debug)]
pub enum TokenRequest {
    /// To redeem a code.
    Code(CodeRequest),
    /// To renew.
    Refresh(RefreshRequest),
}

impl TokenRequest {
    /// Reads what the client's authentication left of the form; parameters that are not known are ignored.
    ///
    /// # Errors
    /// [`EndpointRejection`].
    pub fn read(form: &mut ClientForm) -> Result<Self, EndpointRejection> {
        let name = form.required("grant_type")?;
        let known = GrantType::ALL
            .into_iter()
            .find(|known| known.name() == name);
        match known {
            Some(GrantType::AuthorizationCode) => Ok(Self::Code(CodeRequest {
                code: AuthorizationCode::new(form.required("code")?),
                redirect_uri: form.required("redirect_uri")?,
                verifier: form.parameters.take("code_verifier"),
            })),
            Some(GrantType::RefreshToken) => Ok(Self::Refresh(RefreshRequest {
                token: RefreshToken::new(form.required("refresh_token")?),
                scope: form.parameters.take("scope"),
            })),
            None => Err(EndpointRejection::UnsupportedGrantType {
                grant_type: name.chars().take(64).collect(),
            }),
        }
    }

    /// Its grant type.
    #[must_use]
    pub fn grant_type(&self) -> GrantType {
        match self {
            Self::Code(_) => GrantType::AuthorizationCode,
            Self::Refresh(_) => GrantType::RefreshToken,
        }
    }
}

/// A request to redeem a code. Its `Debug` shows nothing.
pub struct CodeRequest {
    /// The code.
    pub code: AuthorizationCode,
    redirect_uri: String,
    verifier: Option<String>,
}

/// What was kept with a code of the authorization request that it answers.
#[derive(Clone, Copy, Debug)]
pub struct CodeTerms<'a> {
    /// The client that asked.
    pub client_id: &'a str,
    /// `redirect_uri`, as it was written.
    pub redirect_uri: &'a str,
    /// The PKCE challenge, if there was one.
    pub challenge: Option<&'a Challenge>,
}

impl CodeRequest {
    /// Whether this client may redeem that code, with this redirect URI and verifier.
    ///
    /// # Errors
    /// [`GrantRejection`]. The code is used up all the same.
    pub fn check(
        &self,
        client: &AuthenticatedClient,
        terms: &CodeTerms<'_>,
    ) -> Result<(), GrantRejection> {
        if client.client_id() != terms.client_id {
            return Err(GrantRejection::AnotherClient);
        }
        // RFC 6749 section 4.1.3: identical, not equivalent.
        if self.redirect_uri != terms.redirect_uri {
            return Err(GrantRejection::RedirectUriDiffers);
        }
        match (terms.challenge, self.verifier.as_deref()) {
            (Some(challenge), Some(verifier)) => Ok(challenge.verify(verifier)?),
            (Some(_), None) => Err(GrantRejection::VerifierMissing),
            (None, Some(_)) => Err(GrantRejection::VerifierUnexpected),
            // A public client never gets so far: its authorization request needs a challenge.
            (None, None) if client.is_confidential() => Ok(()),
            (None, None) => Err(GrantRejection::VerifierMissing),
        }
    }
}

impl fmt::Debug for CodeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeRequest(..)")
    }
}

/// A request to renew. Its `Debug` shows nothing.
pub struct RefreshRequest {
    /// The refresh token.
    pub token: RefreshToken,
    scope: Option<String>,
}

impl RefreshRequest {
    /// The scopes of the new access token; `granted` are those of the refresh token (RFC 6749 section 6).
    ///
    /// # Errors
    /// [`ScopeRejection`].
    pub fn scopes(&self, granted: &BTreeSet<String>) -> Result<BTreeSet<String>, ScopeRejection> {
        scope::narrowed(self.scope.as_deref(), granted)
    }
}

impl fmt::Debug for RefreshRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshRequest(..)")
    }
}

/// The answer to a good request (RFC 6749 section 5.1, Core sections 3.1.3.3 and 12.2).
#[derive(Clone)]
pub struct TokenAnswer<'a> {
    /// The access token; of the type Bearer.
    pub access_token: &'a str,
    /// How long it is good for; whole seconds.
    pub lifetime: Duration,
    /// The ID token, where `openid` was granted.
    pub id_token: Option<&'a str>,
    /// The refresh token, where one was granted.
    pub refresh_token: Option<&'a str>,
    /// What was granted.
    pub scopes: &'a BTreeSet<String>,
}

impl TokenAnswer<'_> {
    /// The JSON answer; to be sent with [`super::endpoint::NOT_TO_BE_STORED`].
    #[must_use]
    pub fn body(&self) -> Value {
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let scope = (!scopes.is_empty()).then(|| scopes.join(" ").into());
        let members = [
            ("access_token", Some(self.access_token.into())),
            ("expires_in", Some(self.lifetime.as_secs().into())),
            ("id_token", self.id_token.map(Value::from)),
            ("refresh_token", self.refresh_token.map(Value::from)),
            ("scope", scope),
            ("token_type", Some("Bearer".into())),
        ];
        let present = members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(present.collect::<Map<_, _>>())
    }
}

impl fmt::Debug for TokenAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenAnswer(..)")
    }
}

#[cfg(test)]
mod tests;
