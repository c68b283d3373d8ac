//! All keys of the store, parsed, in one set for each adapter.
//!
//! Owns the parsing and the order: the active key first, then those to come, then those to go.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use secrecy::ExposeSecret;
use vestibule_core::{
    id::{AppId, KeyId},
    key::{KeyPurpose, KeyRecord, KeyState, Partner},
    port::{KeptKey, KeyShelf},
};
use vestibule_downstream::{
    oidc::{OidcKey, OidcKeys},
    saml::{IdpKeys, SigningKey},
};
use vestibule_upstream::saml::{Certificate, SpKeys};

use super::{
    KeysError,
    material::{MaterialError, decryption, saml, token},
};
use crate::certificates::{InUse, Purpose};

/// The keys of one moment.
pub(super) struct Sets {
    pub(super) idp: IdpKeys,
    pub(super) in_use: Arc<[InUse]>,
    pub(super) oidc: OidcKeys,
    pub(super) sp: SpKeys,
}

impl Sets {
    pub(super) fn parse(shelf: &KeyShelf) -> Result<Self, KeysError> {
        Ok(Self {
            idp: idp(shelf)?,
            in_use: in_use(shelf),
            oidc: OidcKeys::new(token_keys(shelf)?),
            sp: sp(shelf)?,
        })
    }
}

fn idp(shelf: &KeyShelf) -> Result<IdpKeys, KeysError> {
    let keys = SamlKeys::parse(shelf, KeyPurpose::SamlIdentityProvider)?;
    let chosen = keys.chosen(shelf, |partner| match partner {
        Partner::App(id) => Some(id.clone()),
        Partner::Upstream(_) => None,
    });
    Ok(IdpKeys::only(keys.active)
        .beside(keys.others.into_iter().map(|(_, key)| key).collect())
        .choosing(chosen))
}

fn sp(shelf: &KeyShelf) -> Result<SpKeys, KeysError> {
    let keys = SamlKeys::parse(shelf, KeyPurpose::SamlServiceProvider)?;
    let chosen = keys.chosen(shelf, |partner| match partner {
        Partner::App(_) => None,
        Partner::Upstream(id) => Some(id.clone()),
    });
    let decrypting = each(shelf, KeyPurpose::SamlServiceProviderDecryption, |key| {
        decryption(key.pkcs8.expose_secret(), key.certificate.as_deref())
    })?;
    Ok(SpKeys::only(keys.active)
        .beside(keys.others.into_iter().map(|(_, key)| key).collect())
        .choosing(chosen)
        .decrypting(decrypting.into_iter().map(|(_, key)| key).collect()))
}

/// The keys of one purpose that sign SAML messages.
struct SamlKeys {
    purpose: KeyPurpose,
    active: SigningKey,
    others: Vec<(KeyId, SigningKey)>,
}

impl SamlKeys {
    fn parse(shelf: &KeyShelf, purpose: KeyPurpose) -> Result<Self, KeysError> {
        let keys = each(shelf, purpose, |key| {
            saml(key.pkcs8.expose_secret(), key.certificate.as_deref())
        })?;
        // The book lists the active one first.
        let mut keys = keys.into_iter();
        let (_, active) = keys
            .next()
            .filter(|(record, _)| record.state == KeyState::Active)
            .ok_or(KeysError::Missing(purpose))?;
        Ok(Self {
            purpose,
            active,
            others: keys.map(|(record, key)| (record.id.clone(), key)).collect(),
        })
    }

    /// Who is served with which of the others.
    fn chosen<Id: Ord>(
        &self,
        shelf: &KeyShelf,
        whom: impl Fn(&Partner) -> Option<Id>,
    ) -> BTreeMap<Id, SigningKey> {
        let choices = shelf.book.choices();
        choices
            .filter(|(purpose, _, _)| *purpose == self.purpose)
            .filter_map(|(_, partner, chosen)| {
                let (_, key) = self.others.iter().find(|(id, _)| id == chosen)?;
                Some((whom(partner)?, key.clone()))
            })
            .collect()
    }
}

fn token_keys(shelf: &KeyShelf) -> Result<Vec<OidcKey>, KeysError> {
    let purposes = [
        KeyPurpose::OpenIdRs256,
        KeyPurpose::OpenIdEs256,
        KeyPurpose::OpenIdEdDsa,
    ];
    let mut keys = Vec::new();
    for purpose in purposes {
        let parsed = each(shelf, purpose, |key| token(key.pkcs8.expose_secret()))?;
        keys.extend(parsed.into_iter().map(|(record, key)| OidcKey {
            key,
            active: record.state == KeyState::Active,
            clients: clients(shelf, &record.id),
        }));
    }
    Ok(keys)
}

fn clients(shelf: &KeyShelf, key: &KeyId) -> BTreeSet<AppId> {
    let partners = shelf.book.chosen_for(key).into_iter();
    partners
        .filter_map(|partner| match partner {
            Partner::App(id) => Some(id),
            Partner::Upstream(_) => None,
        })
        .collect()
}

/// Certificates of the keys that somebody is served with.
pub(crate) fn in_use(shelf: &KeyShelf) -> Arc<[InUse]> {
    let serving = shelf.keys.iter().filter(|key| {
        let KeyRecord { id, state, .. } = &key.record;
        *state == KeyState::Active || !shelf.book.chosen_for(id).is_empty()
    });
    let certificates = serving.filter_map(|key| {
        let certificate = Certificate::from_der(key.certificate.as_deref()?).ok()?;
        let purpose = match key.record.purpose {
            KeyPurpose::SamlServiceProvider => Purpose::ServiceProviderSigning,
            KeyPurpose::SamlServiceProviderDecryption => Purpose::Decryption,
            _ => Purpose::IdentityProviderSigning,
        };
        Some(InUse::of_key(purpose, key.record.id.clone(), certificate))
    });
    certificates.collect()
}

/// The keys of one purpose, parsed, in the order of the book.
fn each<Key>(
    shelf: &KeyShelf,
    purpose: KeyPurpose,
    parse: impl Fn(&KeptKey) -> Result<Key, MaterialError>,
) -> Result<Vec<(&KeyRecord, Key)>, KeysError> {
    let records = shelf.book.of(purpose).into_iter();
    records
        .map(|record| {
            let kept = shelf.keys.iter().find(|key| key.record.id == record.id);
            let kept = kept.ok_or(KeysError::Missing(purpose))?;
            let key = parse(kept).map_err(|cause| KeysError::Material {
                key: record.id.clone(),
                cause,
            })?;
            Ok((record, key))
        })
        .collect()
}
