//! Factors from their settings.

use std::{collections::BTreeMap, sync::Arc};

use vestibule_core::{
    id::FactorKind,
    port::{Entropy, Factor},
};
use vestibule_factor::{
    backup_code::BackupCode,
    totp::{Algorithm, Digits, Period, Settings, Totp},
};

use super::WiringError;
use crate::config::{Config, TotpAlgorithm};

pub(super) fn factors(
    config: &Config,
    entropy: &Arc<dyn Entropy>,
) -> Result<BTreeMap<FactorKind, Arc<dyn Factor>>, WiringError> {
    let mut factors: Vec<Arc<dyn Factor>> = Vec::new();
    if let Some(totp) = &config.factors.totp {
        let settings = Settings {
            issuer: totp
                .issuer
                .clone()
                .unwrap_or_else(|| config.branding.product.clone()),
            digits: Digits::try_from(totp.digits)
                .map_err(|error| WiringError::new("factors.totp", error))?,
            algorithm: match totp.algorithm {
                TotpAlgorithm::Sha1 => Algorithm::Sha1,
                TotpAlgorithm::Sha256 => Algorithm::Sha256,
                TotpAlgorithm::Sha512 => Algorithm::Sha512,
            },
            period: Period::try_from(totp.period)
                .map_err(|error| WiringError::new("factors.totp", error))?,
        };
        factors.push(Arc::new(Totp::new(settings, entropy.clone())));
    }
    if config.factors.backup_code {
        factors.push(Arc::new(BackupCode::new(entropy.clone())));
    }
    Ok(factors
        .into_iter()
        .map(|factor| (factor.traits().kind.clone(), factor))
        .collect())
}
