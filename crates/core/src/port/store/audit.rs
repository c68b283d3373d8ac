//! The audit log: what stands in it, and whether anybody changed it.

use std::net::IpAddr;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::StoreError;
use crate::{
    audit::AuditRecord,
    id::{AnswerId, Reference},
    identity::PersonId,
};

/// One audit record as it stands in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Its place, from 1 without a gap.
    pub number: i64,
    /// What it says.
    #[serde(flatten)]
    pub record: AuditRecord,
    /// The chain value: a MAC over the one before and this record, in hexadecimal.
    pub chain: String,
}

/// Which entries to list. Empty parts match everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this login, by the reference on the error page.
    pub reference: Option<Reference>,
    /// Of this person.
    pub person: Option<PersonId>,
    /// From this moment on.
    pub since: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
    /// From this address.
    pub address: Option<IpAddr>,
    /// Of the grant for which this was issued. The whole log is read for it.
    pub answer: Option<AnswerId>,
    /// So many at most, the newest.
    pub most: u32,
}

/// The result of checking the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainState {
    /// How many entries were checked.
    pub entries: i64,
    /// The first thing that is wrong; `None` if nothing is.
    pub fault: Option<ChainFault>,
}

/// What is wrong with the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainFault {
    /// At which entry.
    pub number: i64,
    /// What, in words.
    pub what: String,
}

/// The audit log. It is written by [`Commits`](super::Commits) only.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Lists entries, newest last.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn entries(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError>;

    /// Checks the whole chain.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read to the end.
    async fn verify_chain(&self) -> Result<ChainState, StoreError>;
}
