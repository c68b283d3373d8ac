//! The keys that sign tokens, as they are at the moment.
//!
//! Owns which of them signs for which client and with which algorithm, and the JWK set of all of them. Does not own how
//! keys change: somebody else puts a new set into the [`OidcKeyRing`].
//!
//! **Invariant:** the JWK set is made of public keys alone (attack row OO-17).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use arc_swap::ArcSwap;
use vestibule_core::id::AppId;
use vestibule_oidc::{
    algorithm::Algorithm,
    signing::{SigningKey, jwk_set},
};

/// The current keys, read at every use.
pub type OidcKeyRing = Arc<ArcSwap<OidcKeys>>;

/// One key and whom it signs for.
#[derive(Debug)]
pub struct OidcKey {
    /// The key, parsed once.
    pub key: SigningKey,
    /// It signs for every client that wants its algorithm and was not chosen for another key.
    pub active: bool,
    /// Clients that were chosen for this key.
    pub clients: BTreeSet<AppId>,
}

/// One set of keys.
#[derive(Debug, Default)]
pub struct OidcKeys {
    active: BTreeMap<Algorithm, Arc<SigningKey>>,
    chosen: BTreeMap<(AppId, Algorithm), Arc<SigningKey>>,
    all: Vec<Arc<SigningKey>>,
    jwks: Arc<str>,
}

impl OidcKeys {
    /// These keys, in the order in which the JWK set is to list them: of one algorithm the active one first, for there
    /// are clients that take the first.
    #[must_use]
    pub fn new(keys: Vec<OidcKey>) -> Self {
        let mut made = Self::default();
        for OidcKey {
            key,
            active,
            clients,
        } in keys
        {
            let key = Arc::new(key);
            let algorithm = key.algorithm();
            if active {
                made.active.insert(algorithm, key.clone());
            }
            for client in clients {
                made.chosen.insert((client, algorithm), key.clone());
            }
            made.all.push(key);
        }
        made.jwks = jwk_set(made.all.iter().map(Arc::as_ref)).to_string().into();
        made
    }

    /// A ring that holds this set until another is put into it.
    #[must_use]
    pub fn ring(self) -> OidcKeyRing {
        Arc::new(ArcSwap::from_pointee(self))
    }

    /// The key that signs for this client with this algorithm, if there is one.
    #[must_use]
    pub fn signer(&self, client: &AppId, algorithm: Algorithm) -> Option<Arc<SigningKey>> {
        let chosen = self.chosen.get(&(client.clone(), algorithm));
        chosen.or_else(|| self.active.get(&algorithm)).cloned()
    }

    /// What tokens can be signed with, for discovery (`id_token_signing_alg_values_supported`).
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.active.keys().copied()
    }

    /// The key of that `kid`, for tokens of ours that come back (`id_token_hint`).
    #[must_use]
    pub fn key(&self, kid: &str) -> Option<&SigningKey> {
        let found = self.all.iter().find(|key| key.kid() == kid);
        found.map(Arc::as_ref)
    }

    /// The JWK set (RFC 7517 section 5) of all keys: those that sign, those to come and those to go.
    #[must_use]
    pub fn jwks(&self) -> Arc<str> {
        self.jwks.clone()
    }
}

#[cfg(test)]
mod tests {
    use vestibule_oidc::signing::KeyKind;

    use super::*;

    fn key(kind: KeyKind) -> SigningKey {
        SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(kind).unwrap()).unwrap()
    }

    fn with(kind: KeyKind, active: bool, clients: &[&str]) -> OidcKey {
        OidcKey {
            key: key(kind),
            active,
            clients: clients.iter().map(|id| client(id)).collect(),
        }
    }

    fn client(id: &str) -> AppId {
        AppId::new(id).unwrap()
    }

    #[test]
    fn each_client_gets_the_active_key_of_its_algorithm_or_the_one_it_was_chosen_for() {
        let keys = OidcKeys::new(vec![
            with(KeyKind::P256, true, &[]),
            with(KeyKind::P256, false, &["ahead"]),
            with(KeyKind::Ed25519, true, &[]),
        ]);
        let kid = |id: &str, algorithm| {
            let signer = keys.signer(&client(id), algorithm);
            signer.map(|key| key.kid().to_owned())
        };
        let of = |number: usize| Some(keys.all[number].kid().to_owned());
        assert_eq!(kid("wiki", Algorithm::Es256), of(0));
        assert_eq!(kid("ahead", Algorithm::Es256), of(1));
        assert_eq!(kid("ahead", Algorithm::EdDsa), of(2));
        assert_eq!(kid("wiki", Algorithm::Rs256), None);
        let offered: Vec<_> = keys.algorithms().collect();
        assert_eq!(offered, [Algorithm::EdDsa, Algorithm::Es256]);
    }

    #[test]
    fn oo_17_the_jwk_set_lists_every_key_and_nothing_private() {
        let keys = OidcKeys::new(vec![
            with(KeyKind::Rsa2048, true, &[]),
            with(KeyKind::P256, true, &[]),
            with(KeyKind::P256, false, &[]),
            with(KeyKind::Ed25519, true, &[]),
        ]);
        let set: serde_json::Value = serde_json::from_str(&keys.jwks()).unwrap();
        let listed = set["keys"].as_array().unwrap();
        assert_eq!(listed.len(), 4);
        for jwk in listed {
            let kid = jwk["kid"].as_str().unwrap();
            assert_eq!(keys.key(kid).map(SigningKey::kid), Some(kid));
            // RFC 7518 clauses 6.2.2, 6.3.2 and 6.4, RFC 8037 clause 2: what would be private.
            for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                assert_eq!(jwk.get(private), None, "{jwk}");
            }
        }
        assert!(keys.key("unknown").is_none());
    }
}
