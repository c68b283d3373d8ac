//! Waiting for PostgreSQL's disk, together.
//!
//! Owns the moment at which transactions that were committed without waiting are known to be on the disk. PostgreSQL's
//! log has one order, and a transaction that saw another one's work stands behind it: once a later transaction of ours is
//! on the disk (and on the standbys that the server was told to wait for), all before it are. So the locks of a commit,
//! above all that on the end of the audit log, are not held while the disk turns, and one wait serves all that ended
//! before it began.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel_async::SimpleAsyncConnection;
use tokio::sync::Mutex;

use crate::{
    db::{Db, Pools},
    error::Failure,
};

/// The smallest transaction that leaves something in the log, committed as the server is told to.
const FLUSH: &str = "SELECT pg_logical_emit_message(true, 'vestibule', '')";

/// Counts the waits: how many began, and which one was the last to end well.
#[derive(Default)]
pub(crate) struct Flush {
    begun: AtomicU64,
    done: Mutex<u64>,
}

impl Flush {
    /// Returns when everything that was committed before this call is on the disk.
    pub(crate) async fn wait(&self, db: &Db) -> Result<(), Failure> {
        self.wait_by(async || {
            let Pools::Postgres(pool) = &db.pools else {
                return Err(Failure::corrupt("these are not connections to PostgreSQL"));
            };
            let mut held = db.in_time(pool.get()).await?;
            Ok(held.batch_execute(FLUSH).await?)
        })
        .await
    }

    async fn wait_by(
        &self,
        flush: impl AsyncFnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        // A wait that begins from now on covers this caller; one that has begun may not.
        let before = self.begun.load(Ordering::SeqCst);
        let mut done = self.done.lock().await;
        if *done > before {
            return Ok(());
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        flush().await?;
        *done = number;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Barrier;

    use super::*;

    /// While one waits for the disk, others end: none of them is covered by that wait, all of them by the next one.
    #[tokio::test]
    async fn ft_02_a_wait_covers_those_who_ended_before_it_began() {
        let (flush, flushes) = (Arc::new(Flush::default()), Arc::new(AtomicU64::new(0)));
        let (begun, ended) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let first = tokio::spawn({
            let (flush, flushes) = (flush.clone(), flushes.clone());
            let (begun, ended) = (begun.clone(), ended.clone());
            async move {
                let slowly = async || {
                    flushes.fetch_add(1, Ordering::SeqCst);
                    begun.wait().await;
                    ended.wait().await;
                    Ok(())
                };
                flush.wait_by(slowly).await.unwrap();
            }
        });
        begun.wait().await;
        let later: Vec<_> = (0..9)
            .map(|_| {
                let (flush, flushes) = (flush.clone(), flushes.clone());
                tokio::spawn(async move {
                    let count = async || {
                        flushes.fetch_add(1, Ordering::SeqCst);
                        Ok(())
                    };
                    flush.wait_by(count).await.unwrap();
                })
            })
            .collect();
        // On the one thread of this test all of them stand in line before the first goes on.
        tokio::task::yield_now().await;
        assert!(later.iter().all(|task| !task.is_finished()));
        ended.wait().await;
        first.await.unwrap();
        for task in later {
            task.await.unwrap();
        }
        assert_eq!(flushes.load(Ordering::SeqCst), 2);
    }

    /// A wait that failed covers nobody, and the next one tries itself.
    #[tokio::test]
    async fn ft_03_a_failed_wait_covers_nobody() {
        let flush = Flush::default();
        let lost = async || Err(Failure::corrupt("lost"));
        assert!(flush.wait_by(lost).await.is_err());
        let mut tried = false;
        flush
            .wait_by(async || {
                tried = true;
                Ok(())
            })
            .await
            .unwrap();
        assert!(tried);
    }
}
