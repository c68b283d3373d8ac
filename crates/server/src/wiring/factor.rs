//! Factors from their settings.

use std::{collections::BTreeMap, sync::Arc};

use vestibule_core::{
    id::FactorKind,
    port::{Entropy, Factor},
};
use vestibule_factor::{backup_code::BackupCode, totp::Totp, webauthn::WebAuthn};

use super::WiringError;
use crate::config::Config;

pub(super) fn factors(
    config: &Config,
    entropy: &Arc<dyn Entropy>,
) -> Result<BTreeMap<FactorKind, Arc<dyn Factor>>, WiringError> {
    let mut factors: Vec<Arc<dyn Factor>> = Vec::new();
    if let Some(settings) = &config.factors.totp {
        factors.push(Arc::new(Totp::new(settings.clone(), entropy.clone())));
    }
    if config.factors.backup_code {
        factors.push(Arc::new(BackupCode::new(entropy.clone())));
    }
    if let Some(settings) = &config.factors.webauthn {
        let webauthn = WebAuthn::new(settings.clone(), entropy.clone())
            .map_err(|error| WiringError::new("factors.webauthn", error))?;
        factors.push(Arc::new(webauthn));
    }
    let by_kind = factors
        .into_iter()
        .map(|factor| (factor.traits().kind.clone(), factor));
    Ok(by_kind.collect())
}
