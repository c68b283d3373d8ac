//! Sessions of browsers.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::{
    flow::BrowserKey,
    id::{SessionId, UpstreamId},
    identity::PersonId,
    session::{Participation, Session, SessionKey},
    upstream_logout::UpstreamName,
};

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

    /// The sessions of one person, or everybody's, by id, so many at most, after the given one. Those that are over may
    /// be among them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sessions(
        &self,
        of: Option<&PersonId>,
        after: Option<SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, StoreError>;

    /// One by its id; `None` if there is none. Whether it is still live is not asked here.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn session_by_id(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// The session of this person in this browser; `None` if there is none. Whether it is still live is not asked here.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn session_in(
        &self,
        browser: BrowserKey,
        person: &PersonId,
    ) -> Result<Option<Session>, StoreError>;

    /// When a session was ended in this browser, last, and not by another one that began there. A login that came by the
    /// first door before that begins anew; it is remembered for as long as one can last
    /// ([`LIFETIME`](crate::flow::LIFETIME)).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn signed_out_at(&self, browser: BrowserKey)
    -> Result<Option<DateTime<Utc>>, StoreError>;

    /// The sessions that began with this upstream and that it knows by this name, by id, so many at most, after the given
    /// one. Those that are over may be among them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sessions_at_upstream(
        &self,
        upstream: &UpstreamId,
        name: &UpstreamName,
        after: Option<SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, StoreError>;

    /// The applications that take part in a session, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn participations(&self, id: SessionId) -> Result<Vec<Participation>, StoreError>;
}
