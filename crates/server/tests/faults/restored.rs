//! FT-15: the database goes back to yesterday under two nodes that run. No node remembers what the database forgot.

use std::{fs, os::unix::fs::PermissionsExt};

use vestibule_testkit::postgres::Postgres;

use crate::{
    database::until_ready,
    support::{Person, Served, granted},
};

/// A database that can be copied away and back.
struct Database {
    cluster: &'static Postgres,
    url: String,
}

impl Database {
    fn new() -> Self {
        let cluster = Postgres::shared().unwrap();
        let url = cluster.create_database().unwrap();
        Self { cluster, url }
    }

    /// Runs these while nobody is connected; `{}` is its name.
    fn alone(&self, commands: &[&str]) {
        let name = self.url.rsplit_once('/').unwrap().1;
        let before = [
            "ALTER DATABASE {} ALLOW_CONNECTIONS false",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
        ];
        let after = ["ALTER DATABASE {} ALLOW_CONNECTIONS true"];
        for command in before.iter().chain(commands).chain(&after) {
            let command = command.replace("{}", name);
            let elsewhere = self.cluster.url("postgres");
            self.cluster.sql(&elsewhere, &command).unwrap();
        }
    }

    fn backs_up(&self) {
        self.alone(&["CREATE DATABASE {}_backup TEMPLATE {}"]);
    }

    fn is_restored(&self) {
        self.alone(&[
            "DROP DATABASE {} WITH (FORCE)",
            "CREATE DATABASE {} TEMPLATE {}_backup",
        ]);
    }

    /// A node; those with a key are given it.
    fn node(&self, key: Option<&[u8]>) -> Served {
        let mut served = Served::configured(|usual| {
            let text = usual.replace("sqlite:vestibule.db", &self.url);
            format!("{text}secrets: {{ master_key_file: master.key }}\n")
        });
        if let Some(key) = key {
            let path = served.path().join("master.key");
            fs::write(&path, key).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        served.start("");
        served
    }
}

#[actix_web::test]
async fn ft_15_no_node_remembers_what_a_restored_database_forgot() {
    let database = Database::new();
    let one = database.node(None);
    let key = fs::read(one.path().join("master.key")).unwrap();
    let other = database.node(Some(&key));
    let mut alice = Person::called("alice", one.address());
    alice.sets_up().await;
    let mut early = Person::called("early", one.address());
    let page = early.arrives().await;
    let early_form = early.enrols(&page).await;
    database.backs_up();
    until_ready(&mut alice, 200).await;

    // Today.
    let mut bob = Person::called("bob", other.address());
    until_ready(&mut bob, 200).await;
    bob.sets_up().await;
    let code = alice.codes[0].clone();
    assert!(granted(&alice.logs_in_with(&code).await));
    let mut late = Person::called("late", one.address());
    let page = late.arrives().await;
    let late_form = late.enrols(&page).await;

    database.is_restored();
    for node in [&one, &other] {
        let mut somebody = Person::called("somebody", node.address());
        until_ready(&mut somebody, 200).await;
    }
    // Who began today begins anew; who began before the backup goes on, at the other node.
    let page = late.browser.submit(&late_form).await.unwrap();
    assert!(
        (400..500).contains(&page.status),
        "{}",
        page.unlike("known")
    );
    early.browser.at = other.address();
    let page = early.browser.submit(&early_form).await.unwrap();
    let form = early.keeps_codes(&page);
    let page = early.browser.submit(&form).await.unwrap();
    assert!(granted(&page), "{}", page.unlike("no answer"));
    for (number, node) in [&one, &other].into_iter().enumerate() {
        // Whoever enrolled today is a newcomer at each node.
        bob.browser.at = node.address();
        let page = bob.arrives().await;
        assert!(
            page.text("#key").is_some(),
            "{}",
            page.unlike("no newcomer")
        );
        // A code that was used today counts again, as the book warns: once, whichever node is asked.
        alice.browser.at = node.address();
        let page = alice.logs_in_with(&code).await;
        assert_eq!(granted(&page), number == 0, "{}", page.unlike("?"));
    }
    one.tell("audit verify");
}
