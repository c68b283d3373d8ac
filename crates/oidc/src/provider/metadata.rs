//! The metadata document that a provider publishes (Discovery section 3, RFC 8414).
//!
//! Owns the document. The endpoints are the caller's; what is said about methods follows from what
//! this crate does.

use openidconnect::{
    AuthUrl, IssuerUrl, JsonWebKeySetUrl, ResponseTypes, Scope, TokenUrl, UserInfoUrl,
    core::{
        CoreClientAuthMethod, CoreGrantType, CoreJwsSigningAlgorithm, CoreResponseMode,
        CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde_json::Value;
use url::Url;

use crate::{
    algorithm::Algorithm,
    discovery::{Metadata, MoreMetadata},
};

/// Where a provider's endpoints are.
#[derive(Clone, Debug)]
pub struct Endpoints<'a> {
    /// The issuer, exactly as it stands in ID tokens.
    pub issuer: &'a str,
    /// Authorization endpoint.
    pub authorization: Url,
    /// Token endpoint.
    pub token: Url,
    /// Userinfo endpoint.
    pub userinfo: Url,
    /// JWK set.
    pub jwks: Url,
}

/// The metadata document, or `None` if the issuer is no URL.
#[must_use]
pub fn document(
    endpoints: Endpoints<'_>,
    algorithms: &[Algorithm],
    scopes: &[&str],
) -> Option<Value> {
    let issuer = IssuerUrl::new(endpoints.issuer.to_owned()).ok()?;
    let algorithms = algorithms
        .iter()
        .map(|algorithm| library_algorithm(*algorithm))
        .collect();
    let scopes = scopes
        .iter()
        .map(|scope| Scope::new((*scope).to_owned()))
        .collect();
    let document = Metadata::new(
        issuer,
        AuthUrl::from_url(endpoints.authorization),
        JsonWebKeySetUrl::from_url(endpoints.jwks),
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Public],
        algorithms,
        MoreMetadata {
            authorization_response_iss_parameter_supported: true,
            code_challenge_methods_supported: Some(vec!["S256".to_owned()]),
            end_session_endpoint: None,
        },
    )
    .set_token_endpoint(Some(TokenUrl::from_url(endpoints.token)))
    .set_userinfo_endpoint(Some(UserInfoUrl::from_url(endpoints.userinfo)))
    .set_scopes_supported(Some(scopes))
    .set_response_modes_supported(Some(vec![CoreResponseMode::Query]))
    .set_grant_types_supported(Some(vec![CoreGrantType::AuthorizationCode]))
    .set_token_endpoint_auth_methods_supported(Some(vec![
        CoreClientAuthMethod::ClientSecretBasic,
        CoreClientAuthMethod::ClientSecretPost,
        CoreClientAuthMethod::None,
    ]))
    .set_request_parameter_supported(Some(false))
    .set_request_uri_parameter_supported(Some(false));
    serde_json::to_value(document).ok()
}

fn library_algorithm(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
    match algorithm {
        Algorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
        Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::Es384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        Algorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        Algorithm::Ps384 => CoreJwsSigningAlgorithm::RsaSsaPssSha384,
        Algorithm::Ps512 => CoreJwsSigningAlgorithm::RsaSsaPssSha512,
        Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::Rs384 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
        Algorithm::Rs512 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    }
}

#[cfg(test)]
mod tests;
