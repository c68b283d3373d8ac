//! Beginning and ending transactions.
//!
//! Owns what is said to a database at either end. Does not own what happens in between, nor what is done when it fails.

use diesel::connection::AnsiTransactionManager as Blocking;
use diesel_async::{AnsiTransactionManager, AsyncConnection, TransactionManager};

use crate::{
    db::{PgConn, SqliteConn},
    error::Failure,
    flush::{SERVER, Witness},
};

/// Begins with the write lock, so that nothing read in the transaction can change before it is written.
pub(crate) async fn begin_immediate(conn: &mut SqliteConn) -> Result<(), Failure> {
    let begun =
        conn.spawn_blocking(|conn| Blocking::begin_transaction_sql(conn, "BEGIN IMMEDIATE"));
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
