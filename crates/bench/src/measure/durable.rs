//! The rate of bare commits (G17): one row a transaction, each on the disk before the next begins.

use std::{path::Path, time::Instant};

use anyhow::Result;
use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query};

use crate::seed;

/// Commits a second into a database in `folder`, with `synchronous=FULL` in WAL, as the store has it.
///
/// # Errors
/// If the database fails.
pub(crate) fn commits_a_second(folder: &Path, count: u32) -> Result<f64> {
    let mut connection = seed::connect(&folder.join("bare.db"))?;
    connection.batch_execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         CREATE TABLE IF NOT EXISTS rows (number INTEGER PRIMARY KEY, text TEXT NOT NULL);",
    )?;
    let begun = Instant::now();
    for _ in 0..count {
        sql_query("INSERT INTO rows (text) VALUES (printf('%.500c', 'x'))")
            .execute(&mut connection)?;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}
