//! The authorization request that sends a browser to a provider.
//!
//! Owns the parameters (Core section 3.1.2.1, RFC 7636, RFC 8707) and the URL. It does not make
//! `state`, `nonce` or the verifier: they come from the caller's entropy and are kept with the login.

use std::{fmt, time::Duration};

use openidconnect::{
    AuthUrl, AuthenticationContextClass, AuthenticationFlow, ClientId, CsrfToken, IssuerUrl,
    JsonWebKeySet, LoginHint, Nonce, RedirectUrl, Scope,
    core::{CoreAuthPrompt, CoreClient, CoreResponseType},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use crate::{discovery::Provider, pkce::Verifier};

/// How the provider's answer comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// A cross-site form post; AD FS needs it to put claims into the ID token.
    FormPost,
    /// A redirect with a query; the default of the code flow, so it is not written out.
    #[default]
    Query,
}

/// `prompt`: what the provider shall show (Core section 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Ask for consent.
    Consent,
    /// Authenticate again.
    Login,
    /// Show nothing; answer with an error if something must be shown.
    None,
    /// Let the person choose an account.
    SelectAccount,
}

impl ResponseMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::FormPost, Self::Query];

    /// As on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FormPost => "form_post",
            Self::Query => "query",
        }
    }

    /// The mode of that exact name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

impl Prompt {
    /// Every prompt.
    pub const ALL: [Self; 4] = [Self::Consent, Self::Login, Self::None, Self::SelectAccount];

    /// As on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Login => "login",
            Self::None => "none",
            Self::SelectAccount => "select_account",
        }
    }

    /// The prompt of that exact name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prompt| prompt.name() == name)
    }
}

/// One authorization request. Its `Debug` shows no `state`, `nonce` or verifier.
pub struct AuthorizationRequest<'a> {
    /// Our client id.
    pub client_id: &'a str,
    /// Where the answer shall go; one per upstream, so that answers cannot be mixed up (RFC 9700
    /// section 4.4).
    pub redirect_uri: &'a Url,
    /// Scopes beside `openid`, which is always asked for.
    pub scopes: &'a [&'a str],
    /// Binds the answer to this browser and login.
    pub state: &'a str,
    /// Binds the ID token to this login.
    pub nonce: &'a str,
    /// Binds the code to this login.
    pub verifier: &'a Verifier,
    /// `prompt`.
    pub prompt: Option<Prompt>,
    /// `login_hint`.
    pub login_hint: Option<&'a str>,
    /// `max_age`, in whole seconds.
    pub max_age: Option<Duration>,
    /// `acr_values`, the preferred one first.
    pub acr_values: &'a [&'a str],
    /// Values of `acr` of which the provider must reach one, or answer with an error (Core section
    /// 5.5.1.1). A person can change the URL, so the ID token is checked for the same values.
    pub essential_acr: &'a [&'a str],
    /// `resource` (RFC 8707); AD FS applies an application's own policy only if it is there.
    pub resource: Option<&'a str>,
    /// `response_mode`.
    pub response_mode: ResponseMode,
}

impl<'a> AuthorizationRequest<'a> {
    /// A request with nothing but what must be there.
    #[must_use]
    pub fn new(
        client_id: &'a str,
        redirect_uri: &'a Url,
        state: &'a str,
        nonce: &'a str,
        verifier: &'a Verifier,
    ) -> Self {
        Self {
            client_id,
            redirect_uri,
            scopes: &[],
            state,
            nonce,
            verifier,
            prompt: None,
            login_hint: None,
            max_age: None,
            acr_values: &[],
            essential_acr: &[],
            resource: None,
            response_mode: ResponseMode::Query,
        }
    }

    /// The URL to send the browser to.
    #[must_use]
    pub fn url(&self, provider: &Provider) -> Url {
        let (state, nonce) = (self.state.to_owned(), self.nonce.to_owned());
        let client = CoreClient::new(
            ClientId::new(self.client_id.to_owned()),
            IssuerUrl::from_url(provider.authorization_endpoint().clone()),
            JsonWebKeySet::default(),
        )
        .set_auth_uri(AuthUrl::from_url(provider.authorization_endpoint().clone()))
        .set_redirect_uri(RedirectUrl::from_url(self.redirect_uri.clone()));
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(self.verifier.library_challenge());
        for scope in self.scopes.iter().filter(|scope| **scope != "openid") {
            request = request.add_scope(Scope::new((*scope).to_owned()));
        }
        for acr in self.acr_values {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new((*acr).to_owned()));
        }
        if let Some(prompt) = self.prompt {
            request = request.add_prompt(match prompt {
                Prompt::Consent => CoreAuthPrompt::Consent,
                Prompt::Login => CoreAuthPrompt::Login,
                Prompt::None => CoreAuthPrompt::None,
                Prompt::SelectAccount => CoreAuthPrompt::SelectAccount,
            });
        }
        if let Some(hint) = self.login_hint {
            request = request.set_login_hint(LoginHint::new(hint.to_owned()));
        }
        if let Some(max_age) = self.max_age {
            request = request.set_max_age(max_age);
        }
        if !self.essential_acr.is_empty() {
            let acr = json!({ "essential": true, "values": self.essential_acr });
            let claims = json!({ "id_token": { "acr": acr } });
            request = request.add_extra_param("claims", claims.to_string());
        }
        if let Some(resource) = self.resource {
            request = request.add_extra_param("resource", resource);
        }
        if self.response_mode == ResponseMode::FormPost {
            request = request.add_extra_param("response_mode", self.response_mode.name());
        }
        request.url().0
    }
}

impl fmt::Debug for AuthorizationRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri.as_str())
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
