//! Beginning and ending transactions.
//!
//! Owns what is said to a database at either end. Does not own what happens in between, nor what is done when it fails.

use diesel::connection::AnsiTransactionManager as Blocking;
use diesel_async::{AnsiTransactionManager, AsyncConnection, TransactionManager};
use vestibule_core::port::Durability;

use crate::{
    db::{PgConn, SqliteConn},
    error::Failure,
    flush::{SERVER, Witness},
};

/// Begins with the write lock, so that nothing read in the transaction can change before it is written. Whether its end
/// waits for the disk is said each time, so that it never depends on what was written before it.
///
/// What does not wait is on the disk before it goes from the log into the database, and whenever another commit waits.
/// What a power cut takes is the end of the log, whole transactions of it
/// (<https://sqlite.org/pragma.html#pragma_synchronous>).
pub(crate) async fn begin_immediate(
    conn: &mut SqliteConn,
    durability: Durability,
) -> Result<(), Failure> {
    let begin = match durability {
        Durability::Full => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
        Durability::Relaxed => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
    };
    let begun = conn.spawn_blocking(|conn| Blocking::begin_transaction_sql(conn, begin));
    Ok(begun.await?)
}

/// Begins a transaction whose end does not wait for the disk: its locks are free as soon as others may see what it did.
/// With a witness nobody may be told of it before [`Flush`](crate::flush::Flush) waited, and on another server than
/// that of the witness its end does wait. Without one, it may be lost.
pub(crate) async fn begin_unflushed(
    conn: &mut PgConn,
    witness: Option<Witness>,
) -> Result<(), Failure> {
    let begin = match witness {
        None => "BEGIN; SET LOCAL synchronous_commit = off".to_owned(),
        Some(Witness { server, .. }) => format!(
            "BEGIN; SELECT set_config('synchronous_commit', 'off', true) WHERE {SERVER} = {server}"
        ),
    };
    Ok(AnsiTransactionManager::begin_transaction_sql(conn, &begin).await?)
}

/// Begins a part of a transaction that can be taken back alone.
pub(crate) async fn savepoint<C: AsyncConnection>(conn: &mut C) -> Result<(), Failure> {
    Ok(C::TransactionManager::begin_transaction(conn).await?)
}

/// Ends the transaction, or the part begun last: with `Ok` it stays, with `Err` it is taken back.
pub(crate) async fn conclude<C: AsyncConnection, T>(
    conn: &mut C,
    done: Result<T, Failure>,
) -> Result<T, Failure> {
    match done {
        Ok(value) => {
            C::TransactionManager::commit_transaction(conn).await?;
            Ok(value)
        }
        Err(failure) => {
            C::TransactionManager::rollback_transaction(conn).await?;
            Err(failure)
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::{QueryableByName, sql_query, sql_types::Integer};
    use diesel_async::RunQueryDsl;

    use super::*;

    /// What the pragma answers (<https://sqlite.org/pragma.html#pragma_synchronous>).
    #[derive(QueryableByName)]
    struct Synchronous {
        #[diesel(sql_type = Integer)]
        synchronous: i32,
    }

    #[tokio::test]
    async fn whether_the_disk_is_waited_for_does_not_depend_on_the_transaction_before() {
        use Durability::{Full, Relaxed};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut conn = SqliteConn::establish(path.to_str().unwrap()).await.unwrap();
        for durability in [Relaxed, Full, Full, Relaxed, Relaxed, Full] {
            begin_immediate(&mut conn, durability).await.unwrap();
            let asked = sql_query("PRAGMA synchronous");
            let is: Synchronous = asked.get_result(&mut conn).await.unwrap();
            conclude(&mut conn, Ok(())).await.unwrap();
            let expect = if durability == Full { 2 } else { 1 };
            assert_eq!(is.synchronous, expect, "{durability:?}");
        }
    }
}
