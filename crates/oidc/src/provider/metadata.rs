//! The metadata document that a provider publishes (Discovery section 3, RFC 8414).
//!
//! Owns the document. The facts are the caller's, and must be the values that it enforces (OO-17); what this
//! crate enforces itself (response types and modes, PKCE, prompts, no request objects) is said from the
//! same values here.

use serde::Serialize;
use url::Url;

use crate::{
    algorithm::Algorithm,
    authorize::{Prompt, ResponseMode},
    provider::{client_auth::ClientAuthMethod, token_endpoint::GrantType},
};

/// Where a provider's endpoints are. What it does not have, it does not name.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Authorization endpoint.
    pub authorization: Url,
    /// Token endpoint.
    pub token: Url,
    /// JWK set.
    pub jwks: Url,
    /// Userinfo endpoint.
    pub userinfo: Option<Url>,
    /// Where clients send browsers to log out (RP-Initiated Logout 1.0 section 2.1).
    pub end_session: Option<Url>,
    /// Introspection endpoint (RFC 7662).
    pub introspection: Option<Url>,
    /// Pushed request endpoint (RFC 9126 section 5).
    pub pushed: Option<Url>,
    /// Revocation endpoint (RFC 7009).
    pub revocation: Option<Url>,
}

/// How clients may be told that a session has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogoutFacts {
    /// By a request to the client, with `sid` (Back-Channel Logout 1.0 section 2.1).
    pub back_channel: bool,
    /// By a frame in the browser, with `iss` and `sid` (Front-Channel Logout 1.0 section 3).
    pub front_channel: bool,
}

/// What a provider is and can do.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The issuer, exactly as it stands in ID tokens.
    pub issuer: &'a str,
    /// Where everything is.
    pub endpoints: Endpoints,
    /// What ID tokens are signed with, for any client. RS256 must be among them (Discovery section 3).
    pub id_token_algorithms: &'a [Algorithm],
    /// How clients may prove who they are.
    pub client_auth_methods: &'a [ClientAuthMethod],
    /// What their assertions may be signed with; empty if they may not prove themselves so.
    pub client_assertion_algorithms: &'a [Algorithm],
    /// What tokens can be had for.
    pub grant_types: &'a [GrantType],
    /// How answers may come back, for any client.
    pub response_modes: &'a [ResponseMode],
    /// What can be asked for.
    pub scopes: &'a [&'a str],
    /// The claims that may be told.
    pub claims: &'a [&'a str],
    /// The contexts that logins can reach.
    pub acr_values: &'a [&'a str],
    /// Kinds of subjects, for any client: `public`, `pairwise`.
    pub subject_types: &'a [&'a str],
    /// Languages of the pages, as tags (RFC 5646).
    pub ui_locales: &'a [&'a str],
    /// Whether `claims` is acted upon.
    pub claims_parameter: bool,
    /// Whether all clients must push their requests.
    pub require_pushed: bool,
    /// Logout.
    pub logout: LogoutFacts,
}

impl Endpoints {
    /// Those that every provider of codes has (Discovery section 3), and no other.
    #[must_use]
    pub const fn least(authorization: Url, token: Url, jwks: Url) -> Self {
        Self {
            authorization,
            token,
            jwks,
            userinfo: None,
            end_session: None,
            introspection: None,
            pushed: None,
            revocation: None,
        }
    }
}

impl<'a> Facts<'a> {
    /// The least: codes by query, for confidential clients that show their secret in the header, and ID tokens signed
    /// with RS256, which everybody must be able to (Core section 15.1). To be made more by struct update.
    #[must_use]
    pub fn least(issuer: &'a str, endpoints: Endpoints) -> Self {
        Self {
            issuer,
            endpoints,
            id_token_algorithms: &[Algorithm::Rs256],
            client_auth_methods: &[ClientAuthMethod::SecretBasic],
            client_assertion_algorithms: &[],
            grant_types: &[GrantType::AuthorizationCode],
            response_modes: &[ResponseMode::Query],
            scopes: &["openid"],
            claims: &[],
            acr_values: &[],
            subject_types: &["public"],
            ui_locales: &[],
            claims_parameter: false,
            require_pushed: false,
            logout: LogoutFacts::default(),
        }
    }
}

/// The document. A list without elements is left out (RFC 8414 section 3.2).
#[derive(Clone, Debug, Serialize)]
pub struct Document<'a> {
    issuer: &'a str,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    #[serde(skip_serializing_if = "Option::is_none")]
    userinfo_endpoint: Option<Url>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_session_endpoint: Option<Url>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    introspection: Option<Introspection<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pushed: Option<Pushed>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    revocation: Option<Revocation<'a>>,
    response_types_supported: [&'a str; 1],
    response_modes_supported: Vec<&'a str>,
    grant_types_supported: Vec<&'a str>,
    subject_types_supported: &'a [&'a str],
    id_token_signing_alg_values_supported: Vec<&'a str>,
    token_endpoint_auth_methods_supported: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    token_endpoint_auth_signing_alg_values_supported: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    scopes_supported: &'a [&'a str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    claims_supported: &'a [&'a str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    acr_values_supported: &'a [&'a str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    ui_locales_supported: &'a [&'a str],
    /// Initiating User Registration 1.0 section 4.
    prompt_values_supported: Vec<&'a str>,
    code_challenge_methods_supported: [&'a str; 1],
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    /// It is about request objects that we would fetch; absent means true (Discovery section 3).
    request_uri_parameter_supported: bool,
    /// RFC 9207 section 3.
    authorization_response_iss_parameter_supported: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    frontchannel_logout_supported: bool,
    frontchannel_logout_session_supported: bool,
}

/// RFC 8414 section 2.
#[derive(Clone, Debug, Serialize)]
struct Introspection<'a> {
    introspection_endpoint: Url,
    introspection_endpoint_auth_methods_supported: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    introspection_endpoint_auth_signing_alg_values_supported: Vec<&'a str>,
}

/// RFC 9126 section 5.
#[derive(Clone, Debug, Serialize)]
struct Pushed {
    pushed_authorization_request_endpoint: Url,
    require_pushed_authorization_requests: bool,
}

/// RFC 8414 section 2.
#[derive(Clone, Debug, Serialize)]
struct Revocation<'a> {
    revocation_endpoint: Url,
    revocation_endpoint_auth_methods_supported: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    revocation_endpoint_auth_signing_alg_values_supported: Vec<&'a str>,
}

impl<'a> Document<'a> {
    /// Says what is so, and nothing else.
    #[must_use]
    pub fn of(facts: Facts<'a>) -> Self {
        let assertion_algorithms = names(facts.client_assertion_algorithms);
        let methods = facts.client_auth_methods.iter();
        let proving = methods.clone().filter(|it| **it != ClientAuthMethod::None);
        let methods: Vec<_> = methods.map(|it| it.name()).collect();
        Self {
            issuer: facts.issuer,
            authorization_endpoint: facts.endpoints.authorization,
            token_endpoint: facts.endpoints.token,
            jwks_uri: facts.endpoints.jwks,
            userinfo_endpoint: facts.endpoints.userinfo,
            end_session_endpoint: facts.endpoints.end_session,
            introspection: facts.endpoints.introspection.map(|url| Introspection {
                introspection_endpoint: url,
                // Whoever asks about tokens says who asks (RFC 7662 section 2.1).
                introspection_endpoint_auth_methods_supported: proving
                    .map(|it| it.name())
                    .collect(),
                introspection_endpoint_auth_signing_alg_values_supported: assertion_algorithms
                    .clone(),
            }),
            pushed: facts.endpoints.pushed.map(|url| Pushed {
                pushed_authorization_request_endpoint: url,
                require_pushed_authorization_requests: facts.require_pushed,
            }),
            revocation: facts.endpoints.revocation.map(|url| Revocation {
                revocation_endpoint: url,
                revocation_endpoint_auth_methods_supported: methods.clone(),
                revocation_endpoint_auth_signing_alg_values_supported: assertion_algorithms.clone(),
            }),
            response_types_supported: ["code"],
            response_modes_supported: facts.response_modes.iter().map(|it| it.name()).collect(),
            grant_types_supported: facts.grant_types.iter().map(|it| it.name()).collect(),
            subject_types_supported: facts.subject_types,
            id_token_signing_alg_values_supported: names(facts.id_token_algorithms),
            token_endpoint_auth_methods_supported: methods,
            token_endpoint_auth_signing_alg_values_supported: assertion_algorithms,
            scopes_supported: facts.scopes,
            claims_supported: facts.claims,
            acr_values_supported: facts.acr_values,
            ui_locales_supported: facts.ui_locales,
            prompt_values_supported: Prompt::ALL.iter().map(|it| it.name()).collect(),
            code_challenge_methods_supported: ["S256"],
            claims_parameter_supported: facts.claims_parameter,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            authorization_response_iss_parameter_supported: true,
            backchannel_logout_supported: facts.logout.back_channel,
            backchannel_logout_session_supported: facts.logout.back_channel,
            frontchannel_logout_supported: facts.logout.front_channel,
            frontchannel_logout_session_supported: facts.logout.front_channel,
        }
    }
}

fn names<'a>(algorithms: &[Algorithm]) -> Vec<&'a str> {
    algorithms
        .iter()
        .map(|algorithm| algorithm.name())
        .collect()
}

#[cfg(test)]
mod tests;
