//! The application protocols from their settings, and our face towards them.

use std::{collections::BTreeMap, sync::Arc};

use vestibule_core::{
    port::{Downstream, Entropy},
    request::Protocol,
};
use vestibule_downstream::{
    account::AccountPage,
    saml::{IdpKeyRing, PairwiseKey, SamlApp, SamlIdp, SamlSettings, Skew},
};

use super::WiringError;
use crate::config::{AppProtocol, Config};

/// What applications need to know of us.
#[derive(Debug, Clone)]
pub struct IdpFace {
    /// Our entity ID.
    pub entity_id: String,
    /// Where requests go.
    pub sso_url: String,
    /// The certificate of the key that signs answers, PEM.
    pub certificate_pem: String,
    /// All of it as SAML metadata.
    pub metadata: String,
}

/// The application protocols, and our face towards them.
pub(super) struct Applications {
    pub(super) downstreams: BTreeMap<Protocol, Arc<dyn Downstream>>,
    pub(super) idp: Arc<SamlIdp>,
    pub(super) face: IdpFace,
}

pub(super) fn applications(
    config: &Config,
    keys: IdpKeyRing,
    pairwise_key: PairwiseKey,
    entropy: &Arc<dyn Entropy>,
) -> Result<Applications, WiringError> {
    let apps = config.apps.iter().map(|(id, app)| {
        let AppProtocol::Saml(app) = &app.protocol;
        (id.clone(), SamlApp::clone(app))
    });
    let settings = SamlSettings {
        entity_id: config.server.address("/saml/metadata").into(),
        sso_url: config.server.address("/saml/sso"),
        keys,
        pairwise_key,
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
    let face = IdpFace {
        entity_id: facts.entity_id,
        sso_url: facts.sso_url,
        certificate_pem: facts.certificate_pem,
        metadata,
    };
    let idp = Arc::new(idp);
    Ok(Applications {
        downstreams: BTreeMap::from([
            (
                Protocol::Account,
                Arc::new(AccountPage::new(config.server.public_url.clone())) as Arc<dyn Downstream>,
            ),
            (Protocol::Saml, idp.clone()),
        ]),
        idp,
        face,
    })
}
