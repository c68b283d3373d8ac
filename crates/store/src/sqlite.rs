//! Connections to SQLite.
//!
//! Owns the file and the settings of a connection: a commit is on the disk when it returns, unless
//! [`begin_immediate`](crate::transaction::begin_immediate) says that it may be lost, and readers never wait for the
//! writer.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path};

use deadpool::managed::QueueMode;
use diesel::{
    ConnectionError, ConnectionResult, QueryResult, QueryableByName, sql_query, sql_types::Integer,
};
use diesel_async::{
    AsyncConnection, RunQueryDsl, SimpleAsyncConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool::Pool,
    },
};

use crate::{
    config::StoreConfig,
    db::{SqliteConn, SqlitePools},
    error::OpenError,
};

/// Opens a database in a file, made for its owner only if there is none. SQLite gives its other files the same
/// permissions.
pub(crate) fn open_file(path: &Path, config: &StoreConfig) -> Result<SqlitePools, OpenError> {
    let unusable = |why: String| OpenError::Unavailable(format!("{}: {why}", path.display()));
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|error| unusable(error.to_string()))?;
    let address = path
        .to_str()
        .ok_or_else(|| unusable("the path is not UTF-8".into()))?;
    Ok(SqlitePools {
        readers: pool(address, config, config.pool_size)?,
        writer: pool(address, config, 1)?,
    })
}

/// Brings what stands in the log into the database, and empties the log, so that a copy of the database alone is whole.
/// Returns whether it could: somebody else may read or write (<https://sqlite.org/pragma.html#pragma_wal_checkpoint>).
pub(crate) async fn empty_log(connection: &mut SqliteConn) -> QueryResult<bool> {
    let checkpoint = sql_query("PRAGMA wal_checkpoint(TRUNCATE)");
    let done: Checkpoint = checkpoint.get_result(connection).await?;
    Ok(done.busy == 0)
}

/// The first column of what the pragma answers.
#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = Integer)]
    busy: i32,
}

/// Opens a database in memory: it is its one connection.
pub(crate) fn open_memory(config: &StoreConfig) -> Result<SqlitePools, OpenError> {
    let only = pool(":memory:", config, 1)?;
    Ok(SqlitePools {
        readers: only.clone(),
        writer: only,
    })
}

/// So many pages of the log, 16 MiB, before they are brought into the database. Most are written again and again, and each
/// goes there once.
const LOG_PAGES: u32 = 4096;

/// What one connection keeps of the database.
const CACHE_KIB: u32 = 1024;

fn pool(address: &str, config: &StoreConfig, size: usize) -> Result<Pool<SqliteConn>, OpenError> {
    // SQLite has no limit for a statement; what can take long is waiting for a writer in another process.
    let patience = config.statement_timeout.as_millis();
    // Each connection has a cache of its own, which sooner or later is full; the system keeps the file in memory anyway.
    let settings = format!(
        "PRAGMA busy_timeout = {patience}; \
         PRAGMA cache_size = -{CACHE_KIB}; \
         PRAGMA journal_mode = WAL; \
         PRAGMA wal_autocheckpoint = {LOG_PAGES}; \
         PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; \
         PRAGMA trusted_schema = OFF;"
    );
    let mut manager = ManagerConfig::<SqliteConn>::default();
    manager.recycling_method = RecyclingMethod::Fast;
    manager.custom_setup = Box::new(move |address| {
        let settings = settings.clone();
        Box::pin(connect(address, settings))
    });
    let manager = AsyncDieselConnectionManager::new_with_config(address, manager);
    // The connection that was used last: its pages are the freshest. By turns, each would read all of them anew, since
    // SQLite forgets a connection's pages when another one has written.
    let pool = Pool::builder(manager).max_size(size);
    let pool = pool.queue_mode(QueueMode::Lifo).build();
    pool.map_err(|error| OpenError::Unavailable(error.to_string()))
}

async fn connect(address: &str, settings: String) -> ConnectionResult<SqliteConn> {
    let mut connection = SqliteConn::establish(address).await?;
    let set = connection.batch_execute(&settings).await;
    set.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}
