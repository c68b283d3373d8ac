//! Our own keys.

use async_trait::async_trait;
use secrecy::SecretSlice;

use super::StoreError;
use crate::{
    audit::AuditRecord,
    key::{KeyBook, KeyRecord, KeyStep},
};

/// A key with its secret, open: the store seals it at rest.
#[derive(Debug, Clone)]
pub struct KeptKey {
    /// What is known of it.
    pub record: KeyRecord,
    /// The private key: PKCS#8, DER.
    pub pkcs8: SecretSlice<u8>,
    /// Its X.509 certificate, DER, where one goes with it.
    pub certificate: Option<Vec<u8>>,
}

/// All keys at one moment.
#[derive(Debug, Clone)]
pub struct KeyShelf {
    /// Which moment: it grows with each change.
    pub revision: u64,
    /// The keys, and who is served with which.
    pub book: KeyBook,
    /// The keys once more with their secrets, by id.
    pub keys: Vec<KeptKey>,
}

/// Our own keys. All changes are in one order: each is made to the keys as they were `seen`, or not at all.
#[async_trait]
pub trait Keys: Send + Sync {
    /// How often keys were changed: cheap enough to be asked every few seconds.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn key_revision(&self) -> Result<u64, StoreError>;

    /// All keys.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] if the master key is not the one that sealed one of them.
    async fn keys(&self) -> Result<KeyShelf, StoreError>;

    /// Keeps a new key.
    ///
    /// # Errors
    /// [`StoreError`]; [`Conflict::Keys`](super::Conflict::Keys) if keys were changed since they were seen.
    async fn add_key(&self, seen: u64, key: KeptKey, audit: AuditRecord) -> Result<(), StoreError>;

    /// Takes the steps of one change.
    ///
    /// # Errors
    /// As [`add_key`](Self::add_key).
    async fn change_keys(
        &self,
        seen: u64,
        steps: Vec<KeyStep>,
        audit: AuditRecord,
    ) -> Result<(), StoreError>;
}
