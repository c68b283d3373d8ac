//! Logins under way.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::{flow::Login, id::LoginId};

/// Logins under way.
#[async_trait]
pub trait Logins: Send + Sync {
    /// Reads one; `None` if there is none, or it was cleared away.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn login(&self, id: LoginId) -> Result<Option<Login>, StoreError>;

    /// Clears away logins and replay marks whose time is over; returns how many rows went.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn clear_expired(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;
}
