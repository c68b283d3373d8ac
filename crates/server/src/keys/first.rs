//! The first key of each purpose.
//!
//! Owns that there is one. Of two nodes that start together, the keys of one are kept, and the other takes them.

use chrono::{DateTime, Utc};
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    key::KeyPurpose,
    port::{Conflict, Entropy, Keys, StoreError},
};

use super::{KeysError, Material};

/// What first keys are made of.
pub(crate) struct First<'a> {
    /// What their certificates are called by.
    pub(crate) common_name: &'a str,
    /// For their ids.
    pub(crate) entropy: &'a dyn Entropy,
    /// Since when they are.
    pub(crate) now: DateTime<Utc>,
}

/// Makes a key for each of these purposes that has none.
pub(crate) async fn make_first(
    store: &dyn Keys,
    purposes: &[KeyPurpose],
    first: &First<'_>,
) -> Result<(), KeysError> {
    for purpose in purposes {
        make_one(store, *purpose, first).await?;
    }
    Ok(())
}

async fn make_one(
    store: &dyn Keys,
    purpose: KeyPurpose,
    first: &First<'_>,
) -> Result<(), KeysError> {
    let mut made = None;
    // It ends: what makes it begin again is a change that somebody else made.
    loop {
        let shelf = store.keys().await?;
        let (None, Some(algorithm)) = (shelf.book.active(purpose), purpose.algorithms().first())
        else {
            return Ok(());
        };
        let id = purpose.new_id(first.now, first.entropy.bytes());
        let record = shelf.book.add(id, purpose, *algorithm, first.now)?;
        let material: Material = match made.take() {
            Some(material) => material,
            None => Material::make(purpose, *algorithm, first.common_name, first.now).map_err(
                |cause| KeysError::Material {
                    key: record.id.clone(),
                    cause,
                },
            )?,
        };
        let audit = AuditRecord::new(first.now, AuditEvent::Administration, AuditResult::Success);
        let audit = audit.because("key_created", Some(record.id.as_str()));
        let kept = material.clone().kept(record);
        match store.add_key(shelf.revision, kept, audit).await {
            Err(StoreError::Conflict(Conflict::Keys)) => made = Some(material),
            done => return Ok(done?),
        }
    }
}
