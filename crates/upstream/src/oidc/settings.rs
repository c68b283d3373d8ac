//! What the `oidc` upstream must be told.
//!
//! Owns the checked values of one OpenID provider. Does not read files or know the configuration's spelling.

use std::time::Duration;

use secrecy::SecretString;
use thiserror::Error;
use url::Url;
use vestibule_core::id::UpstreamId;
pub use vestibule_oidc::{algorithm::Algorithm, authorize::ResponseMode};

/// One OpenID provider. Start with [`OidcSettings::new`].
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// Its id here.
    pub id: UpstreamId,
    /// Its issuer, to the last character.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// How we authenticate at the token endpoint.
    pub auth: ClientAuthentication,
    /// Where it answers: `<public_url>/upstream/<id>/oidc/callback`. One per upstream, so that answers cannot be mixed
    /// up (RFC 9700 section 4.4).
    pub redirect_uri: Url,
    /// Where the browser comes back to when it was signed out there: `<public_url>/upstream/<id>/oidc/signed-out`. `None`:
    /// nobody is signed out there, and nothing is kept for it.
    pub post_logout_redirect_uri: Option<Url>,
    /// Scopes beside `openid`, which is always asked for.
    pub scopes: Vec<String>,
    /// Signature algorithms of ID tokens that are accepted.
    pub algorithms: Vec<Algorithm>,
    /// Audiences that may stand beside us in `aud`.
    pub trusted_audiences: Vec<String>,
    /// Hosts beside the issuer's on which its endpoints may be.
    pub other_hosts: Vec<String>,
    /// Claims inside other claims that the mapping names, such as `realm_access.roles`; they become attributes of that
    /// name.
    pub claim_paths: Vec<String>,
    /// Ask the userinfo endpoint too, where there is one.
    pub userinfo: bool,
    /// When `email` becomes an attribute.
    pub email: EmailTrust,
    /// How the answer comes back.
    pub response_mode: ResponseMode,
    /// `resource` (RFC 8707): AD FS applies an application's own policy only if it is there.
    pub resource: Option<String>,
    /// `acr_values`, the preferred one first; a wish.
    pub acr_values: Vec<String>,
    /// More parameters for the authorization request, such as Keycloak's `kc_idp_hint`.
    pub extra_params: Vec<(String, String)>,
    /// `max_age` of an ordinary login, in whole seconds: how long ago the provider may have authenticated the person. It
    /// makes `auth_time` needed in the ID token (Core section 2), but it is a wish: what is older, or undated, is let in all
    /// the same.
    pub max_age: Option<Duration>,
    /// How far its clock may differ; more than 120 s counts as 120 s.
    pub skew: Duration,
    /// Take logout tokens without `exp`, as providers send them that follow the first edition. Such a token is good for
    /// five minutes.
    pub danger_accept_logout_without_expiry: bool,
    /// Accept `http` on loopback addresses: for the demo and for tests, never in production.
    pub danger_allow_loopback_http: bool,
}

/// How we authenticate at the token endpoint (Core section 9).
#[derive(Debug, Clone)]
pub enum ClientAuthentication {
    /// `client_secret_basic`, or `client_secret_post` where the provider publishes that it takes only that.
    Auto(SecretString),
    /// `client_secret_basic`.
    Basic(SecretString),
    /// `client_secret_post`.
    Post(SecretString),
    /// None: a public client; PKCE alone protects the code.
    Public,
}

/// When the claim `email` is believed. Applications may find their accounts by mail address, so an address that a
/// person can set by themselves is a way into another person's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailTrust {
    /// Always: for providers where only administrators set addresses.
    DangerAlways,
    /// Unless the provider says that it is not (`email_verified`, Entra's `xms_edov`): for providers where that claim
    /// is usually absent, such as AD FS.
    UnlessDenied,
    /// Only with `"email_verified": true` (Core section 5.1).
    Verified,
}

/// Why settings make no upstream.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OidcSettingsError {
    /// No algorithm is accepted, so no token could be.
    #[error("no signature algorithm is accepted; leave `algorithms` out for RS256")]
    Algorithms,
    /// The client id is empty.
    #[error("`client_id` is empty")]
    ClientId,
    /// A parameter of the protocol would be overwritten.
    #[error("`{0}` belongs to the protocol and cannot be set as an extra parameter")]
    ExtraParameter(String),
    /// The issuer is no address that can be asked.
    #[error("`{0}` is not an issuer: write its https address without query, as the provider does")]
    Issuer(String),
}

/// What [`vestibule_oidc::authorize`] writes; an extra parameter of such a name could undo a check.
const RESERVED: [&str; 16] = [
    "acr_values",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

impl OidcSettings {
    /// Settings with the safe defaults: scopes `profile` and `email`, RS256, verified addresses, answer by redirect, 60
    /// s.
    #[must_use]
    pub fn new(
        id: UpstreamId,
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        auth: ClientAuthentication,
        redirect_uri: Url,
    ) -> Self {
        Self {
            id,
            issuer: issuer.into(),
            client_id: client_id.into(),
            auth,
            redirect_uri,
            post_logout_redirect_uri: None,
            scopes: vec!["profile".to_owned(), "email".to_owned()],
            algorithms: vec![Algorithm::Rs256],
            trusted_audiences: Vec::new(),
            other_hosts: Vec::new(),
            claim_paths: Vec::new(),
            userinfo: true,
            email: EmailTrust::Verified,
            response_mode: ResponseMode::Query,
            resource: None,
            acr_values: Vec::new(),
            extra_params: Vec::new(),
            max_age: None,
            skew: Duration::from_secs(60),
            danger_accept_logout_without_expiry: false,
            danger_allow_loopback_http: false,
        }
    }

    /// What can be told without asking the provider.
    pub(super) fn check(&self) -> Result<(), OidcSettingsError> {
        if self.client_id.is_empty() {
            return Err(OidcSettingsError::ClientId);
        }
        if self.algorithms.is_empty() {
            return Err(OidcSettingsError::Algorithms);
        }
        let reserved = |(name, _): &&(String, String)| RESERVED.contains(&name.as_str());
        match self.extra_params.iter().find(reserved) {
            Some((name, _)) => Err(OidcSettingsError::ExtraParameter(name.clone())),
            None => Ok(()),
        }
    }
}
