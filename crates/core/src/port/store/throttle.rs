//! Attempt limits, shared by all nodes.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::{
    audit::AuditRecord,
    identity::PersonId,
    throttle::{Charge, ThrottleKey},
};

/// Attempt limits, shared by all nodes.
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Counts one attempt on every key, or on none if one of them refuses; atomic against parallel attempts.
    ///
    /// # Errors
    /// [`StoreError`]; the attempt must not be judged then.
    async fn charge(&self, keys: &[ThrottleKey], now: DateTime<Utc>) -> Result<Charge, StoreError>;

    /// What [`charge`](Self::charge) would say of this one key, without counting.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn verdict(&self, key: &ThrottleKey, now: DateTime<Utc>) -> Result<Charge, StoreError>;

    /// Forgets all wrong answers about a person, from everywhere, with the record of who forgave them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn forgive(&self, person: &PersonId, audit: AuditRecord) -> Result<(), StoreError>;
}
