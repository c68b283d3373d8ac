//! An OpenID provider from its settings: preset first, then what the administrator wrote.

use std::sync::Arc;

use vestibule_core::{id::UpstreamId, logout::Onward};
use vestibule_upstream::{
    http::Http,
    oidc::{ClientAuthentication, OidcSettings, OidcUpstream},
    preset,
};

use super::Common;
use crate::{config, wiring::WiringError};

pub(super) fn build(
    id: &UpstreamId,
    upstream: &config::Upstream,
    given: &config::OidcUpstream,
    common: &Common<'_>,
    http: Arc<dyn Http>,
) -> Result<OidcUpstream, WiringError> {
    let place = || format!("upstreams.{id}.oidc");
    let secret = |source: &config::SecretSource| {
        source
            .read()
            .map_err(|error| WiringError::new(place(), error))
    };
    let auth = match &given.authentication {
        config::ClientAuthentication::Auto(source) => ClientAuthentication::Auto(secret(source)?),
        config::ClientAuthentication::Basic(source) => ClientAuthentication::Basic(secret(source)?),
        config::ClientAuthentication::Post(source) => ClientAuthentication::Post(secret(source)?),
        config::ClientAuthentication::Public => ClientAuthentication::Public,
    };
    let server = &common.config.server;
    let redirect_uri = server.address(&format!("/upstream/{id}/oidc/callback"));
    let mut settings = OidcSettings::new(
        id.clone(),
        &given.issuer,
        &given.client_id,
        auth,
        redirect_uri,
    );
    if upstream.logout != Onward::None {
        let back = server.address(&format!("/upstream/{id}/oidc/signed-out"));
        settings.post_logout_redirect_uri = Some(back);
    }
    upstream.preset.oidc().apply(&mut settings);
    settings.claim_paths = preset::claim_paths(&upstream.mapping);
    if let Some(scopes) = &given.scopes {
        settings.scopes.clone_from(scopes);
    }
    if let Some(algorithms) = &given.algorithms {
        settings.algorithms.clone_from(algorithms);
    }
    settings
        .trusted_audiences
        .clone_from(&given.trusted_audiences);
    settings
        .other_hosts
        .extend(given.other_hosts.iter().cloned());
    if let Some(userinfo) = given.userinfo {
        settings.userinfo = userinfo;
    }
    if let Some(email) = given.email {
        settings.email = email;
    }
    if let Some(mode) = given.response_mode {
        settings.response_mode = mode;
    }
    settings.resource.clone_from(&given.resource);
    settings.acr_values.clone_from(&given.acr_values);
    settings.extra_params = given.extra_params.clone().into_iter().collect();
    let belief = upstream.second_factor.as_ref();
    settings.max_age = belief.and_then(|belief| belief.max_age.to_std().ok());
    settings.skew = given.clock_skew;
    settings.danger_accept_logout_without_expiry = given.danger_accept_logout_without_expiry;
    // Only for a broker that is itself on loopback http, as the demo is.
    settings.danger_allow_loopback_http = server.public_url.scheme() == "http";
    OidcUpstream::new(settings, http, common.entropy.clone())
        .map_err(|error| WiringError::new(place(), error))
}
