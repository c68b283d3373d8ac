//! Logouts under way, and the applications that are still to be called.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::{
    id::{AppId, LogoutId, SessionId},
    logout::{
        Logout,
        call::{Call, Called, Room, Undelivered},
    },
};

/// Logouts under way. They change in a [`Commit`](super::Commit).
#[async_trait]
pub trait Logouts: Send + Sync {
    /// Reads one; `None` if there is none. Whether it is still open is not asked here.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn logout(&self, id: LogoutId) -> Result<Option<Logout>, StoreError>;

    /// The session that an application knows by this name, if it goes on.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn session_known_as(
        &self,
        app: &AppId,
        name: &str,
    ) -> Result<Option<SessionId>, StoreError>;
}

/// Applications that are to be told of the end of a session, shared by all nodes. Each end of a session, by whatever
/// way, puts those there that took part.
#[async_trait]
pub trait Calls: Send + Sync {
    /// Takes those that are due now and that there is room for ([`Room::choose`]): nobody else gets them for as long as a
    /// try may take ([`crate::logout::call::LEASE`]). One that cannot be read is given up, with the reason, and keeps no
    /// other waiting.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn take_calls(&self, now: DateTime<Utc>, room: &Room) -> Result<Vec<Call>, StoreError>;

    /// Writes down what a try came to, unless somebody else has taken the call since.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn settle_call(&self, call: &Call, called: Called) -> Result<(), StoreError>;

    /// Those that were tried in vain, so many at most: first those that were given up, the latest first, then those that
    /// are tried again, the next first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn undelivered(&self, most: u32) -> Result<Vec<Undelivered>, StoreError>;

    /// Has those that were tried in vain ([`undelivered`](Self::undelivered)) tried again from the beginning, at once: all,
    /// or those of one application. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn try_again(&self, app: Option<&AppId>, now: DateTime<Utc>) -> Result<u64, StoreError>;

    /// How many wait for their next try, and how many were given up.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn count_calls(&self) -> Result<(u64, u64), StoreError>;
}
