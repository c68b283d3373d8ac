//! FT-04: what a replica knows is old, so none is ever asked; FT-03: a replica that was promoted is asked.

use vestibule_core::port::{Commit, Commits, Conflict, Health};
use vestibule_store::{MasterKey, Store, StoreConfig, StoreUrl};
use vestibule_testkit::postgres::Postgres;

use crate::sample::{mark, record};

fn config(url: &str) -> StoreConfig {
    let url = StoreUrl::parse(url).unwrap();
    StoreConfig::new(url, MasterKey::from_bytes([7; 32]))
}

fn using(value: &str) -> Commit {
    Commit {
        once: vec![mark(value)],
        audit: vec![record(value)],
        ..Commit::default()
    }
}

/// Why this address is refused.
async fn refused(url: &str) -> String {
    let error = Store::open(&config(url)).await.unwrap_err();
    assert_eq!(error.code(), "store_unavailable");
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_04_ft_03_a_replica_is_not_asked_until_it_is_promoted() {
    let primary = Postgres::start().unwrap();
    let database = primary.create_database().unwrap();
    let name = database.rsplit_once('/').unwrap().1;
    // The control.
    let store = Store::open(&config(&database)).await.unwrap();
    store.commit(using("a")).await.unwrap();
    let standby = primary.standby().unwrap();
    // It lags behind for as long as the test wants: what was used is not known to be used there.
    let replica = standby.url(name);
    standby
        .sql(&replica, "SELECT pg_wal_replay_pause()")
        .unwrap();
    store.commit(using("b")).await.unwrap();
    for url in [
        replica.clone(),
        format!("{replica}?target_session_attrs=any"),
    ] {
        let told = refused(&url).await;
        assert!(told.contains("replica"), "{told}");
    }
    // Named first of both, it is passed over.
    let (one, other) = (address(&replica), address(&database));
    let both = format!("postgres://vestibule@{one},{other}/{name}");
    let store = Store::open(&config(&both)).await.unwrap();
    for value in ["a", "b"] {
        let again = store.commit(using(value)).await;
        assert_eq!(again, Err(Conflict::AlreadyUsed.into()), "{value}");
    }
    standby
        .sql(&replica, "SELECT pg_wal_replay_resume()")
        .unwrap();
    standby.catches_up_with(&primary).unwrap();
    drop(primary);
    assert!(store.ping().await.is_err());
    assert_eq!(
        store.commit(using("c")).await.unwrap_err().code(),
        "store_unavailable"
    );
    standby.promote().unwrap();
    // The same store, not opened anew.
    store.ping().await.unwrap();
    for value in ["a", "b"] {
        let again = store.commit(using(value)).await;
        assert_eq!(again, Err(Conflict::AlreadyUsed.into()), "{value}");
    }
    store.commit(using("d")).await.unwrap();
}

/// Host and port.
fn address(url: &str) -> &str {
    let (_, rest) = url.split_once('@').unwrap();
    rest.split_once('/').unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_04_a_server_that_was_set_to_read_only_is_refused() {
    let cluster = Postgres::shared().unwrap();
    let url = cluster.create_database().unwrap();
    drop(Store::open(&config(&url)).await.unwrap());
    let name = url.rsplit_once('/').unwrap().1;
    let set = |value: &str| {
        let command = format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}");
        // A session of another database, which may write.
        cluster.sql(&cluster.url("postgres"), &command).unwrap();
    };
    set("on");
    let told = refused(&url).await;
    assert!(told.contains("read only"), "{told}");
    set("off");
    Store::open(&config(&url)).await.unwrap();
}
