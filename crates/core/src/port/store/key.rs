//! Our own signing keys, by name.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::audit::AuditRecord;

/// A private key with its certificate, open: the store seals it at rest.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// PKCS#8, DER.
    pub pkcs8: Vec<u8>,
    /// Its X.509 certificate, DER.
    pub certificate: Vec<u8>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair")
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// Our own signing keys, by name.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Reads one.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] if the master key is not the one that sealed it.
    async fn key(&self, name: &str) -> Result<Option<KeyPair>, StoreError>;

    /// Keeps a new one, unless another node was faster; returns the one that is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn keep_key(
        &self,
        name: &str,
        key: KeyPair,
        audit: AuditRecord,
    ) -> Result<KeyPair, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_key() {
        let pair = KeyPair {
            pkcs8: b"private".to_vec(),
            certificate: b"certificate".to_vec(),
            created_at: DateTime::UNIX_EPOCH,
        };
        let shown = "KeyPair { created_at: 1970-01-01T00:00:00Z, .. }";
        assert_eq!(format!("{pair:?}"), shown);
    }
}
