//! The keys that sign our answers, as they are at the moment.
//!
//! Owns which of them signs for which application, and which certificates our metadata lists. Does not own how keys
//! change: somebody else puts a new set into the [`IdpKeyRing`], and every answer that is made from then on, of a login
//! that was under way too, is signed by it (attack row SO-16).

use std::{collections::BTreeMap, sync::Arc};

use arc_swap::ArcSwap;
use vestibule_core::id::AppId;
use vestibule_saml::crypto::sign::SigningKey;

/// The current keys, read at every use.
pub type IdpKeyRing = Arc<ArcSwap<IdpKeys>>;

/// One set of keys.
#[derive(Debug, Clone)]
pub struct IdpKeys {
    active: SigningKey,
    others: Vec<SigningKey>,
    chosen: BTreeMap<AppId, SigningKey>,
}

impl IdpKeys {
    /// A key that signs for everybody.
    #[must_use]
    pub fn only(active: SigningKey) -> Self {
        Self {
            active,
            others: Vec::new(),
            chosen: BTreeMap::new(),
        }
    }

    /// A ring that holds this set until another is put into it.
    #[must_use]
    pub fn ring(self) -> IdpKeyRing {
        Arc::new(ArcSwap::from_pointee(self))
    }

    /// Keys that applications may know beside the active one: first those to come, then those to go.
    #[must_use]
    pub fn beside(self, others: Vec<SigningKey>) -> Self {
        Self { others, ..self }
    }

    /// Applications that are answered with another key than the rest.
    #[must_use]
    pub fn choosing(self, chosen: BTreeMap<AppId, SigningKey>) -> Self {
        Self { chosen, ..self }
    }

    /// The key that signs for everybody who was not chosen for another.
    #[must_use]
    pub fn active(&self) -> &SigningKey {
        &self.active
    }

    /// The key that signs for this application.
    #[must_use]
    pub fn signing(&self, app: &AppId) -> &SigningKey {
        self.chosen.get(app).unwrap_or(&self.active)
    }

    /// The certificates for our metadata, DER: the active one first, for there are applications that take the first.
    #[must_use]
    pub fn certificates(&self) -> Vec<&[u8]> {
        let all = std::iter::once(&self.active).chain(&self.others);
        all.map(SigningKey::certificate_der).collect()
    }
}
