//! Factors from their settings.

use std::{collections::BTreeMap, sync::Arc};

use vestibule_core::{
    id::FactorKind,
    port::{Entropy, Factor},
};
use vestibule_factor::{backup_code::BackupCode, totp::Totp};

use crate::config::Config;

pub(super) fn factors(
    config: &Config,
    entropy: &Arc<dyn Entropy>,
) -> BTreeMap<FactorKind, Arc<dyn Factor>> {
    let mut factors: Vec<Arc<dyn Factor>> = Vec::new();
    if let Some(settings) = &config.factors.totp {
        factors.push(Arc::new(Totp::new(settings.clone(), entropy.clone())));
    }
    if config.factors.backup_code {
        factors.push(Arc::new(BackupCode::new(entropy.clone())));
    }
    factors
        .into_iter()
        .map(|factor| (factor.traits().kind.clone(), factor))
        .collect()
}
