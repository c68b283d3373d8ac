//! The store itself: how it is opened, and the ports.
//!
//! Owns the way of every request: it runs to its end, as a task of its own or in the queue of the [`Writer`], whoever
//! asked. A caller that goes away (a browser that closes its connection) can neither leave a transaction half-way open
//! nor hold a connection.

use std::{sync::Arc, time::Duration};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::{runtime::Handle, sync::Semaphore};
use vestibule_core::{
    port::{LoginChange, StoreError},
    throttle::Charge,
};

use crate::{
    audit::AuditRows,
    chain::Chain,
    config::StoreConfig,
    db::{Db, Pools, SqlitePools},
    error::{Failure, OpenError},
    login::LoginRows,
    master_key::KeyId,
    migrate::{Migrated, migrate_postgres, migrate_sqlite},
    pending::OpenLogins,
    postgres::Dialler,
    schema::master_key,
    seal::Sealer,
    sqlite,
    url::Target,
    writer::{Request, Writer},
};

/// One store, whichever database is behind it. A clone is the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    writer: Writer,
    /// The runtime in which the store was opened, and in which it works. A server's worker threads come and go with
    /// runtimes of their own.
    home: Handle,
}

pub(crate) struct Inner {
    #[cfg(feature = "failpoints")]
    pub(crate) failpoints: crate::failpoint::Failpoints,
    pub(crate) db: Db,
    migrated: Migrated,
    pub(crate) secrets: Secrets,
    pub(crate) open_logins: OpenLogins,
    /// So many requests of the writer are under way at once, on PostgreSQL.
    pub(crate) write_lanes: usize,
    /// So many other requests are under way at once.
    places: Arc<Semaphore>,
    patience: Duration,
}

/// What is derived from the master key.
pub(crate) struct Secrets {
    pub(crate) sealer: Sealer,
    pub(crate) chain: Chain,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store(..)")
    }
}

impl Store {
    /// Opens a store, brings its schema up to date, and makes sure that the master key is the right one.
    ///
    /// Must be called within a tokio runtime that lives as long as the store.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(config: &StoreConfig) -> Result<Self, OpenError> {
        let (db, migrated) = match config.url.target() {
            Target::File(path) => raised(sqlite::open_file(path, config)?, config).await?,
            Target::Memory => raised(sqlite::open_memory(config)?, config).await?,
            Target::Postgres(target) => {
                let dialler = Dialler::new(target, config)?;
                let session = dialler
                    .connect()
                    .await
                    .map_err(|error| OpenError::Unavailable(error.to_string()))?;
                let migrated = migrate_postgres(session).await?;
                let db = Db {
                    pools: dialler.pool(config)?,
                    connect_timeout: config.connect_timeout,
                };
                (db, migrated)
            }
        };
        let secrets = Secrets {
            sealer: Sealer::new(&config.master_key)?,
            chain: Chain::new(&config.master_key),
        };
        let theirs = Self::first_start(&db, &secrets, config.master_key.id()).await?;
        let ours = config.master_key.id().to_string();
        if theirs != ours {
            return Err(OpenError::WrongMasterKey { ours, theirs });
        }
        // A request may wait for a connection and then for a few statements; whoever waits longer waits for nothing.
        let patience = config.connect_timeout + config.statement_timeout * 2;
        let open_logins = OpenLogins::new(config.most_open_logins);
        #[cfg(feature = "failpoints")]
        config
            .failpoints
            .arm_from_environment()
            .map_err(OpenError::Unavailable)?;
        let inner = Arc::new(Inner {
            #[cfg(feature = "failpoints")]
            failpoints: config.failpoints.clone(),
            db,
            migrated,
            secrets,
            open_logins,
            write_lanes: (config.pool_size / 2).max(1),
            places: Arc::new(Semaphore::new(config.pool_size)),
            patience,
        });
        Ok(Self {
            writer: Writer::start(&inner)?,
            inner,
            home: Handle::current(),
        })
    }

    /// What became of the schema when the store was opened.
    #[must_use]
    pub fn migrated(&self) -> &Migrated {
        &self.inner.migrated
    }

    /// For the end of a server, when no request is under way any more. SQLite's log is brought into the database, so that
    /// a copy of its one file is whole; if another process uses the database, it stays. PostgreSQL needs nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]. Nothing is lost then: what is in the log is read at the next start.
    pub async fn wind_up(&self) -> Result<(), StoreError> {
        self.run(|store| async move {
            if let Pools::Sqlite(pools) = &store.db.pools {
                let mut connection = store.db.in_time(pools.writer.get()).await?;
                let emptied = sqlite::empty_log(&mut connection).await?;
                if !emptied {
                    tracing::warn!(
                        code = "log_not_emptied",
                        "another process uses the database, so its file alone is not whole: whoever copies it copies the files beside it, too"
                    );
                }
            }
            Ok(())
        })
        .await
    }

    /// Writes down, once, which master key this database belongs to, and begins its audit log; returns the key's id.
    async fn first_start(db: &Db, secrets: &Secrets, ours: KeyId) -> Result<String, Failure> {
        with_tx!(db, |conn| {
            let row = (
                master_key::id.eq(1),
                master_key::key_id.eq(ours.to_string()),
            );
            let first = diesel::insert_into(master_key::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(conn)
                .await?;
            // Only then: a log whose end is missing later on was tampered with.
            if first == 1 {
                conn.begin_audit(&secrets.chain).await?;
            }
            Ok::<_, Failure>(
                master_key::table
                    .find(1)
                    .select(master_key::key_id)
                    .first(conn)
                    .await?,
            )
        })
    }

    /// The arithmetic of the audit log.
    pub(crate) fn chain(&self) -> &Chain {
        &self.inner.secrets.chain
    }

    /// Runs a request that the writer has nothing to do with to its end.
    pub(crate) async fn run<T, F>(
        &self,
        request: impl FnOnce(Arc<Inner>) -> F + Send + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let store = Arc::clone(&self.inner);
        let task = async {
            // Waiting for a connection must not take up a thread.
            let place = Arc::clone(&store.places).acquire_owned().await;
            let request = async move {
                let done = request(store).await;
                drop(place);
                done
            };
            match &self.inner.db.pools {
                Pools::Postgres(_) => self.home.spawn(request).await,
                // SQLite works, and waits for the disk, on the thread that asks it.
                Pools::Sqlite(_) => {
                    let home = self.home.clone();
                    self.home
                        .spawn_blocking(move || home.block_on(request))
                        .await
                }
            }
        };
        match tokio::time::timeout(self.inner.patience, task).await {
            Ok(Ok(done)) => done.map_err(StoreError::from),
            Ok(Err(lost)) => Err(StoreError::Unavailable(lost.to_string())),
            Err(_) => Err(self.no_answer()),
        }
    }

    /// As [`run`](Self::run), for readings of a few rows by their key. SQLite does them on the thread that asks: to
    /// change threads costs more than such a reading, whose pages are in memory as a rule.
    pub(crate) async fn glance<T, F>(
        &self,
        request: impl FnOnce(Arc<Inner>) -> F + Send + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        match &self.inner.db.pools {
            Pools::Postgres(_) => self.run(request).await,
            Pools::Sqlite(_) => {
                let store = Arc::clone(&self.inner);
                Ok(request(store).await?)
            }
        }
    }

    /// Has a request written, and waits for what comes of it.
    pub(crate) async fn write(&self, request: Request) -> Result<Charge, StoreError> {
        let opens = matches!(request.commit.login, Some(LoginChange::Open(_)));
        let queued = self.writer.enqueue(request);
        if opens && queued.is_err() {
            self.inner.open_logins.release();
        }
        match tokio::time::timeout(self.inner.patience, queued?).await {
            Ok(Ok(written)) => written,
            Ok(Err(_)) => Err(StoreError::Unavailable(
                "the writer failed before it could answer".into(),
            )),
            Err(_) => Err(self.no_answer()),
        }
    }

    /// Lets one more login be opened. The writer takes it back if nothing comes of it.
    pub(crate) async fn admit(&self) -> Result<(), StoreError> {
        if self.inner.open_logins.wants_counting() {
            let count = self.run(|store| async move {
                with_conn!(store.db, |conn| conn.count_open_logins().await)
            });
            self.inner.open_logins.counted(count.await?);
        }
        Ok(self.inner.open_logins.admit()?)
    }

    /// What was asked may still happen; the caller treats it as used up.
    fn no_answer(&self) -> StoreError {
        let patience = self.inner.patience;
        StoreError::Unavailable(format!("no answer within {patience:?}"))
    }
}

/// A SQLite database, its schema brought up to date.
async fn raised(pools: SqlitePools, config: &StoreConfig) -> Result<(Db, Migrated), OpenError> {
    let writer = pools.writer.clone();
    let db = Db {
        pools: Pools::Sqlite(pools),
        connect_timeout: config.connect_timeout,
    };
    let migrated = migrate_sqlite(&mut *db.in_time(writer.get()).await?).await?;
    Ok((db, migrated))
}
