//! The private PostgreSQL: databases are separate, and nothing is left behind.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use vestibule_testkit::postgres::{Durability, Postgres};

#[test]
fn databases_are_fresh_and_separate() {
    let cluster = Postgres::shared().unwrap();
    let (one, two) = (
        cluster.create_database().unwrap(),
        cluster.create_database().unwrap(),
    );
    cluster
        .sql(&one, "CREATE TABLE person (name text)")
        .unwrap();
    cluster
        .sql(&one, "INSERT INTO person VALUES ('alice')")
        .unwrap();
    assert_eq!(
        cluster.sql(&one, "SELECT name FROM person").unwrap(),
        "alice"
    );
    let error = cluster.sql(&two, "SELECT name FROM person").unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
}

#[tokio::test]
async fn a_driver_connects_over_loopback() {
    let url = Postgres::shared().unwrap().create_database().unwrap();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let row = client
        .query_one("SELECT current_setting('fsync')", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "off");
}

#[test]
fn a_durable_cluster_waits_for_the_disk_and_leaves_nothing_behind() {
    let cluster = Postgres::start_with(Durability::Durable).unwrap();
    let folder: PathBuf = cluster.socket_folder().to_owned();
    let url = cluster.create_database().unwrap();
    assert_eq!(cluster.sql(&url, "SHOW fsync").unwrap(), "on");
    assert!(folder.exists());
    drop(cluster);
    assert!(!folder.exists());
}

/// Destructors do not run in a process that is killed, nor for a `static`.
#[test]
fn a_killed_test_leaves_nothing_behind() {
    const ROLE: &str = "VESTIBULE_TESTKIT_TO_BE_KILLED";
    if std::env::var_os(ROLE).is_some() {
        let cluster = Postgres::shared().unwrap();
        println!("\nfolder={}", cluster.socket_folder().display());
        std::process::abort();
    }
    let itself = std::env::current_exe().unwrap();
    let name = "a_killed_test_leaves_nothing_behind";
    let killed = Command::new(itself)
        .args(["--exact", "--nocapture", name])
        .env(ROLE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8(killed.stdout).unwrap();
    let folder = said
        .lines()
        .find_map(|line| line.strip_prefix("folder="))
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while Path::new(folder).exists() {
        assert!(Instant::now() < deadline, "{folder} is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}
