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

    /// Forgets the wrong answers that were counted on a person, at factors and, if they have a local account, at its
    /// password from every source, with the record of who forgave them. What was counted on sources alone stays, and so
    /// does where the password is known to have been right ([`KnownSources`](super::KnownSources)).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn forgive(&self, person: &PersonId, audit: AuditRecord) -> Result<(), StoreError>;
}
