//! Upstreams from their settings: one file per protocol.

mod local;
mod oidc;
mod saml;

use std::{collections::BTreeMap, sync::Arc};

use vestibule_core::{
    id::UpstreamId,
    port::{Accounts, Entropy, Upstream},
};
use vestibule_engine::UpstreamPart;
use vestibule_upstream::{
    http::{Breaker, Http},
    local::Passwords,
    oidc::OidcUpstream,
    saml::{SamlUpstream, SpKeyRing},
};

use super::WiringError;
use crate::config::{Config, UpstreamProtocol};

/// What every upstream is built with.
pub(super) struct Common<'a> {
    pub(super) config: &'a Config,
    pub(super) http: Arc<dyn Http>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) accounts: Arc<dyn Accounts>,
    pub(super) passwords: Passwords,
    pub(super) keys: SpKeyRing,
}

/// The upstreams, and those with metadata once more for its upkeep.
#[derive(Default)]
pub(super) struct Upstreams {
    pub(super) parts: BTreeMap<UpstreamId, UpstreamPart>,
    pub(super) saml: BTreeMap<UpstreamId, Arc<SamlUpstream>>,
    pub(super) oidc: BTreeMap<UpstreamId, Arc<OidcUpstream>>,
    /// Of each that is asked over the network.
    pub(super) breakers: BTreeMap<UpstreamId, Arc<Breaker>>,
}

/// Builds every upstream that is not disabled.
pub(super) fn upstreams(common: &Common<'_>) -> Result<Upstreams, WiringError> {
    let mut built = Upstreams::default();
    let all = common.config.upstreams.iter();
    for (id, upstream) in all.filter(|(_, upstream)| !upstream.disabled) {
        let breaker = Arc::new(Breaker::new(id.clone(), common.http.clone()));
        let adapter: Arc<dyn Upstream> = match &upstream.protocol {
            UpstreamProtocol::Local(people) => Arc::new(local::build(id, people, common)?),
            UpstreamProtocol::Oidc(settings) => {
                let adapter = Arc::new(oidc::build(
                    id,
                    upstream,
                    settings,
                    common,
                    breaker.clone(),
                )?);
                built.breakers.insert(id.clone(), breaker);
                built.oidc.insert(id.clone(), adapter.clone());
                adapter
            }
            UpstreamProtocol::Saml(settings) => {
                let adapter = Arc::new(saml::build(
                    id,
                    upstream,
                    settings,
                    common,
                    breaker.clone(),
                )?);
                built.breakers.insert(id.clone(), breaker);
                built.saml.insert(id.clone(), adapter.clone());
                adapter
            }
        };
        let part = UpstreamPart {
            adapter,
            mapping: upstream.mapping.clone(),
            label: upstream.label.clone(),
            onward: upstream.logout,
            belief: upstream.second_factor.clone(),
        };
        built.parts.insert(id.clone(), part);
    }
    Ok(built)
}

/// Whether some provider may encrypt for the key that we make ourselves.
pub(super) fn need_generated_key(config: &Config) -> bool {
    config.upstreams.values().any(|upstream| {
        !upstream.disabled
            && matches!(&upstream.protocol, UpstreamProtocol::Saml(saml) if saml.decrypting.generated_key)
    })
}

impl Upstreams {
    /// Our metadata as service provider, for each SAML upstream.
    pub(super) fn sp_metadata(&self) -> Result<BTreeMap<UpstreamId, String>, WiringError> {
        self.saml
            .iter()
            .map(|(id, upstream)| match upstream.sp_metadata() {
                Ok(xml) => Ok((id.clone(), xml)),
                Err(error) => Err(WiringError::new(format!("upstreams.{id}"), error)),
            })
            .collect()
    }
}
