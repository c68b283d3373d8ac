//! The schema, brought up to date at the start.
//!
//! Owns the migrations of both databases, which are part of the program. Of several nodes that start together one
//! migrates and the others wait. **Invariant:** a schema that a newer version made is not touched (attack row WA-19):
//! there is no way down, and an old version must not write what a new one would misread.

use diesel::{SqliteConnection, migration::MigrationSource, result::Error as Diesel};
use diesel_async::{AsyncMigrationHarness, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{
    db::{PgConn, SqliteConn},
    error::OpenError,
};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Any number that nobody else uses in the same database: "vestibul" in ASCII.
const ADVISORY_LOCK: i64 = 0x7665_7374_6962_756c;

/// What became of the schema when a store was opened. Versions are numbers of migrations, such as `0012`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Migrated {
    /// There was none.
    Created {
        /// It is this one now.
        version: String,
    },
    /// It was this one already.
    Kept {
        /// Which.
        version: String,
    },
    /// It lacked something.
    Raised {
        /// The last that it had.
        from: String,
        /// What ran, in this order: what came after that, or was missing before it.
        ran: Vec<String>,
    },
}

impl Migrated {
    fn of(found: Option<String>, known: String, ran: Vec<String>) -> Self {
        match found {
            None => Self::Created { version: known },
            Some(version) if ran.is_empty() => Self::Kept { version },
            Some(from) => Self::Raised { from, ran },
        }
    }
}

/// Migrates a PostgreSQL database on a session of its own, whose end frees the lock however it comes.
pub(crate) async fn migrate_postgres(mut session: PgConn) -> Result<Migrated, OpenError> {
    // Waiting for another node's migration may take longer than a statement ever should.
    let lock = format!("SET statement_timeout = 0; SELECT pg_advisory_lock({ADVISORY_LOCK});");
    session.batch_execute(&lock).await.map_err(unavailable)?;
    let done = tokio::task::spawn_blocking(move || {
        bring_up_to_date(&mut AsyncMigrationHarness::new(session), POSTGRES)
    });
    done.await
        .map_err(|error| OpenError::Unavailable(error.to_string()))?
}

/// Migrates a SQLite database.
pub(crate) async fn migrate_sqlite(connection: &mut SqliteConn) -> Result<Migrated, OpenError> {
    let done = connection.spawn_blocking(|connection| {
        // With the write lock from the beginning: whoever comes second finds the work done.
        let done = connection.immediate_transaction(|connection: &mut SqliteConnection| {
            bring_up_to_date(connection, SQLITE).map_err(Abandoned::Refused)
        });
        Ok(done)
    });
    match done.await.map_err(unavailable)? {
        Ok(migrated) => Ok(migrated),
        Err(Abandoned::Refused(error)) => Err(error),
        Err(Abandoned::Failed(error)) => Err(unavailable(error)),
    }
}

/// Why a transaction with migrations was rolled back.
enum Abandoned {
    Failed(Diesel),
    Refused(OpenError),
}

impl From<Diesel> for Abandoned {
    fn from(error: Diesel) -> Self {
        Self::Failed(error)
    }
}

fn bring_up_to_date<DB, H>(harness: &mut H, ours: EmbeddedMigrations) -> Result<Migrated, OpenError>
where
    DB: diesel::backend::Backend,
    H: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        OpenError::Unavailable(format!("migration: {error}"))
    };
    let known = MigrationSource::<DB>::migrations(&ours).map_err(failed)?;
    // Numbers of four digits: they sort as text.
    let known = known
        .iter()
        .map(|migration| migration.name().version().to_string())
        .max()
        .ok_or_else(|| failed("the program has none".into()))?;
    let found = harness.applied_migrations().map_err(failed)?;
    let found = found.iter().map(ToString::to_string).max();
    if let Some(found) = found.clone().filter(|found| *found > known) {
        return Err(OpenError::NewerSchema { found, known });
    }
    let ran = harness.run_pending_migrations(ours).map_err(failed)?;
    let ran = ran.iter().map(ToString::to_string).collect();
    Ok(Migrated::of(found, known, ran))
}

fn unavailable(error: Diesel) -> OpenError {
    OpenError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_schema_follows_from_what_it_had_and_what_ran() {
        let version = || "0012".to_owned();
        let raised = |from: &str, ran: &[&str]| Migrated::Raised {
            from: from.to_owned(),
            ran: ran.iter().map(ToString::to_string).collect(),
        };
        let created = Migrated::Created { version: version() };
        let kept = Migrated::Kept { version: version() };
        for (found, ran, expect) in [
            (None, &["0011", "0012"][..], created),
            (Some("0012"), &[], kept),
            (
                Some("0010"),
                &["0011", "0012"],
                raised("0010", &["0011", "0012"]),
            ),
            // One that came out late: not from 0012 to 0012.
            (Some("0012"), &["0011"], raised("0012", &["0011"])),
        ] {
            let ran_here = ran.iter().map(ToString::to_string).collect();
            let migrated = Migrated::of(found.map(str::to_owned), version(), ran_here);
            assert_eq!(migrated, expect, "{found:?} {ran:?}");
        }
    }
}
