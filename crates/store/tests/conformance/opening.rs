//! What a store refuses at the start, and what it finds again.

use vestibule_core::{
    port::{
        AuditLog, ChainState, Commit, Commits, Conflict, EnrolmentChange, Enrolments, Keys,
        LoginChange, Logins, Throttle,
    },
    throttle::{Charge, ThrottleKey},
};
use vestibule_store::{MasterKey, Migrated, OpenError, Store, StoreConfig, StoreUrl};

use crate::{
    backend::Backend,
    keys,
    sample::{alice, closed, enrolment, login, mark, now, record},
};

fn open(number: u8) -> Commit {
    Commit {
        login: Some(LoginChange::Open(login(number))),
        ..Commit::default()
    }
}

conformance! {
    async fn wa_21_no_more_logins_are_opened_than_allowed(db: Backend) {
        let config = StoreConfig {
            most_open_logins: 3,
            ..db.config()
        };
        let store = Store::open(&config).await.unwrap();
        for number in 1..=3 {
            store.commit(open(number)).await.unwrap();
        }
        assert_eq!(
            store.commit(open(4)).await,
            Err(Conflict::TooManyLogins.into())
        );
        assert_eq!(store.login(login(4).id()).await.unwrap(), None);
        let end = Commit {
            login: Some(LoginChange::Replace(closed(login(1)))),
            ..Commit::default()
        };
        store.commit(end).await.unwrap();
        store.commit(open(4)).await.unwrap();
        assert_eq!(
            store.commit(open(4)).await,
            Err(Conflict::TooManyLogins.into())
        );
        store.clear_expired(login(1).expires_at()).await.unwrap();
        store.commit(open(5)).await.unwrap();
    }
}

conformance_at_rest! {
    async fn wa_21_the_bound_counts_what_was_there_before(db: Backend) {
        let store = db.open().await;
        for number in 1..=3 {
            store.commit(open(number)).await.unwrap();
        }
        let again = Store::open(&StoreConfig {
            most_open_logins: 3,
            ..db.config()
        })
        .await
        .unwrap();
        assert_eq!(
            again.commit(open(4)).await,
            Err(Conflict::TooManyLogins.into())
        );
    }

    async fn si_62_everything_is_there_after_a_restart(db: Backend) {
        let store = db.open().await;
        let commit = Commit {
            enrolments: vec![EnrolmentChange::Add(enrolment(1))],
            once: vec![mark("a")],
            audit: vec![record("")],
            ..open(1)
        };
        store.commit(commit).await.unwrap();
        let keys = keys::add(&store, 1).await;
        for _ in 0..5 {
            store
                .charge(&[ThrottleKey::Factors(alice())], now())
                .await
                .unwrap();
        }
        drop(store);

        let store = db.open().await;
        assert_eq!(store.login(login(1).id()).await.unwrap(), Some(login(1)));
        assert_eq!(store.enrolments(&alice()).await.unwrap(), [enrolment(1)]);
        let found = store.keys().await.unwrap();
        assert_eq!((found.revision, found.book), (keys.revision, keys.book));
        let again = Commit {
            once: vec![mark("a")],
            ..Commit::default()
        };
        assert_eq!(store.commit(again).await, Err(Conflict::AlreadyUsed.into()));
        assert!(matches!(
            store
                .charge(&[ThrottleKey::Factors(alice())], now())
                .await
                .unwrap(),
            Charge::Wait(_)
        ));
        assert_eq!(
            store.verify_chain().await.unwrap(),
            ChainState {
                entries: 2,
                fault: None
            }
        );
    }

    async fn the_wrong_master_key_is_noticed_at_the_start(db: Backend) {
        db.open().await;
        let config = StoreConfig {
            master_key: MasterKey::from_bytes([8; 32]),
            ..db.config()
        };
        let error = Store::open(&config).await.unwrap_err();
        assert_eq!(error.code(), "master_key_wrong");
        db.open().await;
    }

    async fn wa_19_a_newer_schema_is_refused_and_left_alone(db: Backend) {
        db.open().await;
        db.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
        let error = Store::open(&db.config()).await.unwrap_err();
        let OpenError::NewerSchema { found, known } = &error else {
            panic!("{error}")
        };
        assert_eq!(found, "9999");
        assert!(known < found, "{known}");
        assert_eq!(error.code(), "schema_newer");
        db.sql("DELETE FROM __diesel_schema_migrations WHERE version = '9999'");
        db.open().await;
    }

    async fn what_became_of_the_schema_is_known(db: Backend) {
        let Migrated::Created { version } = db.open().await.migrated().clone() else {
            panic!("the database was new")
        };
        assert_eq!(db.open().await.migrated(), &Migrated::Kept { version });
    }

    async fn the_first_schema_is_raised_to_the_last(db: Backend) {
        let dialect = if matches!(db, Backend::Postgres(_)) { "postgres" } else { "sqlite" };
        let first = format!(
            "{}/../../migrations/{dialect}/0001_initial/up.sql",
            env!("CARGO_MANIFEST_DIR")
        );
        db.sql(&std::fs::read_to_string(first).unwrap());
        db.sql(
            "CREATE TABLE __diesel_schema_migrations (
                 version VARCHAR(50) PRIMARY KEY NOT NULL,
                 run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
             );
             INSERT INTO __diesel_schema_migrations (version) VALUES ('0001')",
        );
        let Migrated::Raised { from, ran } = db.open().await.migrated().clone() else {
            panic!("the schema was old")
        };
        assert_eq!(from, "0001");
        assert_eq!(ran[0], "0002");
        assert!(ran.is_sorted(), "{ran:?}");
        let version = ran.last().unwrap().clone();
        assert_eq!(db.open().await.migrated(), &Migrated::Kept { version });
    }

    async fn nodes_that_start_together_migrate_once(db: Backend) {
        let mut starts = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let config = db.config();
            starts.spawn(async move { Store::open(&config).await.map(|_| ()) });
        }
        for started in starts.join_all().await {
            started.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wa_17_the_files_of_sqlite_are_their_owners_only() {
    use std::os::unix::fs::PermissionsExt;

    let db = Backend::file();
    let store = db.open().await;
    store.commit(open(1)).await.unwrap();
    let Backend::File(folder) = &db else {
        panic!("not in a file")
    };
    let mut names = Vec::new();
    for file in folder.path().read_dir().unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{:?}",
            file.path()
        );
        names.push(file.file_name());
    }
    assert_eq!(names.len(), 3, "database, log and its index: {names:?}");
}

/// While the store is still open: whoever copies the file does not wait for the process to end.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_stop_a_copy_of_the_file_of_sqlite_is_whole() {
    let db = Backend::file();
    let store = db.open().await;
    let commit = Commit {
        audit: vec![record("")],
        ..open(1)
    };
    store.commit(commit).await.unwrap();
    let (Backend::File(folder), copied) = (&db, Backend::file()) else {
        panic!("not in a file")
    };
    let Backend::File(elsewhere) = &copied else {
        panic!("not in a file")
    };
    store.wind_up().await.unwrap();
    for file in folder.path().read_dir().unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if name.ends_with("-wal") {
            assert_eq!(file.metadata().unwrap().len(), 0, "{name}");
        } else if !name.ends_with("-shm") {
            std::fs::copy(file.path(), elsewhere.path().join(name)).unwrap();
        }
    }
    let copy = copied.open().await;
    assert_eq!(copy.login(login(1).id()).await.unwrap(), Some(login(1)));
    assert_eq!(copy.verify_chain().await.unwrap().entries, 1);
    // It can still be written to.
    store.commit(open(2)).await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_not_there_says_so() {
    for url in [
        "sqlite:/nowhere/at/all/store.db",
        "postgres://v@127.0.0.1:1/v",
    ] {
        let config = StoreConfig::new(
            StoreUrl::parse(url).unwrap(),
            MasterKey::from_bytes([7; 32]),
        );
        assert_eq!(
            Store::open(&config).await.unwrap_err().code(),
            "store_unavailable",
            "{url}"
        );
    }
}

/// A server that does not speak TLS is not spoken to where TLS is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_encrypted_is_not_sent_in_plain() {
    let db = Backend::postgres();
    for (mode, expect) in [
        ("disable", None),
        ("prefer", None),
        ("require", Some("store_unavailable")),
        ("verify-full", Some("store_unavailable")),
    ] {
        let url = StoreUrl::parse(&format!("{}?sslmode={mode}", db.url())).unwrap();
        let opened = Store::open(&StoreConfig { url, ..db.config() }).await;
        assert_eq!(opened.err().map(|error| error.code()), expect, "{mode}");
    }
}

/// A web server's workers have one thread each, and no other to hand what blocks to.
#[tokio::test(flavor = "current_thread")]
async fn a_store_works_on_one_thread() {
    for db in [Backend::file(), Backend::memory(), Backend::postgres()] {
        let store = db.open().await;
        for number in 1..=20 {
            let patience = std::time::Duration::from_micros(u64::from(number) * 100);
            let _ = tokio::time::timeout(patience, store.commit(open(number))).await;
        }
        store.commit(open(99)).await.unwrap();
        assert!(store.login(login(99).id()).await.unwrap().is_some());
    }
}
