//! Who is known in a browser is asked for what is missing, and for nothing else (attack rows SO-09, MF-06).

use chrono::TimeDelta;
use vestibule_core::{
    id::AppId,
    port::*,
    routing::{RouteCondition, RouteRule, Routing, Target},
    session::SingleSignOn,
};
use vestibule_engine::{Shown, Visitor};

use super::{JIRA, WIKI};
use crate::support::*;

#[tokio::test]
async fn a_second_application_is_reached_without_a_door() {
    let house = House::build().await;
    let (_, alice) = house.known("alice", browser(1)).await;
    let before = house.reasons().await.len();
    let outcome = house.arrive(WIKI, alice.visitor).await;
    assert!(matches!(&outcome, Ok(Shown::Answer(..))), "{outcome:?}");
    assert_eq!(answer(outcome, "amr").as_deref(), Some("mfa otp pwd"));
    let mut reasons = house.reasons().await;
    let written = reasons.split_off(before);
    assert_eq!(written, ["Login:single_sign_on"], "one record");
    let id = house.session_of(&alice).await.unwrap().id();
    assert_eq!(house.taking_part(id).await, ["jira", "wiki"]);
    assert_eq!(house.meets(JIRA, &alice).await, Met::In, "and again");
}

/// Nobody comes back to such a login, so nothing is kept of it.
#[tokio::test]
async fn a_login_that_is_over_at_once_leaves_no_row() {
    let house = House::build().await;
    let (_, alice) = house.known("alice", browser(1)).await;
    let in_a_quarter = || house.clock.now() + TimeDelta::minutes(16);
    house.store.clear_expired(in_a_quarter()).await.unwrap();
    house.meets(WIKI, &alice).await;
    let cleared = house.store.clear_expired(in_a_quarter()).await;
    assert_eq!(cleared.unwrap(), 0);
    // The control: one that waits for its answer is kept.
    house.meets("app=wiki&id=r9&force=1", &alice).await;
    let cleared = house.store.clear_expired(in_a_quarter()).await;
    assert_eq!(cleared.unwrap(), 1);
}

#[tokio::test]
async fn an_application_may_want_its_own_factor_or_both_doors() {
    for (takes, expected) in [
        (SingleSignOn::Shared, Met::In),
        (SingleSignOn::OwnFactor, Met::Code),
        (SingleSignOn::Off, Met::Anew),
    ] {
        let house = House::taking("jira", takes).await;
        let (secret, _) = house.enrolled("alice", browser(1)).await;
        let alice = house.at_account("alice", &secret, browser(1)).await;
        // Each time, and not only the first.
        for _ in 0..2 {
            assert_eq!(house.meets(JIRA, &alice).await, expected, "{takes:?}");
        }
    }
}

#[tokio::test]
async fn a_factor_that_was_passed_for_one_login_does_not_count_for_the_next_where_each_has_its_own()
{
    let house = House::taking("wiki", SingleSignOn::OwnFactor).await;
    let (secret, alice) = house.known("alice", browser(1)).await;
    let page = screen(house.arrive(WIKI, alice.visitor).await);
    let alice = house.passes(&page, &secret, alice.visitor).await;
    assert_eq!(house.meets(WIKI, &alice).await, Met::Code);
    assert_eq!(
        house.meets(JIRA, &alice).await,
        Met::In,
        "elsewhere it does"
    );
}

#[tokio::test]
async fn who_came_without_a_factor_is_asked_for_it_alone_where_it_is_needed() {
    for query in [WIKI, "app=jira&id=r8&demand=second_factor"] {
        let house = House::build().await;
        let (secret, bob) = house.known_by_one_door(browser(1)).await;
        let id = house.session_of(&bob).await.unwrap().id();
        let page = screen(house.arrive(query, bob.visitor).await);
        let bob = house.passes(&page, &secret, bob.visitor).await;
        let session = house.session_of(&bob).await.unwrap();
        assert_eq!(session.id(), id, "the session goes on");
        assert_eq!(session.evidence().len(), 1);
        assert_eq!(house.meets(query, &bob).await, Met::In);
    }
    // The control: in the office an application that does not insist lets them in.
    let house = House::build().await;
    let (_, bob) = house.known_by_one_door(browser(1)).await;
    assert_eq!(
        met(house.arrive(WIKI, in_office(bob.visitor)).await),
        Met::In
    );
}

#[tokio::test]
async fn a_session_counts_for_whom_and_what_it_is_asked_for() {
    let house = House::build().await;
    let (_, alice) = house.known("alice", browser(1)).await;
    house.clock.forward(90);
    for (more, expected) in [
        ("", Met::In),
        ("&max_age=600", Met::In),
        ("&max_age=120", Met::In),
        ("&max_age=119", Met::Anew),
        ("&max_age=0", Met::Anew),
        ("&hint=alice", Met::In),
        ("&hint=Alice@ACME.example", Met::In),
        ("&hint=bob@acme.example", Met::FirstDoor),
        ("&hint=ALICE", Met::FirstDoor),
        ("&force=1", Met::Anew),
        ("&demand=second_factor", Met::In),
        ("&demand=other", Met::Refused("authn_context_unmet".into())),
    ] {
        let query = format!("{JIRA}{more}");
        assert_eq!(house.meets(&query, &alice).await, expected, "{more}");
    }
}

/// Where routing would not lead a person to the upstream that they came by, that one's word does not count.
#[tokio::test]
async fn a_session_of_an_upstream_that_an_application_is_not_led_to_does_not_count() {
    let house = House::with(|parts| {
        let rule = |apps: &[&str], to| RouteRule {
            when: RouteCondition {
                apps: apps.iter().map(|app| AppId::new(*app).unwrap()).collect(),
                ..RouteCondition::default()
            },
            to: Target::Upstream(upstream(to)),
        };
        parts.routing = Routing::new(vec![rule(&["wiki"], "other"), rule(&[], "adfs")]);
    })
    .await;
    let (_, alice) = house.known("alice", browser(1)).await;
    assert_eq!(house.meets(WIKI, &alice).await, Met::FirstDoor);
    assert_eq!(house.meets(JIRA, &alice).await, Met::In);
}

#[tokio::test]
async fn so_09_where_nothing_may_be_asked_only_who_is_known_with_enough_gets_in() {
    let house = House::taking("wiki", SingleSignOn::OwnFactor).await;
    let (_, alice) = house.known("alice", browser(1)).await;
    let nobody = SignedIn::with(alice.token.clone(), browser(2));
    let refused = |why: &str| Met::Refused(why.into());
    for (query, who, expected) in [
        ("app=jira&id=r8&passive=1", &alice, Met::In),
        ("app=wiki&id=r9&passive=1", &alice, refused("interaction")),
        ("app=wiki&id=r9&passive=1", &nobody, refused("passive")),
        (
            "app=wiki&id=r9&passive=1&force=1",
            &alice,
            refused("passive"),
        ),
        (
            "app=wiki&id=r9&passive=1&max_age=0",
            &alice,
            refused("passive"),
        ),
        // The upstream may know them, and is asked without a page.
        ("app=jira&id=r8&passive=1", &nobody, Met::FirstDoor),
        ("app=jira&id=r8&passive=1&force=1", &alice, Met::Anew),
    ] {
        assert_eq!(house.meets(query, who).await, expected, "{query}");
    }
}

#[tokio::test]
async fn mf_06_another_person_in_the_same_browser_takes_nothing_over() {
    let house = House::build().await;
    let (_, alice) = house.known("alice", browser(1)).await;
    let (secret, _) = house.enrolled("bob", browser(2)).await;
    let before = house.session_of(&alice).await.unwrap().id();
    let sent = house
        .arrive("app=jira&id=r8&hint=bob@acme.example", alice.visitor)
        .await;
    let handle = handle_of(&sent.unwrap());
    let page = screen(house.come_back(&handle, "subject=bob", alice.visitor).await);
    assert_eq!(met(Ok(Shown::Screen(Box::new(page.clone())))), Met::Code);
    let bob = house.passes(&page, &secret, alice.visitor).await;
    let session = house.session_of(&bob).await.unwrap();
    assert_ne!(session.id(), before);
    assert_eq!(session.person().id.name(), "bob");
    assert_eq!(house.meets(JIRA, &alice).await, Met::FirstDoor);
    let reached = answer(house.arrive(WIKI, bob.visitor).await, "person");
    assert_eq!(reached.as_deref(), Some("adfs/bob"));
}

/// A request that comes as a cross-site POST brings no cookie; the browser comes back with both.
#[tokio::test]
async fn a_request_that_came_without_cookies_goes_on_from_the_session() {
    let house = House::build().await;
    let (_, alice) = house.known("alice", browser(1)).await;
    let cross_site = Visitor {
        browser: None,
        session: None,
        ..alice.visitor
    };
    let sent = house.arrive(WIKI, cross_site).await.unwrap();
    let Shown::Onward(page) = sent else {
        panic!("{sent:?}")
    };
    assert_eq!(met(house.engine.show(&page, alice.visitor).await), Met::In);
    // Once: the login is over.
    let again = house.engine.show(&page, alice.visitor).await;
    assert!(matches!(&again, Ok(Shown::Screen(_))), "{again:?}");
}
