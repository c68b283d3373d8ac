//! The store and the key that seals it.

use secrecy::ExposeSecret;
use vestibule_store::{MasterKey, Store, StoreConfig};

use super::{WiringError, ambient::SystemEntropy};
use crate::config::{Config, MasterKeySource, SecretSource};

/// An open store and what its master key gives to others.
pub(super) struct Opened {
    pub(super) store: Store,
    /// The key of the handles that browsers and upstreams hold.
    pub(super) handle_key: [u8; 32],
    /// The key of the names that one application alone knows somebody by.
    pub(super) pairwise_key: [u8; 32],
}

/// Opens the store of a configuration, and brings its schema up to date.
///
/// # Errors
/// [`WiringError`] naming the setting at fault.
pub async fn open_store(config: &Config) -> Result<Store, WiringError> {
    Ok(open(config).await?.store)
}

/// Opens a store that is there already. Who only reads makes neither a database nor a master key.
///
/// # Errors
/// [`WiringError`] if there is none, and as [`open_store`].
pub async fn open_existing_store(config: &Config) -> Result<Store, WiringError> {
    match config.store.file() {
        Some(database) if !database.exists() => {
            let cause = format!(
                "there is no store at {}; is --config right? `vestibule serve` makes it",
                database.display()
            );
            Err(WiringError::new("store", cause))
        }
        _ => open_store(config).await,
    }
}

pub(super) async fn open(config: &Config) -> Result<Opened, WiringError> {
    let unfit = |error: vestibule_store::OpenError| WiringError::new("store", error);
    check_files(config)?;
    let key = master_key(&config.master_key)?;
    let handle_key = key.derive("handles");
    // **Invariant:** this label never changes: everybody would get another name at every application.
    let pairwise_key = key.derive("saml pairwise names");
    let store = Store::open(&StoreConfig::new(config.store.clone(), key))
        .await
        .map_err(unfit)?;
    Ok(Opened {
        store,
        handle_key,
        pairwise_key,
    })
}

/// What is told best before anything is made: a database without its key, and a folder that is not there.
fn check_files(config: &Config) -> Result<(), WiringError> {
    let Some(database) = config.store.file() else {
        return Ok(());
    };
    let folder = database
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let cause = format!(
            "the folder {} of the database does not exist: make it, owned by the service's user",
            folder.display()
        );
        return Err(WiringError::new("store", cause));
    }
    // A new key would open nothing of it, and would find its way into the backup.
    match &config.master_key {
        MasterKeySource::File(key) if database.exists() && !key.exists() => {
            let (key, database) = (key.display(), database.display());
            let cause = format!(
                "the master key {key} is missing, but {database} was sealed with it: restore the key from your backup"
            );
            Err(WiringError::new("secrets", cause))
        }
        _ => Ok(()),
    }
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
