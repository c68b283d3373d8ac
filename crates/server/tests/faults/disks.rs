//! FT-05: a log that nobody can write to, and a database that can only be read.

use std::net::SocketAddr;

use vestibule_testkit::{free_port, postgres::Postgres};

use crate::{
    database::{is_told_to_try_later, until_ready},
    support::{Person, Served, granted},
};

#[actix_web::test]
async fn ft_05_a_log_on_a_full_disk_changes_nothing_for_logins_and_their_records() {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port().unwrap()));
    let mut served = Served::configured(|usual| usual.replace("127.0.0.1:0", &address.to_string()));
    served.start_unheard(address);
    let mut alice = Person::called("alice", address);
    alice.sets_up().await;
    let code = alice.codes[0].clone();
    assert!(granted(&alice.logs_in_with(&code).await));
    // What is refused is refused as ever, and has its record; both would have had a line in the log.
    let page = alice.logs_in_with(&code).await;
    assert_eq!(page.status, 422, "{}", page.unlike("a used code counts"));
    let listed = served.tell("audit list --user adfs/alice");
    for event in [" enrolment success ", " login success ", " factor "] {
        assert!(listed.contains(event), "{event}: {listed}");
    }
    served.tell("audit verify");
}

#[actix_web::test]
async fn ft_05_a_database_that_can_only_be_read_lets_nobody_in_and_needs_no_restart() {
    let cluster = Postgres::shared().unwrap();
    let url = cluster.create_database().unwrap();
    let name = url.rsplit_once('/').unwrap().1;
    let mut served = Served::configured(|usual| {
        let text = usual.replace("sqlite:vestibule.db", &url);
        format!("{text}secrets: {{ master_key_file: master.key }}\n")
    });
    served.start("");
    let mut person = Person::called("alice", served.address());
    let page = person.arrives().await;
    let form = person.enrols(&page).await;
    let only_read = |value: &str| {
        let elsewhere = cluster.url("postgres");
        for command in [
            format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}"),
            format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
        ] {
            cluster.sql(&elsewhere, &command).unwrap();
        }
    };
    only_read("on");
    let page = person.browser.submit(&form).await.unwrap();
    is_told_to_try_later(&page);
    until_ready(&mut person, 503).await;
    only_read("off");
    until_ready(&mut person, 200).await;
    let page = person.browser.submit(&form).await.unwrap();
    let form = person.keeps_codes(&page);
    let page = person.browser.submit(&form).await.unwrap();
    assert!(granted(&page), "{}", page.unlike("no answer"));
    served.tell("audit verify");
}
