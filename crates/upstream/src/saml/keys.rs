//! Our own keys towards SAML providers, as they are at the moment.
//!
//! Owns which of them signs for which upstream, which decrypt, and which certificates our metadata lists. Does not own
//! how keys change: somebody else puts a new set into the [`SpKeyRing`].

use std::{collections::BTreeMap, sync::Arc};

use arc_swap::ArcSwap;
use vestibule_core::id::UpstreamId;
use vestibule_saml::crypto::{DecryptionKey, sign::SigningKey};

/// The current keys, read at every use.
pub type SpKeyRing = Arc<ArcSwap<SpKeys>>;

/// One set of keys.
#[derive(Debug, Clone)]
pub struct SpKeys {
    active: SigningKey,
    others: Vec<SigningKey>,
    chosen: BTreeMap<UpstreamId, SigningKey>,
    decrypting: Vec<DecryptionKey>,
}

impl SpKeys {
    /// A key that signs for everybody, and none that decrypts.
    #[must_use]
    pub fn only(active: SigningKey) -> Self {
        Self {
            active,
            others: Vec::new(),
            chosen: BTreeMap::new(),
            decrypting: Vec::new(),
        }
    }

    /// A ring that holds this set until another is put into it.
    #[must_use]
    pub fn ring(self) -> SpKeyRing {
        Arc::new(ArcSwap::from_pointee(self))
    }

    /// Keys that providers may know beside the active one: first those to come, then those to go.
    #[must_use]
    pub fn beside(self, others: Vec<SigningKey>) -> Self {
        Self { others, ..self }
    }

    /// Upstreams that are asked with another key than the rest.
    #[must_use]
    pub fn choosing(self, chosen: BTreeMap<UpstreamId, SigningKey>) -> Self {
        Self { chosen, ..self }
    }

    /// Keys that decrypt, the active one first. Those to come and to go decrypt too: which one a provider encrypts for
    /// is its own affair.
    #[must_use]
    pub fn decrypting(self, decrypting: Vec<DecryptionKey>) -> Self {
        Self { decrypting, ..self }
    }

    /// The key that signs for this upstream.
    #[must_use]
    pub fn signing(&self, upstream: &UpstreamId) -> &SigningKey {
        self.chosen.get(upstream).unwrap_or(&self.active)
    }

    /// The certificates for our metadata, DER: the active one first, for there are providers that take the first.
    #[must_use]
    pub fn certificates(&self) -> Vec<&[u8]> {
        let all = std::iter::once(&self.active).chain(&self.others);
        all.map(SigningKey::certificate_der).collect()
    }

    /// All keys that decrypt, the active one first.
    #[must_use]
    pub fn decryption_keys(&self) -> &[DecryptionKey] {
        &self.decrypting
    }
}
