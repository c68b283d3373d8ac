//! What the store is told at the start.

use std::time::Duration;

use crate::{master_key::MasterKey, url::StoreUrl};

/// Where the store is and how it is used. [`StoreConfig::new`] fills in what is usual.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Which database.
    pub url: StoreUrl,
    /// The key that secrets are sealed with.
    pub master_key: MasterKey,
    /// The most connections at a time, at least 1. On SQLite one more writes.
    pub pool_size: usize,
    /// How long to wait for a connection, a free one or a new one.
    pub connect_timeout: Duration,
    /// How long one statement may take, waiting for locks included.
    pub statement_timeout: Duration,
    /// Where a test makes it fail.
    #[cfg(feature = "failpoints")]
    pub failpoints: crate::failpoint::Failpoints,
    /// So many logins may be under way at once; more are not opened (attack row WA-21).
    pub most_open_logins: u32,
}

impl StoreConfig {
    /// Eight connections, 5 s for each, 10 s for a statement, 100,000 logins.
    #[must_use]
    pub fn new(url: StoreUrl, master_key: MasterKey) -> Self {
        Self {
            url,
            master_key,
            pool_size: 8,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            #[cfg(feature = "failpoints")]
            failpoints: crate::failpoint::Failpoints::default(),
            most_open_logins: 100_000,
        }
    }
}
