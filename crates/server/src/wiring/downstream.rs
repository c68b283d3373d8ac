//! The application protocols from their settings, and our face towards them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use vestibule_core::{
    id::UpstreamId,
    key::KeyPurpose,
    port::{Clock, Downstream, Entropy, SignOff},
    request::Protocol,
};
use vestibule_downstream::{
    account::AccountPage,
    oidc::{
        Algorithm, OidcApp, OidcProvider, OidcSettings, Registry,
        service::{Shelf, TokenService},
    },
    saml::{SamlApp, SamlIdp, SamlSettings, Skew},
    told::PairwiseKey,
};

use super::WiringError;
use crate::{
    config::{AppProtocol, Config},
    keys::KeyRings,
};

/// What applications need to know of us.
#[derive(Debug, Clone)]
pub struct IdpFace {
    /// Our entity ID.
    pub entity_id: String,
    /// The issuer of our tokens.
    pub issuer: String,
    /// Our SAML metadata.
    pub metadata: String,
    /// Where SAML requests go.
    pub sso_url: String,
}

/// The application protocols, and our face towards them.
pub(super) struct Applications {
    pub(super) downstreams: BTreeMap<Protocol, Arc<dyn Downstream>>,
    pub(super) sign_offs: BTreeMap<Protocol, Arc<dyn SignOff>>,
    pub(super) idp: Arc<SamlIdp>,
    pub(super) oidc: Arc<OidcProvider>,
    pub(super) tokens: Arc<TokenService>,
    pub(super) face: IdpFace,
}

/// What the application protocols stand on.
pub(super) struct Common<'a> {
    pub(super) config: &'a Config,
    pub(super) keys: &'a KeyRings,
    pub(super) pairwise_key: &'a [u8; 32],
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) entropy: &'a Arc<dyn Entropy>,
    pub(super) shelf: Arc<dyn Shelf>,
    pub(super) upstreams: BTreeSet<UpstreamId>,
}

pub(super) fn applications(common: Common<'_>) -> Result<Applications, WiringError> {
    let Common {
        config,
        keys,
        pairwise_key,
        clock,
        entropy,
        shelf,
        upstreams,
    } = common;
    let apps = config.apps.iter().filter_map(|(id, app)| {
        let AppProtocol::Saml(app) = &app.protocol else {
            return None;
        };
        Some((id.clone(), SamlApp::clone(app)))
    });
    let settings = SamlSettings {
        entity_id: config.server.address("/saml/metadata").into(),
        sso_url: config.server.address("/saml/sso"),
        slo_url: config.server.address("/saml/slo"),
        keys: keys.idp.clone(),
        pairwise_key: PairwiseKey::new(pairwise_key),
        apps: apps.collect(),
        skew: Skew::default(),
    };
    let idp = SamlIdp::new(settings, entropy.clone()).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        WiringError::new("apps", told.join("; "))
    })?;
    let facts = idp.facts();
    let metadata = idp
        .metadata()
        .map_err(|error| WiringError::new("public_url", error))?;
    let idp = Arc::new(idp);
    let registry = Arc::new(registry(config, keys, pairwise_key)?);
    let face = IdpFace {
        entity_id: facts.entity_id,
        issuer: registry.issuer().to_owned(),
        metadata,
        sso_url: facts.sso_url,
    };
    let oidc = OidcProvider::new(registry.clone(), shelf.clone(), entropy.clone());
    let oidc = Arc::new(oidc);
    let tokens = TokenService::new(
        registry,
        upstreams,
        config.sessions,
        shelf,
        clock.clone(),
        entropy.clone(),
    );
    Ok(Applications {
        downstreams: BTreeMap::from([
            (
                Protocol::Account,
                Arc::new(AccountPage::new(config.server.public_url.clone())) as Arc<dyn Downstream>,
            ),
            (Protocol::Oidc, oidc.clone()),
            (Protocol::Saml, idp.clone()),
        ]),
        sign_offs: BTreeMap::from([
            (Protocol::Oidc, oidc.clone() as Arc<dyn SignOff>),
            (Protocol::Saml, idp.clone()),
        ]),
        idp,
        oidc,
        tokens: Arc::new(tokens),
        face,
    })
}

/// The relying parties.
fn registry(
    config: &Config,
    keys: &KeyRings,
    pairwise_key: &[u8; 32],
) -> Result<Registry, WiringError> {
    let apps = config.apps.iter().filter_map(|(id, app)| {
        let AppProtocol::Oidc(app) = &app.protocol else {
            return None;
        };
        Some((id.clone(), OidcApp::clone(app)))
    });
    let registry = Registry::new(OidcSettings {
        public_url: config.server.public_url.clone(),
        keys: keys.oidc.clone(),
        pairwise_key: PairwiseKey::new(pairwise_key),
        apps: apps.collect(),
    });
    let registry = registry.map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        WiringError::new("apps", told.join("; "))
    })?;
    // Better no start than a login that ends in front of the application.
    let known = keys.oidc.load();
    for (id, app) in registry.apps().filter(|(_, app)| !app.disabled) {
        let algorithm = app.id_token_algorithm;
        if known.signer(id, algorithm).is_none() {
            let cause = format!(
                "there is no key for {}: make one with `vestibule key create --purpose {}`",
                algorithm.name(),
                purpose(algorithm)
            );
            let setting = format!("apps.{id}.oidc.id_token_algorithm");
            return Err(WiringError::new(setting, cause));
        }
    }
    Ok(registry)
}

fn purpose(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDsa => KeyPurpose::OpenIdEdDsa,
        Algorithm::Es256 => KeyPurpose::OpenIdEs256,
        _ => KeyPurpose::OpenIdRs256,
    }
    .name()
}
