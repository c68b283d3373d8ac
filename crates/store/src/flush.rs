//! Waiting for PostgreSQL's disk, together.
//!
//! Owns the moment at which transactions that were committed without waiting are known to be on the disk. PostgreSQL's
//! log has one order, and a transaction that saw another one's work stands behind it: once a later transaction of ours
//! is on the disk (and on the standbys that the server was told to wait for), all before it are. So the locks of a
//! commit, above all that on the end of the audit log, are not held while the disk turns, and one wait serves all that
//! ended before it began.
//!
//! **Invariant:** a wait counts only for a commit before which its session was open already, on the same server. A
//! server that crashed ends all its sessions and may have lost what was not on the disk; a new session would find it in
//! good health. Whoever began under a session that is gone is told that nobody knows.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel::{dsl::sql, sql_types::BigInt};
use diesel_async::{
    SimpleAsyncConnection,
    pooled_connection::{
        PoolableConnection,
        deadpool::{Object, Pool},
    },
};
use tokio::sync::{Mutex, watch};
use vestibule_core::port::StoreError;

use crate::{
    db::{Db, PgConn},
    error::Failure,
};

/// The smallest transaction that leaves something in the log, committed as the server is told to.
const FLUSH: &str = "SELECT pg_logical_emit_message(true, 'vestibule', '')";
/// Tells a server from another one, and from itself before it was started anew: the microsecond of its start.
pub(crate) const SERVER: &str =
    "(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint";

/// A session that waits for the disk.
pub(crate) trait Session {
    /// It ended, and somebody told us.
    fn is_over(&mut self) -> bool;

    /// Returns when what was committed before on its server is on the disk.
    async fn flush(&mut self) -> Result<(), Failure>;
}

/// The session that was open before a commit began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Witness {
    number: u64,
    /// The server that it speaks to, as [`SERVER`] has it.
    pub(crate) server: i64,
}

/// Counts the waits, and keeps the session that they use.
pub(crate) struct Flush<S> {
    begun: AtomicU64,
    /// Whose session is open, for those who cannot look at the desk because somebody waits for the disk there.
    current: watch::Sender<Option<Witness>>,
    desk: Mutex<Desk<S>>,
}

struct Desk<S> {
    /// The last wait that ended well.
    done: u64,
    /// So many sessions were opened.
    opened: u64,
    open: Option<Open<S>>,
}

struct Open<S> {
    session: S,
    witness: Witness,
}

impl<S> Default for Flush<S> {
    fn default() -> Self {
        let desk = Desk {
            done: 0,
            opened: 0,
            open: None,
        };
        Self {
            begun: AtomicU64::new(0),
            current: watch::Sender::new(None),
            desk: Mutex::new(desk),
        }
    }
}

impl<S: Session> Flush<S> {
    /// To be asked before a commit begins; `opening` makes a session when none is open.
    pub(crate) async fn witness(
        &self,
        opening: impl Future<Output = Result<(S, i64), Failure>>,
    ) -> Result<Witness, Failure> {
        let mut desk = match (self.desk.try_lock(), self.current()) {
            (Ok(desk), _) => desk,
            (Err(_), Some(witness)) => return Ok(witness),
            (Err(_), None) => self.desk.lock().await,
        };
        if let Some(open) = &mut desk.open
            && !open.session.is_over()
        {
            return Ok(open.witness);
        }
        self.close(&mut desk);
        let (session, server) = opening.await?;
        desk.opened += 1;
        let number = desk.opened;
        let witness = Witness { number, server };
        desk.open = Some(Open { session, witness });
        self.current.send_replace(Some(witness));
        Ok(witness)
    }

    /// Returns when what was committed under this witness before this call is on the disk.
    pub(crate) async fn wait(&self, witness: Witness) -> Result<(), Failure> {
        // A wait that begins from now on covers this caller; one that has begun may not.
        let before = self.begun.load(Ordering::SeqCst);
        let mut desk = self.desk.lock().await;
        let done = desk.done;
        let open = desk.open.as_mut().filter(|open| open.witness == witness);
        let Some(open) = open else {
            let why = "the server may have lost a commit that was not on its disk";
            return Err(StoreError::Unavailable(why.into()).into());
        };
        if done > before {
            return Ok(());
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        match open.session.flush().await {
            Ok(()) => {
                desk.done = number;
                Ok(())
            }
            Err(failure) => {
                self.close(&mut desk);
                Err(failure)
            }
        }
    }

    fn current(&self) -> Option<Witness> {
        *self.current.borrow()
    }

    /// No session is trusted again that failed once.
    fn close(&self, desk: &mut Desk<S>) {
        desk.open = None;
        self.current.send_replace(None);
    }
}

/// Takes a session out of the pool, which makes room for another one, and asks it for its server.
pub(crate) async fn open(db: &Db, pool: &Pool<PgConn>) -> Result<(PgConn, i64), Failure> {
    let mut session = Object::take(db.in_time(pool.get()).await?);
    let server = diesel::select(sql::<BigInt>(SERVER));
    let server = diesel_async::RunQueryDsl::get_result(server, &mut session).await?;
    Ok((session, server))
}

impl Session for PgConn {
    fn is_over(&mut self) -> bool {
        self.is_broken()
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.batch_execute(FLUSH).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicBool};

    use tokio::sync::Barrier;

    use super::*;

    /// A session that counts; its first flush can be held up.
    #[derive(Default, Clone)]
    struct Counted {
        flushes: Arc<AtomicU64>,
        held_up: Option<Arc<[Barrier; 2]>>,
        lost: Arc<AtomicBool>,
    }

    impl Session for Counted {
        fn is_over(&mut self) -> bool {
            false
        }

        async fn flush(&mut self) -> Result<(), Failure> {
            self.flushes.fetch_add(1, Ordering::SeqCst);
            if let Some(barriers) = self.held_up.take() {
                for barrier in barriers.iter() {
                    barrier.wait().await;
                }
            }
            if self.lost.load(Ordering::SeqCst) {
                return Err(Failure::corrupt("lost"));
            }
            Ok(())
        }
    }

    async fn witness(flush: &Flush<Counted>, session: &Counted) -> Witness {
        let opening = async { Ok((session.clone(), 7)) };
        flush.witness(opening).await.unwrap()
    }

    /// While one waits for the disk, others end: none of them is covered by that wait, all of them by the next one.
    #[tokio::test]
    async fn ft_02_a_wait_covers_those_who_ended_before_it_began() {
        let flush = Arc::new(Flush::default());
        let barriers = Arc::new([Barrier::new(2), Barrier::new(2)]);
        let session = Counted {
            held_up: Some(barriers.clone()),
            ..Counted::default()
        };
        let all = witness(&flush, &session).await;
        let wait = || {
            let flush = flush.clone();
            tokio::spawn(async move { flush.wait(all).await.unwrap() })
        };
        let first = wait();
        barriers[0].wait().await;
        assert_eq!(
            witness(&flush, &session).await,
            all,
            "nobody waits to begin"
        );
        let later: Vec<_> = (0..9).map(|_| wait()).collect();
        // On the one thread of this test all of them stand in line before the first goes on.
        tokio::task::yield_now().await;
        assert!(later.iter().all(|task| !task.is_finished()));
        barriers[1].wait().await;
        first.await.unwrap();
        for task in later {
            task.await.unwrap();
        }
        assert_eq!(session.flushes.load(Ordering::SeqCst), 2);
    }

    /// A wait that failed covers nobody, and no later session speaks for those who began before it.
    #[tokio::test]
    async fn ft_03_a_failed_wait_covers_nobody() {
        let (flush, session) = (Flush::default(), Counted::default());
        let before = [witness(&flush, &session).await; 2];
        session.lost.store(true, Ordering::SeqCst);
        assert!(flush.wait(before[0]).await.is_err());
        session.lost.store(false, Ordering::SeqCst);
        let after = witness(&flush, &session).await;
        assert!(flush.wait(before[1]).await.is_err());
        assert!(flush.wait(after).await.is_ok());
    }
}
