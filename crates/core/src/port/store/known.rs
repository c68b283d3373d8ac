//! Where the passwords of local accounts were right.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::known::KnownSource;

/// Where the passwords of local accounts were right, shared by all nodes. They are remembered by a
/// [`Commit`](super::Commit), and forgotten with the password ([`Accounts`](super::Accounts)), never by
/// [`Throttle::forgive`](super::Throttle::forgive): to forgive an account must not make its owner wait at home.
#[async_trait]
pub trait KnownSources: Send + Sync {
    /// Was the password right there, and is that remembered still?
    ///
    /// # Errors
    /// [`StoreError`].
    async fn knows(&self, source: &KnownSource, now: DateTime<Utc>) -> Result<bool, StoreError>;
}
