//! FT-03, FT-04: the database server dies, and its replica takes its place.

use url::Url;
use vestibule_testkit::postgres::Postgres;

use crate::{
    database::{is_told_to_try_later, until_ready},
    support::{Person, Served, granted},
};

#[actix_web::test]
async fn ft_03_logins_stop_when_the_database_dies_and_go_on_when_its_replica_takes_over() {
    let primary = Postgres::start().unwrap();
    let database = primary.create_database().unwrap();
    let standby = primary.standby().unwrap();
    let port = |url: &str| Url::parse(url).unwrap().port().unwrap();
    let name = database.rsplit_once('/').unwrap().1;
    // The replica is named first, and passed over while it is one.
    let both = format!(
        "postgres://vestibule@127.0.0.1:{},127.0.0.1:{}/{name}",
        port(&standby.url(name)),
        port(&database)
    );
    let mut served = Served::configured(|usual| {
        let text = usual.replace("sqlite:vestibule.db", &both);
        format!("{text}secrets: {{ master_key_file: master.key }}\n")
    });
    served.start("");
    let mut alice = Person::called("alice", served.address());
    alice.sets_up().await;
    let used = alice.app.as_ref().unwrap().used_code();
    let mut bob = Person::called("bob", served.address());
    let page = bob.arrives().await;
    let form = bob.enrols(&page).await;
    standby.catches_up_with(&primary).unwrap();
    drop(primary);
    let told = bob.browser.submit(&form).await.unwrap();
    is_told_to_try_later(&told);
    until_ready(&mut bob, 503).await;
    standby.promote().unwrap();
    until_ready(&mut bob, 200).await;
    // The login goes on where it was, without a restart; and what was used stays used.
    let page = bob.browser.submit(&form).await.unwrap();
    let form = bob.keeps_codes(&page);
    let page = bob.browser.submit(&form).await.unwrap();
    assert!(granted(&page), "{}", page.unlike("no answer"));
    let page = alice.logs_in_with_app(&used).await;
    assert_eq!(page.status, 422, "{}", page.unlike("a used code counts"));
    served.tell("audit verify");
}
