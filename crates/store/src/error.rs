//! What goes wrong: at the start, and within a transaction.
//!
//! Owns the translation of what a database says into the core's [`StoreError`]. Does not own the conflicts: the room
//! that finds one names it.

use std::path::PathBuf;

use diesel::result::{DatabaseErrorKind, Error as Diesel};
use thiserror::Error;
use vestibule_core::port::{Conflict, StoreError};

/// Why the store could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file with the master key can be read by others than its owner.
    #[error(
        "the master key in {} can be read by others (mode {mode:03o}); run: chmod 600 {}",
        path.display(), path.display()
    )]
    KeyExposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file with the master key cannot be read or made.
    #[error("the master key in {}: {cause}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// What is given as master key is none.
    #[error("the master key must be 32 bytes in base 64, as `openssl rand -base64 32` prints them")]
    KeyMalformed,
    /// A newer version of Vestibule has changed the schema (attack row WA-19).
    #[error(
        "the database has schema {found}, and this version knows none after {known}; start the newer version, or restore a backup"
    )]
    NewerSchema {
        /// The newest migration that the database has.
        found: String,
        /// The newest migration that this build knows.
        known: String,
    },
    /// The database cannot be reached, or did not take the schema.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The address of the store is not understood.
    #[error("the address of the store: {0}")]
    Url(String),
    /// The secrets in this database were sealed with another master key.
    #[error(
        "the database was sealed with the master key {theirs}, and {ours} was given; restore the right key"
    )]
    WrongMasterKey {
        /// The id of the key that was given.
        ours: String,
        /// The id of the key that the database was made with.
        theirs: String,
    },
}

impl OpenError {
    /// The reason code for the log.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyExposed { .. } => "master_key_exposed",
            Self::KeyFile { .. } => "master_key_file",
            Self::KeyMalformed => "master_key_malformed",
            Self::NewerSchema { .. } => "schema_newer",
            Self::Unavailable(_) => "store_unavailable",
            Self::Url(_) => "store_url",
            Self::WrongMasterKey { .. } => "master_key_wrong",
        }
    }
}

/// Why a transaction is rolled back.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database failed.
    Database(Diesel),
    /// We refuse.
    Refused(StoreError),
}

impl Failure {
    /// What is stored is not what was written.
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Refused(StoreError::Corrupt(what.into()))
    }
}

/// The database chose this transaction to give way to another; nothing of it happened, and it may be tried again.
pub(crate) fn may_be_repeated(error: &Diesel) -> bool {
    match error {
        Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        // SQLSTATE 40P01 has no kind of its own in diesel.
        Diesel::DatabaseError(DatabaseErrorKind::Unknown, said) => {
            said.message().contains("deadlock detected")
        }
        _ => false,
    }
}

impl From<Conflict> for Failure {
    fn from(conflict: Conflict) -> Self {
        Self::Refused(conflict.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Diesel> for Failure {
    fn from(error: Diesel) -> Self {
        Self::Database(error)
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        Self::Unavailable(StoreError::from(failure).to_string())
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Database(Diesel::DeserializationError(cause)) => {
                Self::Corrupt(format!("a column holds what it never should: {cause}"))
            }
            // Whatever else a database says (gone, full, locked, too slow, read-only), what was asked did not happen,
            // or nobody knows whether it did. The caller may not go on in either case.
            Failure::Database(error) => Self::Unavailable(error.to_string()),
        }
    }
}
