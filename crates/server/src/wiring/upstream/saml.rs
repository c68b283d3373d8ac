//! A SAML identity provider from its settings.

use std::sync::Arc;

use vestibule_core::{id::UpstreamId, logout::Onward};
use vestibule_upstream::{
    http::Http,
    saml::{DecryptionKey, SamlSettings, SamlUpstream},
};

use super::Common;
use crate::{config, wiring::WiringError};

pub(super) fn build(
    id: &UpstreamId,
    upstream: &config::Upstream,
    given: &config::SamlUpstream,
    common: &Common<'_>,
    http: Arc<dyn Http>,
) -> Result<SamlUpstream, WiringError> {
    let server = &common.config.server;
    let entity_id = server.address(&format!("/upstream/{id}/saml/metadata"));
    let acs_url = server.address(&format!("/upstream/{id}/saml/acs"));
    let decrypting = &given.decrypting;
    let settings = SamlSettings {
        slo_url: Some(server.address(&format!("/upstream/{id}/saml/slo"))),
        sign_out_there: upstream.logout != Onward::None,
        decryption_keys: decryption_keys(id, decrypting)?,
        decrypt_with_ring: decrypting.generated_key,
        offer_encryption: decrypting.is_offered(upstream.preset.saml().expects_encryption_key()),
        require_signed_response: decrypting.require_signed_response,
        danger_accept_cbc: decrypting.danger_accept_cbc,
        keys: Some(common.keys.clone()),
        sign_requests: given.sign_requests,
        binding: given.binding,
        name_id_format: given.name_id_format.clone(),
        requested_authn_context: given.authn_context.clone(),
        skew: given.skew,
        danger_accept_sha1: given.danger_accept_sha1,
        ..SamlSettings::new(id.clone(), given.metadata.clone(), entity_id, acs_url)
    };
    SamlUpstream::new(settings, http, common.entropy.clone())
        .map_err(|error| WiringError::new(format!("upstreams.{id}.saml"), error))
}

/// The keys of the files in their order.
#[allow(
    clippy::disallowed_methods,
    reason = "the start reads the files that the configuration names"
)]
fn decryption_keys(
    id: &UpstreamId,
    given: &config::Decrypting,
) -> Result<Vec<DecryptionKey>, WiringError> {
    let mut keys = Vec::new();
    for path in &given.key_files {
        let unfit = |cause: &dyn std::fmt::Display| {
            let setting = format!("upstreams.{id}.saml.decryption_key_files");
            WiringError::new(setting, format!("{}: {cause}", path.display()))
        };
        let pem = std::fs::read(path).map_err(|error| unfit(&error))?;
        keys.push(DecryptionKey::from_pem(&pem).map_err(|error| unfit(&error))?);
    }
    Ok(keys)
}
