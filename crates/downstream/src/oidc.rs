//! OpenID Connect relying parties: we are their provider (OpenID Connect Core 1.0).
//!
//! Owns the way from an application's request to its code: which application asks, what is kept for the answer, what it
//! will be told about the person. Does not own the checks of messages or the making of tokens (the room `oidc` does), or
//! the decision: a code is made of a [`Grant`], by value.
//!
//! **Invariant:** an answer goes only to a redirect URI that is registered for the application, character by character,
//! both when the request comes and when the answer leaves (attack row OO-01). What one application is given is for it
//! alone: code, subject and session have names of their own there.

mod acr;
mod answer;
mod authorize;
mod claims;
mod discovery;
pub mod hint;
pub mod issued;
mod keys;
pub mod opaque;
mod preset;
pub mod registry;
mod reply;
pub mod service;
mod settings;
mod sign_off;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vestibule_core::{
    grant::Grant,
    port::{Downstream, DownstreamError, Entropy, Incoming, Rejection, Tokens},
    request::{Answered, AuthnRequest, Protocol, Refusal, Reply},
};

use self::discovery::Written;
pub use self::{
    keys::{OidcKey, OidcKeyRing, OidcKeys},
    registry::Registry,
    settings::{
        AcrClasses, ClaimRule, ClaimShape, Client, ClientAuth, ClientKind, FrontChannelFault, Jwks,
        Lifetimes, MAX_URI_BYTES, OFFLINE_ACCESS, OidcApp, OidcFault, OidcSettings,
        PROTOCOL_CLAIMS, RedirectUri, ResponseMode, SecretHash, SecretWay, SubjectType, UriFault,
        faults,
    },
};
pub use vestibule_oidc::{
    algorithm::Algorithm,
    signing::{KeyKind, SigningFault, SigningKey},
};

/// Us as an OpenID provider, as far as browsers come to it.
pub struct OidcProvider {
    registry: Arc<Registry>,
    tokens: Arc<dyn Tokens>,
    entropy: Arc<dyn Entropy>,
    written: Written,
}

impl OidcProvider {
    /// A provider for these applications. `tokens` has the requests that were pushed.
    #[must_use]
    pub fn new(
        registry: Arc<Registry>,
        tokens: Arc<dyn Tokens>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            registry,
            tokens,
            entropy,
            written: Written::default(),
        }
    }

    /// The metadata document, as JSON.
    ///
    /// # Errors
    /// [`DownstreamError`] if it has no JSON form, which is a fault of ours.
    pub fn metadata(&self) -> Result<Arc<str>, DownstreamError> {
        self.written.text(&self.registry)
    }

    /// The JWK set, as JSON.
    #[must_use]
    pub fn jwks(&self) -> Arc<str> {
        self.registry.keys.load().jwks()
    }
}

#[async_trait]
impl Downstream for OidcProvider {
    fn protocol(&self) -> Protocol {
        Protocol::Oidc
    }

    async fn receive(
        &self,
        incoming: &Incoming,
        now: DateTime<Utc>,
    ) -> Result<AuthnRequest, Rejection> {
        self.request(incoming, now).await
    }

    async fn answer(&self, grant: Grant) -> Result<Answered, DownstreamError> {
        self.hand_over(&grant)
    }

    async fn refuse(
        &self,
        request: &AuthnRequest,
        why: Refusal,
        _: DateTime<Utc>,
    ) -> Result<Reply, DownstreamError> {
        self.turn_down(request, why)
    }
}

#[cfg(test)]
mod tests;
