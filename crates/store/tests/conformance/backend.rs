//! The databases that the tests run on, each fresh and empty.

use std::path::{Path, PathBuf};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use tempfile::TempDir;
use vestibule_store::{MasterKey, Store, StoreConfig, StoreUrl};
use vestibule_testkit::postgres::Postgres;

/// One fresh database.
pub(crate) enum Backend {
    File(TempDir),
    Memory(tokio::sync::OnceCell<Store>),
    Postgres(String),
    Shared(PathBuf),
}

/// Writes each test once for each database.
macro_rules! conformance {
    ($($(#[$doc:meta])* async fn $name:ident($db:ident: Backend) $body:block)*) => {
        $(
            mod $name {
                #[allow(unused_imports)]
                use super::*;

                $(#[$doc])*
                async fn check($db: crate::backend::Backend) $body

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn on_sqlite_in_a_file() {
                    check(crate::backend::Backend::file()).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn on_sqlite_in_memory() {
                    check(crate::backend::Backend::memory()).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn on_postgres() {
                    check(crate::backend::Backend::postgres()).await;
                }
            }
        )*
    };
}

/// The same for what only a database that outlives the store can show.
macro_rules! conformance_at_rest {
    ($($(#[$doc:meta])* async fn $name:ident($db:ident: Backend) $body:block)*) => {
        $(
            mod $name {
                #[allow(unused_imports)]
                use super::*;

                $(#[$doc])*
                async fn check($db: crate::backend::Backend) $body

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn on_sqlite_in_a_file() {
                    check(crate::backend::Backend::file()).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn on_postgres() {
                    check(crate::backend::Backend::postgres()).await;
                }
            }
        )*
    };
}

impl Backend {
    pub(crate) fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    pub(crate) fn memory() -> Self {
        Self::Memory(tokio::sync::OnceCell::new())
    }

    pub(crate) fn postgres() -> Self {
        Self::Postgres(cluster().create_database().unwrap())
    }

    /// A file in a folder that somebody else looks after.
    pub(crate) fn at(folder: &Path) -> Self {
        Self::Shared(folder.to_owned())
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Shared(folder) => format!("sqlite:{}", folder.join("store.db").display()),
            Self::File(folder) => format!("sqlite:{}", folder.path().join("store.db").display()),
            Self::Memory(_) => "sqlite::memory:".to_owned(),
            Self::Postgres(url) => url.clone(),
        }
    }

    pub(crate) fn config(&self) -> StoreConfig {
        let mut config = StoreConfig::new(
            StoreUrl::parse(&self.url()).unwrap(),
            MasterKey::from_bytes([7; 32]),
        );
        // Fifty writers at once on a slow disk are patience, not failure.
        config.statement_timeout = std::time::Duration::from_secs(60);
        config.connect_timeout = std::time::Duration::from_secs(60);
        config
    }

    /// Opens a node. On SQLite in memory every node is the same store.
    pub(crate) async fn open(&self) -> Store {
        match self {
            Self::Memory(only) => only
                .get_or_init(async || Store::open(&self.config()).await.unwrap())
                .await
                .clone(),
            _ => Store::open(&self.config()).await.unwrap(),
        }
    }

    /// What somebody does who has the database and not the program.
    pub(crate) fn sql(&self, command: &str) {
        match self {
            Self::File(folder) => {
                let path = folder.path().join("store.db");
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                // A store that was dropped may be closing its files still.
                connection
                    .batch_execute("PRAGMA busy_timeout = 60000")
                    .unwrap();
                connection.batch_execute(command).unwrap();
            }
            Self::Shared(_) => panic!("its owner knows how to reach it"),
            Self::Memory(_) => panic!("nobody else can reach a database in memory"),
            Self::Postgres(url) => {
                cluster().sql(url, command).unwrap();
            }
        }
    }

    /// What a query prints, on PostgreSQL.
    pub(crate) fn read(&self, query: &str) -> String {
        let Self::Postgres(url) = self else {
            panic!("only PostgreSQL is read so")
        };
        cluster().sql(url, query).unwrap()
    }

    /// Takes away what keeps the audit log from being changed.
    pub(crate) fn disarm_audit(&self) {
        match self {
            Self::Postgres(_) => self.sql("ALTER TABLE audit DISABLE TRIGGER ALL"),
            _ => self.sql("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted"),
        }
    }
}

fn cluster() -> &'static Postgres {
    Postgres::shared().unwrap_or_else(|error| panic!("these tests need PostgreSQL: {error}"))
}
