//! Our own keys while the broker runs.
//!
//! Owns the way of a key from the store to those who use it: made at the first start, parsed once, handed to the
//! adapters as one set, and replaced as a whole when keys were changed, by whichever process or node. Does not own which
//! change is right (the core's book does), nor the sealing (the store's).
//!
//! **Invariant:** a set that cannot be read or parsed replaces nothing: what was there before goes on signing.

mod first;
mod material;
mod sets;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use thiserror::Error;
use vestibule_core::{
    id::KeyId,
    key::{KeyFault, KeyPurpose},
    port::{KeyShelf, Keys, StoreError},
};
use vestibule_downstream::{oidc::OidcKeyRing, saml::IdpKeyRing};
use vestibule_upstream::saml::SpKeyRing;

use self::sets::Sets;
pub(crate) use self::sets::in_use;
pub(crate) use self::{
    first::{First, make_first},
    material::{Material, MaterialError},
};
use crate::certificates::InUse;

/// Why there are no keys to work with.
#[derive(Debug, Error)]
pub(crate) enum KeysError {
    /// The book of keys says no.
    #[error(transparent)]
    Fault(#[from] KeyFault),
    /// A key cannot be made or used.
    #[error("key `{key}`: {cause}")]
    Material {
        /// Which.
        key: KeyId,
        /// Why.
        cause: MaterialError,
    },
    /// There is none for this.
    #[error("there is no active key for {0}")]
    Missing(KeyPurpose),
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl KeysError {
    /// The stable reason code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.code(),
            Self::Material { cause, .. } => cause.code(),
            Self::Missing(_) => "key_missing",
            Self::Store(error) => error.code(),
        }
    }
}

/// The keys of now, as each adapter reads them.
pub(crate) struct KeyRings {
    /// They sign answers to SAML applications.
    pub(crate) idp: IdpKeyRing,
    /// They sign tokens.
    pub(crate) oidc: OidcKeyRing,
    /// They sign requests to SAML upstreams, and decrypt.
    pub(crate) sp: SpKeyRing,
    /// Certificates of those that somebody is served with.
    in_use: RwLock<Arc<[InUse]>>,
    /// Which change of the keys this is.
    revision: AtomicU64,
    store: Arc<dyn Keys>,
}

impl KeyRings {
    /// The keys of a store.
    pub(crate) async fn load(store: Arc<dyn Keys>) -> Result<Self, KeysError> {
        let shelf = store.keys().await?;
        let sets = Sets::parse(&shelf)?;
        Ok(Self {
            idp: sets.idp.ring(),
            oidc: sets.oidc.ring(),
            sp: sets.sp.ring(),
            in_use: RwLock::new(sets.in_use),
            revision: AtomicU64::new(shelf.revision),
            store,
        })
    }

    /// Takes the keys of the store if they were changed; says whether they were.
    pub(crate) async fn follow(&self) -> Result<bool, KeysError> {
        if self.store.key_revision().await? == self.revision.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let shelf = self.store.keys().await?;
        self.take(&shelf)?;
        Ok(true)
    }

    fn take(&self, shelf: &KeyShelf) -> Result<(), KeysError> {
        let sets = Sets::parse(shelf)?;
        self.idp.store(Arc::new(sets.idp));
        self.oidc.store(Arc::new(sets.oidc));
        self.sp.store(Arc::new(sets.sp));
        *self.in_use.write().unwrap_or_else(PoisonError::into_inner) = sets.in_use;
        self.revision.store(shelf.revision, Ordering::Relaxed);
        Ok(())
    }

    /// Certificates of the keys that somebody is served with.
    pub(crate) fn in_use(&self) -> Arc<[InUse]> {
        let in_use = self.in_use.read();
        in_use.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests;
