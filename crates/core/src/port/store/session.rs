//! Sessions of browsers.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::session::{Session, SessionKey};

/// Sessions of browsers. They begin and end in a [`Commit`](super::Commit).
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Reads one; `None` if there is none. Whether it is still live is not asked here.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn session(&self, key: SessionKey) -> Result<Option<Session>, StoreError>;

    /// Remembers a use. One that has ended meanwhile stays ended.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn use_session(&self, key: SessionKey, now: DateTime<Utc>) -> Result<(), StoreError>;
}
