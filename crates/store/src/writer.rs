//! The writer: what is waiting to be written is written together.
//!
//! Owns the queue of commits and charges, and the moment at which whoever asked is told. On SQLite, which lets one
//! write at a time, what is waiting goes into one transaction, each request in a savepoint of its own if there are
//! several: the disk is waited for once for all of them, and a conflict fails only the one that met it. Nobody waits for
//! more to come. On PostgreSQL, which lets many write at a time, each request has a transaction of its own, and they
//! wait for the disk together ([`Flush`]).
//!
//! Whoever asked may go away: what is in the queue is written, whole or not at all. **Invariant:** nobody is told that
//! it went well before the database said so; if this room or the connection fails meanwhile, everybody concerned gets
//! an error.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use diesel_async::pooled_connection::deadpool::Pool;
use tokio::{
    runtime::Handle,
    sync::{
        Semaphore,
        mpsc::{self, error::TrySendError},
        oneshot,
    },
};
use vestibule_core::{
    port::{Commit, Durability, LoginChange, StoreError},
    throttle::Charge,
};

use crate::{
    audit::AuditRows,
    commit::CommitRows,
    db::{MOST_ATTEMPTS, PgConn, Pools, SqliteConn, SqlitePools},
    error::{Failure, OpenError, may_be_repeated},
    flush::{self, Flush, Witness},
    store::Inner,
    throttle::Counted,
    transaction::{begin_immediate, begin_unflushed, conclude, savepoint},
};

/// More are not left waiting. Even at only a thousand a second, the last of them waits for four seconds.
const MOST_WAITING: usize = 4096;
/// So many go into one transaction at most.
const MOST_TOGETHER: usize = 128;
/// After this long a transaction takes in no more: the first in it waits for the last.
const LONGEST: Duration = Duration::from_millis(20);

/// The end of the queue that takes requests. The writer ends when the last clone is gone and the queue is empty.
#[derive(Clone)]
pub(crate) struct Writer(mpsc::Sender<Waiting>);

/// What is to be written: an attempt to be counted, and what becomes true if it may be made.
#[derive(Default)]
pub(crate) struct Request {
    pub(crate) attempt: Option<Attempt>,
    pub(crate) commit: Commit,
}

/// An attempt to be counted before it is judged.
pub(crate) struct Attempt {
    pub(crate) keys: Vec<Counted>,
    pub(crate) now: DateTime<Utc>,
}

/// A request, and whoever waits for its result.
struct Waiting {
    request: Request,
    answer: oneshot::Sender<Result<Charge, StoreError>>,
}

impl Writer {
    /// Begins to write: on SQLite as a thread, on PostgreSQL as a task of this runtime.
    pub(crate) fn start(store: &Arc<Inner>) -> Result<Self, OpenError> {
        let (sender, queue) = mpsc::channel(MOST_WAITING);
        let store = Arc::clone(store);
        match &store.db.pools {
            Pools::Postgres(pool) => {
                let pool = pool.clone();
                tokio::spawn(serve_each(store, pool, queue));
            }
            Pools::Sqlite(pools) => {
                let (pools, home) = (pools.clone(), Handle::current());
                thread::Builder::new()
                    .name("store-writer".to_owned())
                    .spawn(move || serve_together(&store, &pools, queue, &home))
                    .map_err(|error| OpenError::Unavailable(error.to_string()))?;
            }
        }
        Ok(Self(sender))
    }

    /// Puts a request into the queue, and returns a receiver for its result. Whether that is waited for or not, the
    /// request is written.
    pub(crate) fn enqueue(
        &self,
        request: Request,
    ) -> Result<oneshot::Receiver<Result<Charge, StoreError>>, StoreError> {
        let (answer, answered) = oneshot::channel();
        match self.0.try_send(Waiting { request, answer }) {
            Ok(()) => Ok(answered),
            Err(TrySendError::Full(_)) => Err(StoreError::Overloaded),
            Err(TrySendError::Closed(_)) => {
                Err(StoreError::Unavailable("the writer has ended".into()))
            }
        }
    }
}

impl Request {
    fn durability(&self) -> Durability {
        match self.attempt {
            // What counts attempts is never forgotten.
            Some(_) => Durability::Full,
            None => self.commit.durability(),
        }
    }
}

impl Waiting {
    fn tell(self, store: &Inner, result: Result<Charge, StoreError>) {
        match &self.request.commit.login {
            Some(LoginChange::Open(_)) if result.is_err() => store.open_logins.release(),
            Some(LoginChange::Replace(login)) if login.is_closed() && result.is_ok() => {
                store.open_logins.release();
            }
            _ => {}
        }
        // Whoever asked may have gone away.
        let _gone = self.answer.send(result);
    }
}

/// SQLite: what is waiting goes into one transaction, on one thread, which waits for requests and for the disk by
/// turns. If it panics, those of its transaction are told by the loss of their answers, and the next transaction begins
/// afresh.
fn serve_together(
    store: &Inner,
    pools: &SqlitePools,
    mut queue: mpsc::Receiver<Waiting>,
    home: &Handle,
) {
    let mut waiting = Vec::new();
    while queue.blocking_recv_many(&mut waiting, MOST_TOGETHER) > 0 {
        let together = mem::take(&mut waiting);
        let write = || home.block_on(write_together(store, pools, together));
        // What the panic may have left half-way is the transaction, which ends with its connection.
        if catch_unwind(AssertUnwindSafe(write)).is_err() {
            abandoned("the thread panicked");
        }
    }
}

/// PostgreSQL: each request on a connection of its own, so many at a time that readers find one too.
async fn serve_each(store: Arc<Inner>, pool: Pool<PgConn>, mut queue: mpsc::Receiver<Waiting>) {
    let lanes = Arc::new(Semaphore::new(store.write_lanes));
    let flush = Arc::new(Flush::default());
    while let Some(waiting) = queue.recv().await {
        let Ok(lane) = Arc::clone(&lanes).acquire_owned().await else {
            return;
        };
        let (store, pool, flush) = (Arc::clone(&store), pool.clone(), Arc::clone(&flush));
        let written = tokio::spawn(async move {
            let written = write_alone(&store, &pool, &flush, &waiting.request).await;
            drop(lane);
            let result = match written {
                Ok((charge, witness)) => confirm(&store, &flush, witness).await.map(|()| charge),
                Err(failure) => Err(failure),
            };
            waiting.tell(&store, result.map_err(StoreError::from));
        });
        tokio::spawn(async move {
            if let Err(lost) = written.await {
                abandoned(&lost.to_string());
            }
        });
    }
}

/// Waits for the disk, if the request must outlive a power cut, which is when it has a witness.
async fn confirm(
    store: &Inner,
    flush: &Flush<PgConn>,
    witness: Option<Witness>,
) -> Result<(), Failure> {
    failpoint!(store, BeforeFlush)?;
    if let Some(witness) = witness {
        flush.wait(witness).await?;
    }
    failpoint!(store, AfterCommit)?;
    Ok(())
}

fn abandoned(why: &str) {
    tracing::error!(code = "writer_failed", why, "a transaction was abandoned");
}

/// Writes all of them, and waits for the disk if one of them needs it.
async fn write_together(store: &Inner, pools: &SqlitePools, together: Vec<Waiting>) {
    let relaxed = |waiting: &Waiting| waiting.request.durability() == Durability::Relaxed;
    let durability = if together.iter().all(relaxed) {
        Durability::Relaxed
    } else {
        Durability::Full
    };
    write_as(durability, store, &pools.writer, together).await;
}

/// Writes all of them, in as few transactions as it takes.
async fn write_as(
    durability: Durability,
    store: &Inner,
    pool: &Pool<SqliteConn>,
    mut rest: Vec<Waiting>,
) {
    let mut most = MOST_TOGETHER;
    while !rest.is_empty() {
        let together = rest.get(..most).unwrap_or(&rest);
        // A connection that failed is not used again.
        let begun = async {
            let mut held = store.db.in_time(pool.get()).await?;
            begin_immediate(&mut held, durability).await?;
            Ok::<_, Failure>(held)
        };
        let mut held = match begun.await {
            Ok(held) => held,
            Err(failure) => return tell_all(store, rest, &failure.into()),
        };
        let done = write_all(&mut held, store, together).await;
        let may_be_parted = done.is_err() && together.len() > 1;
        let ended = match conclude(&mut *held, done).await {
            Ok(results) => failpoint!(store, AfterCommit).map(|()| results),
            Err(failure) => Err(failure),
        };
        match ended {
            Ok(results) => {
                for (waiting, result) in rest.drain(..results.len()).zip(results) {
                    waiting.tell(store, result);
                }
            }
            // What the database did not take may be one of them. Alone, each meets its own fate.
            Err(_) if may_be_parted => most = 1,
            Err(failure) => {
                let concerned = together.len();
                tell_all(store, rest.drain(..concerned), &failure.into());
            }
        }
    }
}

fn tell_all(store: &Inner, all: impl IntoIterator<Item = Waiting>, error: &StoreError) {
    for waiting in all {
        waiting.tell(store, Err(error.clone()));
    }
}

/// Writes the first of them, as many as there is time for; the audit log's entries of all come at the end, so that its
/// end is moved once.
async fn write_all(
    conn: &mut SqliteConn,
    store: &Inner,
    together: &[Waiting],
) -> Result<Vec<Result<Charge, StoreError>>, Failure> {
    let begun = Instant::now();
    let mut results = Vec::with_capacity(together.len());
    let mut records = Vec::new();
    let alone = together.len() == 1;
    for waiting in together {
        let done = if alone {
            // The transaction itself is taken back if this one fails.
            Ok(conn.perform(&store.secrets, &waiting.request).await?)
        } else {
            savepoint(conn).await?;
            let done = conn.perform(&store.secrets, &waiting.request).await;
            conclude(conn, done).await
        };
        match done {
            Ok(charge) => {
                if charge.goes() {
                    records.extend(&waiting.request.commit.audit);
                }
                results.push(Ok(charge));
            }
            Err(Failure::Refused(error)) => results.push(Err(error)),
            Err(failure @ Failure::Database(_)) => return Err(failure),
        }
        if begun.elapsed() >= LONGEST {
            break;
        }
    }
    failpoint!(store, BetweenStatements)?;
    conn.append_audit(&store.secrets.chain, &records).await?;
    failpoint!(store, BeforeCommit)?;
    Ok(results)
}

/// Writes one request on PostgreSQL, as often as the server makes it give way. It is not on the disk yet.
async fn write_alone(
    store: &Inner,
    pool: &Pool<PgConn>,
    flush: &Flush<PgConn>,
    request: &Request,
) -> Result<(Charge, Option<Witness>), Failure> {
    let witness = match request.durability() {
        Durability::Full => Some(flush.witness(flush::open(&store.db, pool)).await?),
        Durability::Relaxed => None,
    };
    let mut held = store.db.in_time(pool.get()).await?;
    let mut attempt = 1;
    loop {
        begin_unflushed(&mut held, witness).await?;
        let done = write_one(&mut held, store, request).await;
        match conclude(&mut *held, done).await {
            Err(Failure::Database(cause)) if attempt < MOST_ATTEMPTS && may_be_repeated(&cause) => {
                tracing::debug!(attempt, %cause, "a transaction gave way to another");
                attempt += 1;
            }
            done => return done.map(|charge| (charge, witness)),
        }
    }
}

async fn write_one(conn: &mut PgConn, store: &Inner, request: &Request) -> Result<Charge, Failure> {
    let charge = conn.perform(&store.secrets, request).await?;
    failpoint!(store, BetweenStatements)?;
    if charge.goes() {
        let records: Vec<_> = request.commit.audit.iter().collect();
        conn.append_audit(&store.secrets.chain, &records).await?;
    }
    failpoint!(store, BeforeCommit)?;
    Ok(charge)
}
