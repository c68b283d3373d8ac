//! Two databases, one text.
//!
//! Owns the pools, and the macros that compile a statement, a room's functions or a whole transaction once for each
//! kind of connection. Does not own any statement.
//!
//! - `rows!` writes a trait and implements it, word for word the same, for both kinds of connection.
//! - `with_conn!` runs a body with a connection that reads.
//! - `with_tx!` runs a body in one transaction of its own, for what is written seldom: on SQLite with the write lock
//!   from the beginning (`BEGIN IMMEDIATE`), so that nothing read in it can change before it is written; on PostgreSQL
//!   repeated a bounded number of times when the server makes it give way.

use std::{error::Error, fmt::Display, time::Duration};

use diesel::SqliteConnection;
use diesel_async::{
    AsyncPgConnection,
    pooled_connection::deadpool::Pool,
    sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper},
};
use futures_util::future::{BoxFuture, ready};
use vestibule_core::port::StoreError;

use crate::error::Failure;

/// A connection to PostgreSQL.
pub(crate) type PgConn = AsyncPgConnection;
/// A connection to SQLite.
pub(crate) type SqliteConn = SyncConnectionWrapper<SqliteConnection, Here>;

/// SQLite works on the thread that asks it. Whole requests are given to threads that may wait for the disk
/// ([`Store::run`](crate::store::Store), [`Writer`](crate::writer::Writer)): changing threads for each statement would
/// cost more than the statement.
pub(crate) struct Here;

impl SpawnBlocking for Here {
    fn spawn_blocking<'a, R: Send + 'static>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync>>> {
        Box::pin(ready(Ok(task())))
    }

    fn get_runtime() -> Self {
        Self
    }
}

/// How often PostgreSQL may make one transaction give way before we give up.
pub(crate) const MOST_ATTEMPTS: u32 = 5;

/// The database.
pub(crate) struct Db {
    pub(crate) pools: Pools,
    /// How long to wait for a connection.
    pub(crate) connect_timeout: Duration,
}

/// The connections to it.
pub(crate) enum Pools {
    /// PostgreSQL.
    Postgres(Pool<PgConn>),
    /// SQLite.
    Sqlite(SqlitePools),
}

/// SQLite lets one connection write at a time. Waiting for the one writer is a fair queue in this process; several
/// writers would sleep and try again until SQLite's patience ends.
#[derive(Clone)]
pub(crate) struct SqlitePools {
    /// Any number.
    pub(crate) readers: Pool<SqliteConn>,
    /// One, also for what does not wait for the disk: a second would find its pages outdated after each commit of the
    /// first.
    pub(crate) writer: Pool<SqliteConn>,
}

impl Db {
    /// Waits for a connection of a pool, in time or not at all.
    pub(crate) async fn in_time<C, E: Display>(
        &self,
        connection: impl Future<Output = Result<C, E>>,
    ) -> Result<C, Failure> {
        let unavailable = |why: String| Failure::Refused(StoreError::Unavailable(why));
        match tokio::time::timeout(self.connect_timeout, connection).await {
            Ok(taken) => taken.map_err(|error| unavailable(error.to_string())),
            Err(_) => Err(unavailable(format!(
                "no connection within {:?}",
                self.connect_timeout
            ))),
        }
    }
}

/// Writes a trait of functions on a connection once, and implements it for both kinds.
macro_rules! rows {
    (
        $(#[$doc:meta])*
        $name:ident {
            $(
                $(#[$about:meta])*
                async fn $function:ident(
                    &mut $this:ident $(, $argument:ident: $type:ty)* $(,)?
                ) -> $result:ty $body:block
            )*
        }
    ) => {
        $(#[$doc])*
        pub(crate) trait $name {
            $(
                $(#[$about])*
                async fn $function(&mut $this $(, $argument: $type)*) -> $result;
            )*
        }

        impl $name for $crate::db::PgConn {
            $(async fn $function(&mut $this $(, $argument: $type)*) -> $result $body)*
        }

        impl $name for $crate::db::SqliteConn {
            $(async fn $function(&mut $this $(, $argument: $type)*) -> $result $body)*
        }
    };
}

/// Runs a body with a connection that reads.
macro_rules! with_conn {
    ($db:expr, |$conn:ident| $body:expr) => {
        match &$db.pools {
            $crate::db::Pools::Postgres(pool) => {
                let mut held = $db.in_time(pool.get()).await?;
                let $conn = &mut *held;
                $body
            }
            $crate::db::Pools::Sqlite(pools) => {
                let mut held = $db.in_time(pools.readers.get()).await?;
                let $conn = &mut *held;
                $body
            }
        }
    };
}

/// Runs a body in one transaction; an `Err` rolls it back.
macro_rules! with_tx {
    ($db:expr, |$conn:ident| $body:expr) => {
        match &$db.pools {
            $crate::db::Pools::Postgres(pool) => {
                let mut held = $db.in_time(pool.get()).await?;
                let mut attempt = 1;
                loop {
                    let body = async |$conn: &mut $crate::db::PgConn| $body;
                    let done = diesel_async::AsyncConnection::transaction(&mut *held, body).await;
                    match done {
                        Err($crate::error::Failure::Database(cause))
                            if attempt < $crate::db::MOST_ATTEMPTS
                                && $crate::error::may_be_repeated(&cause) =>
                        {
                            tracing::debug!(attempt, %cause, "a transaction gave way to another");
                            attempt += 1;
                        }
                        done => break done,
                    }
                }
            }
            $crate::db::Pools::Sqlite(pools) => {
                let mut held = $db.in_time(pools.writer.get()).await?;
                let body = async |$conn: &mut $crate::db::SqliteConn| $body;
                let waits = vestibule_core::port::Durability::Full;
                $crate::transaction::begin_immediate(&mut held, waits).await?;
                let done = body(&mut held).await;
                $crate::transaction::conclude(&mut *held, done).await
            }
        }
    };
}
