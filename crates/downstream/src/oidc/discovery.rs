//! What we publish about ourselves (OpenID Connect Discovery 1.0 section 3).
//!
//! Owns the facts, each read from what is enforced (attack row OO-17), and the text, which is written anew when the keys
//! change. Does not own the address that serves it.

use std::{collections::BTreeSet, sync::Arc};

use arc_swap::ArcSwapOption;
use vestibule_core::port::DownstreamError;
use vestibule_oidc::{
    algorithm::Algorithm,
    provider::{
        client_auth::ClientAuthMethod,
        metadata::{Document, Endpoints, Facts, LogoutFacts},
        token_endpoint::GrantType,
    },
};

use super::{OidcKeys, Registry, ResponseMode, registry::path};

/// The claims of the protocol that our tokens have.
const PROTOCOL: [&str; 11] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "exp",
    "iat",
    "iss",
    "nonce",
    "sid",
    "sub",
];

/// The text as it was written last, and the keys that it was written for.
#[derive(Debug, Default)]
pub(super) struct Written(ArcSwapOption<(Arc<OidcKeys>, Arc<str>)>);

impl Written {
    /// The document.
    pub(super) fn text(&self, registry: &Registry) -> Result<Arc<str>, DownstreamError> {
        let keys = registry.keys.load_full();
        if let Some(known) = self.0.load_full()
            && Arc::ptr_eq(&known.0, &keys)
        {
            return Ok(known.1.clone());
        }
        let text: Arc<str> = write(registry, &keys)?.into();
        self.0.store(Some(Arc::new((keys, text.clone()))));
        Ok(text)
    }
}

fn write(registry: &Registry, keys: &OidcKeys) -> Result<String, DownstreamError> {
    let mut scopes: BTreeSet<&str> = ["openid"].into();
    let mut claims: BTreeSet<&str> = PROTOCOL.into();
    let mut acr: BTreeSet<&str> = BTreeSet::new();
    for (_, app) in registry.apps().filter(|(_, app)| !app.disabled) {
        scopes.extend(app.client.scopes.iter().map(String::as_str));
        claims.extend(app.claims.iter().map(|rule| rule.name.as_str()));
        acr.extend(app.client.acr_values.iter().map(String::as_str));
    }
    let [scopes, claims, acr] = [scopes, claims, acr].map(Vec::from_iter);
    let algorithms: Vec<Algorithm> = keys.algorithms().collect();
    let document = Document::of(Facts {
        issuer: registry.issuer(),
        endpoints: Endpoints {
            authorization: registry.endpoint(path::AUTHORIZE),
            token: registry.endpoint(path::TOKEN),
            jwks: registry.endpoint(path::JWKS),
            userinfo: Some(registry.endpoint(path::USERINFO)),
            end_session: Some(registry.endpoint(path::LOGOUT)),
            introspection: Some(registry.endpoint(path::INTROSPECT)),
            pushed: Some(registry.endpoint(path::PUSH)),
            revocation: Some(registry.endpoint(path::REVOKE)),
        },
        id_token_algorithms: &algorithms,
        client_auth_methods: &ClientAuthMethod::ALL,
        client_assertion_algorithms: &Algorithm::ALL,
        grant_types: &GrantType::ALL,
        response_modes: &ResponseMode::ALL,
        scopes: &scopes,
        claims: &claims,
        acr_values: &acr,
        subject_types: &["pairwise", "public"],
        ui_locales: &["en"],
        claims_parameter: true,
        require_pushed: false,
        logout: LogoutFacts {
            back_channel: true,
            front_channel: true,
        },
    });
    serde_json::to_string(&document).map_err(|error| DownstreamError {
        code: "metadata_unwritable",
        detail: format!("our OpenID metadata cannot be written: {error}"),
        tell: None,
    })
}
