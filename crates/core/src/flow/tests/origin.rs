//! Where a login goes on whose browser has a session.

use super::*;
use crate::{
    fixture::{BROWSER, evidence, login, session},
    session::{Limits, Live, SingleSignOn},
};

/// A live session that began at the beginning.
fn live(now: i64) -> Live {
    let began = session(vec![evidence(1, "totp", 0)], 0);
    began
        .used(at(now))
        .live(BROWSER, Limits::USUAL, at(now))
        .unwrap()
}

fn asking(change: impl FnOnce(&mut AuthnRequest)) -> Login {
    let mut request = request(false);
    change(&mut request);
    login(request).bind(BROWSER).unwrap()
}

/// Where it went: by a session, to the first door, or to that one anew.
#[derive(Debug, PartialEq, Eq)]
enum Went {
    Anew,
    FirstDoor,
    Session,
}

fn went(login: &Login) -> Went {
    match (login.session(), login.request().force_authn) {
        (Some(origin), _) => {
            assert_eq!(origin.id, session(vec![], 0).id());
            assert!(login.person().is_some());
            Went::Session
        }
        (None, true) => Went::Anew,
        (None, false) => Went::FirstDoor,
    }
}

#[test]
fn a_session_leads_between_the_doors_where_it_is_taken() {
    let plain = |_: &mut AuthnRequest| {};
    let forced = |request: &mut AuthnRequest| request.force_authn = true;
    let young = |request: &mut AuthnRequest| request.max_age = Some(60);
    type Ask = fn(&mut AuthnRequest);
    let table: [(Ask, SingleSignOn, i64, Went, Went); 8] = [
        // What is asked, what the application takes, how old the session is: where it goes with it, and without.
        (
            plain,
            SingleSignOn::Shared,
            0,
            Went::Session,
            Went::FirstDoor,
        ),
        (
            plain,
            SingleSignOn::OwnFactor,
            0,
            Went::Session,
            Went::FirstDoor,
        ),
        (plain, SingleSignOn::Off, 0, Went::Anew, Went::Anew),
        (forced, SingleSignOn::Shared, 0, Went::Anew, Went::Anew),
        (young, SingleSignOn::Shared, 60, Went::Session, Went::Anew),
        (young, SingleSignOn::Shared, 61, Went::Anew, Went::Anew),
        (young, SingleSignOn::OwnFactor, 61, Went::Anew, Went::Anew),
        (young, SingleSignOn::Off, 0, Went::Anew, Went::Anew),
    ];
    for (ask, takes, age, with, without) in table {
        let (login, now) = (asking(ask), at(age));
        let shown = login.clone().goes_on(Some(&live(age)), takes, now).unwrap();
        assert_eq!(went(&shown), with, "{takes:?}, {age}");
        let nobody = login.goes_on(None, takes, now).unwrap();
        assert_eq!(went(&nobody), without, "{takes:?}, {age}");
    }
}

#[test]
fn mf_04_a_session_of_another_browser_leads_nowhere() {
    let login = open(false).bind(BrowserKey([3; 32])).unwrap();
    let now = at(0);
    let refused = login.goes_on(Some(&live(0)), SingleSignOn::Shared, now);
    assert_eq!(refused, Err(FlowError::OtherBrowser));
    let between = asking(|_| {}).goes_on(Some(&live(0)), SingleSignOn::Shared, now);
    let twice = between
        .unwrap()
        .goes_on(Some(&live(0)), SingleSignOn::Shared, now);
    assert_eq!(twice, Err(FlowError::OutOfOrder));
}

#[test]
fn whom_an_application_expects_is_one_of_their_names() {
    let mut alice = person("adfs", "alice");
    alice.mail = Some("Alice@acme.example".to_owned());
    for (hint, expected) in [
        (None, true),
        (Some("alice@ACME.example"), true),
        (Some("alice"), true),
        (Some("Alice"), false),
        (Some("bob@acme.example"), false),
        (Some(""), false),
    ] {
        let login = asking(|request| request.login_hint = hint.map(str::to_owned));
        assert_eq!(login.request().expects(&alice), expected, "{hint:?}");
    }
    alice.mail = None;
    let login = asking(|request| request.login_hint = Some("alice@acme.example".to_owned()));
    assert!(!login.request().expects(&alice));
}
