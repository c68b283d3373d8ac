//! What one identity provider needs to know of us.
//!
//! Owns the addresses that are registered there.

use serde::Serialize;
use vestibule_core::{id::UpstreamId, logout::Onward};

use crate::config::{Config, Upstream, UpstreamProtocol};

/// What one identity provider needs, by protocol.
#[derive(Debug, Serialize)]
#[serde(tag = "protocol", rename_all = "lowercase")]
pub(super) enum IdentityProvider {
    Oidc {
        redirect_uri: String,
        back_channel_logout_uri: String,
        /// None where a logout here does not go on there.
        post_logout_redirect_uri: Option<String>,
    },
    Saml {
        entity_id: String,
        acs_url: String,
        slo_url: String,
        metadata_url: String,
    },
}

impl IdentityProvider {
    /// As it is configured; none where there is nobody to tell.
    pub(super) fn of(config: &Config, id: &UpstreamId, upstream: &Upstream) -> Option<Self> {
        let address = |path: &str| {
            let path = format!("/upstream/{id}/{path}");
            config.server.address(&path).to_string()
        };
        match &upstream.protocol {
            UpstreamProtocol::Local(_) => None,
            UpstreamProtocol::Oidc(_) => Some(Self::Oidc {
                redirect_uri: address("oidc/callback"),
                back_channel_logout_uri: address("oidc/backchannel-logout"),
                post_logout_redirect_uri: (upstream.logout != Onward::None)
                    .then(|| address("oidc/signed-out")),
            }),
            UpstreamProtocol::Saml(_) => Some(Self::Saml {
                entity_id: address("saml/metadata"),
                acs_url: address("saml/acs"),
                slo_url: address("saml/slo"),
                metadata_url: address("saml/metadata"),
            }),
        }
    }

    /// For people.
    pub(super) fn lines(&self, id: &UpstreamId) -> Vec<String> {
        let heading = |protocol: &str| format!("For the identity provider `{id}` ({protocol}):");
        match self {
            Self::Oidc {
                redirect_uri,
                back_channel_logout_uri,
                post_logout_redirect_uri,
            } => {
                let mut lines = vec![
                    heading("OpenID Connect"),
                    format!("  Redirect URI: {redirect_uri}"),
                    format!("  Back-channel logout URI: {back_channel_logout_uri}"),
                ];
                let after = post_logout_redirect_uri.iter();
                lines.extend(after.map(|uri| format!("  Post-logout redirect URI: {uri}")));
                lines
            }
            Self::Saml {
                entity_id,
                acs_url,
                slo_url,
                metadata_url,
            } => vec![
                heading("SAML"),
                format!("  Metadata, which has all of it: {metadata_url}"),
                format!("  Entity ID: {entity_id}"),
                format!("  Assertion consumer service URL: {acs_url}"),
                format!("  Single logout URL: {slo_url}"),
            ],
        }
    }
}
