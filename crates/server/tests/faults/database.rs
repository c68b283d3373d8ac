//! FT-03: the database is away at each step of a login, and comes back.
//!
//! `VESTIBULE_OUTAGE_SECONDS` says how long it stays away after that was seen; nothing if it is not set.

use std::{env, time::Duration};

use tokio::time::{Instant, sleep};
use url::Url;
use vestibule_testkit::{browser::Page, postgres::Postgres};

use crate::support::{Person, Relay, STEPS, Served, State, Step, comes_to, counted, granted};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A broker on PostgreSQL, and the wire between the two.
fn on_postgres() -> (Served, Relay) {
    on_postgres_with(str::to_owned)
}

/// The same, with another configuration than the usual one.
pub(crate) fn on_postgres_with(change: impl FnOnce(&str) -> String) -> (Served, Relay) {
    let cluster = Postgres::shared().unwrap();
    let mut url = Url::parse(&cluster.create_database().unwrap()).unwrap();
    let relay = Relay::to(([127, 0, 0, 1], url.port().unwrap()).into());
    url.set_port(Some(relay.address.port())).unwrap();
    let mut served = Served::configured(|usual| {
        let text = change(usual).replace("sqlite:vestibule.db", url.as_str());
        format!("{text}secrets: {{ master_key_file: master.key }}\n")
    });
    served.start("");
    (served, relay)
}

pub(crate) fn is_told_to_try_later(page: &Page) {
    assert_eq!(page.status, 503, "{}", page.unlike("no 503"));
    assert_eq!(page.header("retry-after"), Some("30"));
    assert_eq!(page.texts("h1"), ["Signing in is not possible right now"]);
    assert!(page.body.contains("nobody was let in"), "{}", page.body);
}

/// Until the broker says of itself what we expect.
pub(crate) async fn until_ready(person: &mut Person, expected: u16) {
    let deadline = Instant::now() + PATIENCE;
    while person.browser.get("/readyz").await.unwrap().status != expected {
        assert!(Instant::now() < deadline, "never {expected}");
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(person.browser.get("/healthz").await.unwrap().status, 200);
}

/// As long as the outage is to last.
async fn stays_unready(person: &mut Person) {
    let seconds = env::var("VESTIBULE_OUTAGE_SECONDS").unwrap_or_else(|_| "0".to_owned());
    let end = Instant::now() + Duration::from_secs(seconds.parse().unwrap());
    while Instant::now() < end {
        assert_eq!(person.browser.get("/readyz").await.unwrap().status, 503);
        assert_eq!(person.browser.get("/healthz").await.unwrap().status, 200);
        sleep(Duration::from_millis(500)).await;
    }
}

/// The fault strikes before the step, and is over after it was seen.
async fn strikes(served: &Served, relay: &Relay, step: Step, fault: State) {
    let mut person = Person::called(&format!("{step:?}-{fault:?}"), served.address());
    let request = comes_to(&mut person, step).await;
    let before = counted(served, &person.name, step);
    relay.set(fault);
    let page = request.send(&mut person.browser).await.unwrap();
    is_told_to_try_later(&page);
    assert!(!granted(&page));
    until_ready(&mut person, 503).await;
    stays_unready(&mut person).await;
    relay.set(State::Whole);
    until_ready(&mut person, 200).await;
    assert_eq!(counted(served, &person.name, step), before, "{step:?}");
    // The same once more, without a restart: the login goes on where it was.
    let mut page = request.send(&mut person.browser).await.unwrap();
    assert_eq!(counted(served, &person.name, step), before + 1, "{step:?}");
    if step == Step::Assertion {
        let form = person.enrols(&page).await;
        page = person.browser.submit(&form).await.unwrap();
    }
    if matches!(step, Step::Assertion | Step::Enrolment) {
        let form = person.keeps_codes(&page);
        page = person.browser.submit(&form).await.unwrap();
    }
    assert!(granted(&page), "{}", page.unlike("no answer"));
    served.tell("audit verify");
}

#[actix_web::test]
async fn ft_03_a_database_that_is_away_at_any_step_stops_logins_and_needs_no_restart() {
    let (served, relay) = on_postgres();
    // The control: the same wire, whole.
    Person::called("control", served.address()).sets_up().await;
    for step in STEPS {
        strikes(&served, &relay, step, State::Cut).await;
    }
}

#[actix_web::test]
async fn ft_03_a_database_that_falls_silent_is_not_waited_for_and_needs_no_restart() {
    let (served, relay) = on_postgres();
    Person::called("control", served.address()).sets_up().await;
    strikes(&served, &relay, Step::App, State::Silent).await;
}

#[actix_web::test]
async fn ft_03_nobody_begins_a_login_while_the_database_is_away() {
    let (served, relay) = on_postgres();
    let mut person = Person::called("early", served.address());
    relay.set(State::Cut);
    let page = person.asks().await;
    is_told_to_try_later(&page);
    relay.set(State::Whole);
    until_ready(&mut person, 200).await;
    person.sets_up().await;
}
