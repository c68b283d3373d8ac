//! FT-01, FT-03: what breaks while somebody comes who is known already.
//!
//! Whatever the moment, they go on with the session that they had or come by the first door again; nobody is let in on
//! something that was not written down, nobody is kept out, and no session is left that nobody has.

use std::process::Command;

use serde_json::Value;
use vestibule_testkit::{
    browser::{Form, Page},
    postgres::Postgres,
};

use crate::{
    database::{is_told_to_try_later, on_postgres_with, until_ready},
    shared::messages::{Asked, idp_key},
    support::{Person, Served, State, Step, counted, granted, typed},
};

const PLACES: [&str; 3] = ["between_statements", "before_commit", "after_commit"];

/// Each login proves a factor, and with that the session gets another cookie.
fn own_factor(usual: &str) -> String {
    let preset = "    preset: atlassian-cloud\n";
    assert!(usual.contains(preset));
    usual.replace(preset, &format!("{preset}    single_sign_on: own_factor\n"))
}

/// The names of a person's sessions that are not over.
fn sessions_of(served: &Served, name: &str) -> Vec<String> {
    let listed = served.tell(&format!("session list --user adfs/{name} --json"));
    let rows: Vec<Value> = serde_json::from_str(&listed).unwrap();
    let mine = format!("adfs/{name}");
    let id = |row: &Value| {
        assert_eq!(row["person"].as_str(), Some(mine.as_str()));
        assert_eq!(row["applications"], serde_json::json!(["atlassian"]));
        row["session"].as_str().unwrap().to_owned()
    };
    rows.iter().map(id).collect()
}

fn logins(served: &Served, person: &Person) -> usize {
    counted(served, &person.name, Step::App)
}

/// Somebody who is in, with one session; its name.
async fn known(served: &Served, name: &str) -> (Person, String) {
    let mut person = Person::called(name, served.address());
    person.sets_up().await;
    let [session] = sessions_of(served, name).try_into().unwrap();
    (person, session)
}

/// Comes again, and is asked for the factor alone; the form with this backup code, not sent yet.
async fn is_asked_for_a_code(person: &mut Person, code: usize) -> Form {
    let page = person.comes_again().await;
    let page = person.takes_backup_way(&page).await;
    typed(&page, &person.codes[code])
}

#[actix_web::test]
async fn ft_03_nobody_is_let_in_by_a_session_while_the_database_is_away() {
    let (served, relay) = on_postgres_with(str::to_owned);
    for fault in [State::Cut, State::Silent] {
        let (mut person, session) = known(&served, &format!("{fault:?}")).await;
        let cookie = person.browser.session().cloned();
        let before = logins(&served, &person);
        relay.set(fault);
        let page = person.comes_again().await;
        is_told_to_try_later(&page);
        assert!(!granted(&page));
        assert_eq!(
            person.browser.session(),
            cookie.as_ref(),
            "it keeps its cookie"
        );
        relay.set(State::Whole);
        until_ready(&mut person, 200).await;
        assert_eq!(logins(&served, &person), before);
        // Without a door, as before.
        let page = person.comes_again().await;
        assert!(granted(&page), "{}", page.unlike("no answer"));
        assert_eq!(logins(&served, &person), before + 1);
        assert_eq!(sessions_of(&served, &person.name), [session]);
    }
    served.tell("audit verify");
}

#[actix_web::test]
async fn ft_03_a_proof_that_could_not_be_written_down_renews_nothing() {
    let (served, relay) = on_postgres_with(own_factor);
    let (mut person, session) = known(&served, "alice").await;
    let cookie = person.browser.session().cloned();
    let form = is_asked_for_a_code(&mut person, 0).await;
    relay.set(State::Cut);
    is_told_to_try_later(&person.browser.submit(&form).await.unwrap());
    assert_eq!(person.browser.session(), cookie.as_ref());
    relay.set(State::Whole);
    until_ready(&mut person, 200).await;
    assert_eq!(sessions_of(&served, "alice"), [session.as_str()]);
    // The login goes on where it was, and the code was not used up.
    let page = person.browser.submit(&form).await.unwrap();
    assert!(granted(&page), "{}", page.unlike("no answer"));
    assert_ne!(person.browser.session(), cookie.as_ref());
    assert_eq!(sessions_of(&served, "alice"), [session]);
    served.tell("audit verify");
}

#[actix_web::test]
async fn ft_01_a_process_that_is_gone_while_a_session_is_resumed_leaves_it_as_it_was() {
    let mut served = Served::prepared();
    served.start("");
    let (mut person, session) = known(&served, "alice").await;
    for place in PLACES {
        let before = logins(&served, &person);
        served.kill();
        served.start(&format!("{place}=abort"));
        person.browser.at = served.address();
        let asked = person.tries_again().await;
        assert!(asked.is_none(), "{place}");
        served.has_aborted();
        served.start("");
        person.browser.at = served.address();
        let written = usize::from(place == "after_commit");
        assert_eq!(logins(&served, &person), before + written, "{place}");
        let page = person.comes_again().await;
        assert!(granted(&page), "{place}: {}", page.unlike("no answer"));
        assert_eq!(sessions_of(&served, "alice"), [session.as_str()], "{place}");
    }
    served.tell("audit verify");
}

/// The browser holds a cookie that may be good for nothing: what took its place was written down, and never sent.
#[actix_web::test]
async fn ft_01_a_process_that_is_gone_between_a_renewal_and_its_answer_locks_nobody_out() {
    let mut served = Served::configured(own_factor);
    served.start("");
    let mut renewed = 0;
    // The attempt is counted first; then the proof is written down, and with it the session's next cookie.
    for place in PLACES {
        for commit in [1, 2] {
            let name = format!("{place}-{commit}");
            let (mut person, session) = known(&served, &name).await;
            let form = is_asked_for_a_code(&mut person, 0).await;
            let before = logins(&served, &person);
            served.kill();
            served.start(&format!("{place}=abort@{commit}"));
            person.browser.at = served.address();
            assert!(person.browser.submit(&form).await.is_err(), "{name}");
            served.has_aborted();
            served.start("");
            person.browser.at = served.address();
            assert_eq!(sessions_of(&served, &name), [session.as_str()], "{name}");
            if logins(&served, &person) == before {
                // Nothing was decided: the old cookie is good, and so is the code.
                let page = person.browser.submit(&form).await.unwrap();
                assert!(granted(&page), "{name}: {}", page.unlike("no answer"));
            } else {
                renewed += 1;
                let again = person.browser.submit(&form).await.unwrap();
                assert!(again.status < 500 && !granted(&again), "{name}");
                comes_by_the_first_door(&mut person).await;
            }
            assert_eq!(sessions_of(&served, &name), [session], "{name}: it goes on");
            // From here on as ever.
            let form = is_asked_for_a_code(&mut person, 2).await;
            let page = person.browser.submit(&form).await.unwrap();
            assert!(granted(&page), "{name}: {}", page.unlike("no answer"));
        }
    }
    assert_eq!(renewed, 1, "one of the places is behind the renewal");
    served.tell("audit verify");
}

/// Nobody knows them here: the identity provider is asked, and the next code.
async fn comes_by_the_first_door(person: &mut Person) {
    let sent = person.comes_again().await;
    let answer = Asked::by(&sent).answered(&person.name, "staff", idp_key());
    let page = person.browser.brings(answer).await.unwrap();
    let page = person.takes_backup_way(&page).await;
    let form = typed(&page, &person.codes[1]);
    let page = person.browser.submit(&form).await.unwrap();
    assert!(granted(&page), "{}", page.unlike("no answer"));
}

/// PostgreSQL loses a process to SIGKILL, and starts itself anew (its manual, `restart_after_crash`): every connection
/// breaks, and what was committed is recovered.
fn restarts(cluster: &Postgres, url: &str) {
    let theirs = "SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() LIMIT 1";
    let pid = cluster.sql(url, theirs).unwrap();
    let killed = Command::new("kill").args(["-KILL", pid.trim()]).status();
    assert!(killed.unwrap().success());
}

/// Tries again for as long as they are told to.
async fn persists(person: &mut Person, form: &Form) -> Page {
    loop {
        let page = person.browser.submit(form).await.unwrap();
        if page.status != 503 {
            return page;
        }
        is_told_to_try_later(&page);
        until_ready(person, 200).await;
    }
}

#[actix_web::test]
async fn ft_03_a_database_that_starts_anew_in_the_middle_keeps_sessions_and_logins() {
    let cluster = Postgres::start().unwrap();
    let url = cluster.create_database().unwrap();
    let mut served = Served::configured(|usual| {
        let text = own_factor(usual).replace("sqlite:vestibule.db", &url);
        format!("{text}secrets: {{ master_key_file: master.key }}\n")
    });
    served.start("");
    let (mut person, session) = known(&served, "alice").await;
    let form = is_asked_for_a_code(&mut person, 0).await;
    restarts(&cluster, &url);
    let page = persists(&mut person, &form).await;
    if !granted(&page) {
        // A step of a login does not wait for the disk (decision 8): where it was lost, they come once more from the
        // application. The session was not, and the code was not used.
        assert_eq!(page.texts("h1"), ["This sign-in is not known"]);
        let form = is_asked_for_a_code(&mut person, 0).await;
        let page = persists(&mut person, &form).await;
        assert!(granted(&page), "{}", page.unlike("no answer"));
    }
    // What was answered is there after the next one: the session, under the cookie that the browser was given.
    restarts(&cluster, &url);
    until_ready(&mut person, 200).await;
    let form = is_asked_for_a_code(&mut person, 1).await;
    assert!(granted(&persists(&mut person, &form).await));
    assert_eq!(sessions_of(&served, "alice"), [session]);
    served.tell("audit verify");
}
