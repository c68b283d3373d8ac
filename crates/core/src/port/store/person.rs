//! People who were seen here.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::{audit::AuditRecord, identity::PersonId};

/// A person who is known here: who logged in, or whom an administrator disabled before they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// Who.
    pub id: PersonId,
    /// Name at the last login.
    pub display_name: Option<String>,
    /// Mail address at the last login.
    pub mail: Option<String>,
    /// An administrator disabled them. Ignored when a login marks the person as seen.
    pub disabled: bool,
    /// Since when they are known: the first login, or the administrator's act.
    pub first_seen: DateTime<Utc>,
    /// Last login; `None`: they never logged in.
    pub last_seen: Option<DateTime<Utc>>,
    /// What was proved before this moment counts for nothing: the person was disabled then, or got another password, or
    /// an administrator ended everything. Ignored when a login marks the person as seen.
    pub valid_from: DateTime<Utc>,
}

/// People who were seen here.
#[async_trait]
pub trait People: Send + Sync {
    /// One person; `None` if never seen.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn person(&self, id: &PersonId) -> Result<Option<PersonRecord>, StoreError>;

    /// Everybody, by id, so many at most, after the given one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn people(
        &self,
        after: Option<&PersonId>,
        most: u32,
    ) -> Result<Vec<PersonRecord>, StoreError>;

    /// Disables or enables a person, known or not yet, with its audit record in the same transaction. A person who is
    /// disabled has no session any more: to enable them revives none (attack row SO-17).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn set_disabled(
        &self,
        id: &PersonId,
        disabled: bool,
        audit: AuditRecord,
    ) -> Result<(), StoreError>;
}
