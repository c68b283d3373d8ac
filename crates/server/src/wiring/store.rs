//! The store and the key that seals it.

use secrecy::ExposeSecret;
use vestibule_store::{MasterKey, Store, StoreConfig, StoreUrl};

use super::{WiringError, ambient::SystemEntropy};
use crate::config::{Config, MasterKeySource, SecretSource};

/// An open store and what its master key gives to others.
pub(super) struct Opened {
    pub(super) store: Store,
    /// The key of the handles that browsers and upstreams hold.
    pub(super) handle_key: [u8; 32],
}

/// Opens the store of a configuration, and brings its schema up to date.
///
/// # Errors
/// [`WiringError`] naming the setting at fault.
pub async fn open_store(config: &Config) -> Result<Store, WiringError> {
    Ok(open(config).await?.store)
}

pub(super) async fn open(config: &Config) -> Result<Opened, WiringError> {
    let unfit = |error: vestibule_store::OpenError| WiringError::new("store", error);
    let key = master_key(&config.master_key)?;
    let handle_key = key.derive("handles");
    let url = StoreUrl::parse(config.store.url().expose_secret()).map_err(unfit)?;
    let store = Store::open(&StoreConfig::new(url, key))
        .await
        .map_err(unfit)?;
    Ok(Opened { store, handle_key })
}

fn master_key(source: &MasterKeySource) -> Result<MasterKey, WiringError> {
    let unfit = |error: vestibule_store::OpenError| WiringError::new("secrets", error);
    match source {
        MasterKeySource::File(path) => MasterKey::load_or_create(path).map_err(unfit),
        MasterKeySource::Fresh => {
            let entropy: &dyn vestibule_core::port::Entropy = &SystemEntropy;
            Ok(MasterKey::from_bytes(entropy.bytes()))
        }
        MasterKeySource::Variable(name) => {
            let text = SecretSource::Variable(name.clone()).read();
            let text = text.map_err(|error| WiringError::new("secrets", error))?;
            MasterKey::from_base64(text.expose_secret()).map_err(unfit)
        }
    }
}
