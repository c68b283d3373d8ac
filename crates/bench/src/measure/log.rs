//! The audit log (G15): rows a login, and what appending and searching cost in a long one.

use std::{path::Path, time::Duration};

use anyhow::{Result, ensure};
use chrono::Utc;
use vestibule_core::{
    id::{AppId, UpstreamId},
    port::{AuditFilter, AuditLog, Commit, Commits},
};
use vestibule_store::Store;

use crate::{
    clock::ProcessClock,
    house::{ONE, SAML},
    people::Number,
    seed::{self, LAST},
};

/// A store, opened in this process.
pub(crate) struct Log {
    store: Store,
    upstream: UpstreamId,
    app: AppId,
}

impl Log {
    /// Opens the store of a folder.
    ///
    /// # Errors
    /// If it does not open.
    pub(crate) async fn open(folder: &Path) -> Result<Self> {
        Ok(Self {
            store: seed::open(folder).await?,
            upstream: UpstreamId::new(SAML)?,
            app: AppId::new(ONE)?,
        })
    }

    /// How many records there are.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn length(&self) -> Result<i64> {
        let newest = AuditFilter {
            most: 1,
            ..AuditFilter::default()
        };
        let entries = self.store.entries(&newest).await?;
        Ok(entries.first().map_or(0, |entry| entry.number))
    }

    /// CPU of appending one record, in a transaction of its own.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn append(&self, count: u32) -> Result<Duration> {
        let begun = ProcessClock::own().read()?;
        for number in 0..count {
            let who = Number(1 + number % 9);
            let record = seed::record(number, who, &self.upstream, &self.app, Utc::now());
            let commit = Commit {
                audit: vec![record],
                ..Commit::default()
            };
            self.store.commit(commit).await?;
        }
        Ok((ProcessClock::own().read()? - begun) / count.max(1))
    }

    /// CPU of finding the last records of one person.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn last(&self, count: u32) -> Result<Duration> {
        let filter = AuditFilter {
            person: Some(Number(0).id(&self.upstream)),
            most: LAST,
            ..AuditFilter::default()
        };
        let begun = ProcessClock::own().read()?;
        for _ in 0..count {
            let found = self.store.entries(&filter).await?;
            ensure!(!found.is_empty(), "nothing is known of a person");
        }
        Ok((ProcessClock::own().read()? - begun) / count.max(1))
    }
}
