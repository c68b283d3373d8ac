//! A SAML identity provider from its settings.

use vestibule_core::id::UpstreamId;
use vestibule_upstream::saml::{SamlSettings, SamlUpstream};

use super::Common;
use crate::{config, wiring::WiringError};

pub(super) fn build(
    id: &UpstreamId,
    given: &config::SamlUpstream,
    common: &Common<'_>,
) -> Result<SamlUpstream, WiringError> {
    let server = &common.config.server;
    let entity_id = server.address(&format!("/upstream/{id}/saml/metadata"));
    let acs_url = server.address(&format!("/upstream/{id}/saml/acs"));
    let settings = SamlSettings {
        signing_key: Some(common.signing_key.clone()),
        sign_requests: given.sign_requests,
        binding: given.binding,
        name_id_format: given.name_id_format.clone(),
        requested_authn_context: given.authn_context.clone(),
        skew: given.skew,
        danger_accept_sha1: given.danger_accept_sha1,
        ..SamlSettings::new(id.clone(), given.metadata.clone(), entity_id, acs_url)
    };
    SamlUpstream::new(settings, common.http.clone(), common.entropy.clone())
        .map_err(|error| WiringError::new(format!("upstreams.{id}.saml"), error))
}
