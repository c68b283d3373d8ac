//! How long what was proved counts, in which browser, and under which cookie (attack rows SO-08, WA-02).

use chrono::TimeDelta;
use vestibule_core::{
    policy::{FirstEnrolment, Kinds, Policy, Rule, Verdict},
    port::*,
    session::SingleSignOn,
};
use vestibule_engine::{Shown, Visitor};

use super::{JIRA, WIKI};
use crate::support::*;

#[tokio::test]
async fn a_rule_says_how_old_a_factor_may_be() {
    let house = House::with(|parts| {
        let kinds = Kinds::new(parts.factors.values().map(|factor| factor.traits().clone()));
        let rule = Rule {
            name: "Everyone".into(),
            when: None,
            then: Verdict::Require {
                factors: vec![kind("totp"), kind("backup_code")],
                first_enrolment: FirstEnrolment::Inline,
                max_age: Some(TimeDelta::minutes(5)),
                accepts_upstream: false,
            },
        };
        parts.policy = Policy::new(vec![rule], &kinds).unwrap();
    })
    .await;
    let (secret, alice) = house.known("alice", browser(1)).await;
    house.clock.forward(4 * 60);
    assert_eq!(house.meets(WIKI, &alice).await, Met::In);
    house.clock.forward(60);
    // Only the factor: the first door is not asked of them.
    let page = screen(house.arrive(WIKI, alice.visitor).await);
    assert_eq!(met(Ok(Shown::Screen(Box::new(page.clone())))), Met::Code);
    let alice = house.passes(&page, &secret, alice.visitor).await;
    assert_eq!(house.meets(JIRA, &alice).await, Met::In);
}

/// SAML core 3.4.1: the upstream is asked to authenticate anew, and so is the factor.
#[tokio::test]
async fn so_08_who_must_come_anew_passes_both_doors() {
    let house = House::build().await;
    let (secret, alice) = house.known("alice", browser(1)).await;
    let id = house.session_of(&alice).await.unwrap().id();
    house.clock.forward(600);
    let sent = house.arrive("app=jira&id=r8&force=1", alice.visitor).await;
    assert_eq!(met(sent), Met::Anew);
    let sent = house.arrive("app=jira&id=r8&force=1", alice.visitor).await;
    let handle = handle_of(&sent.unwrap());
    let page = screen(
        house
            .come_back(&handle, "subject=alice", alice.visitor)
            .await,
    );
    assert_eq!(met(Ok(Shown::Screen(Box::new(page.clone())))), Met::Code);
    let alice = house.passes(&page, &secret, alice.visitor).await;
    let session = house.session_of(&alice).await.unwrap();
    assert_eq!(session.id(), id, "its applications stay in it");
    assert_eq!(
        house.meets("app=wiki&id=r9&max_age=60", &alice).await,
        Met::In
    );
}

#[tokio::test]
async fn wa_02_a_token_counts_in_its_browser_and_for_its_time() {
    let house = House::build().await;
    let (secret, alice) = house.known("alice", browser(1)).await;
    let elsewhere = SignedIn::with(alice.token.clone(), browser(2));
    assert_eq!(house.meets(JIRA, &elsewhere).await, Met::FirstDoor);
    let without_the_other = Visitor {
        browser: None,
        ..alice.visitor
    };
    assert!(matches!(
        house.arrive(JIRA, without_the_other).await,
        Ok(Shown::Onward(_))
    ));
    // Each use is one, and twelve hours are the end.
    for hours in 1..=12 {
        house.clock.forward(59 * 60);
        assert_eq!(house.meets(JIRA, &alice).await, Met::In, "{hours}");
    }
    house.clock.forward(12 * 60);
    assert_eq!(house.meets(JIRA, &alice).await, Met::FirstDoor);
    // An hour without a use.
    let alice = house.signs_in("alice", &secret, alice.visitor).await;
    house.clock.forward(59 * 60);
    assert_eq!(house.meets(JIRA, &alice).await, Met::In);
    house.clock.forward(60 * 60);
    assert_eq!(house.meets(JIRA, &alice).await, Met::FirstDoor);
}

#[tokio::test]
async fn wa_02_with_each_proof_the_token_changes_and_the_old_one_is_good_for_nothing() {
    let house = House::taking("wiki", SingleSignOn::OwnFactor).await;
    let (secret, first) = house.known("alice", browser(1)).await;
    let page = screen(house.arrive(WIKI, first.visitor).await);
    let second = house.passes(&page, &secret, first.visitor).await;
    assert_ne!(first.token, second.token);
    assert_eq!(house.meets(JIRA, &first).await, Met::FirstDoor);
    assert_eq!(house.meets(JIRA, &second).await, Met::In);
    let third = house.signs_in("alice", &secret, browser(1)).await;
    assert_eq!(house.meets(JIRA, &second).await, Met::FirstDoor);
    assert_eq!(house.meets(JIRA, &third).await, Met::In);
}

/// What was proved in a session is not taken over by who has its browser and not its token.
#[tokio::test]
async fn wa_02_who_shows_no_token_brings_nothing_into_the_session() {
    let house = House::build().await;
    let (_, alice) = house.known("alice", browser(1)).await;
    let id = house.session_of(&alice).await.unwrap().id();
    for (shown, pieces) in [(false, 0), (true, 1)] {
        let house = House::build().await;
        let (secret, _) = house.enrolled("bob", browser(1)).await;
        let bob = house.signs_in("bob", &secret, browser(1)).await;
        let visitor = if shown { bob.visitor } else { browser(1) };
        let sent = house
            .arrive("app=jira&id=r8&force=1", in_office(visitor))
            .await;
        let handle = handle_of(&sent.unwrap());
        let back = "subject=bob&groups=staff";
        let token = token_of(house.come_back(&handle, back, in_office(visitor)).await);
        let session = house.store.session(token.key()).await.unwrap().unwrap();
        assert_eq!(session.evidence().len(), pieces, "shown: {shown}");
        assert_ne!(session.id(), id);
        assert_eq!(house.taking_part(session.id()).await, ["jira"]);
    }
}

/// Who comes back after lunch goes on with their session: their applications are not told of an end that is none.
#[tokio::test]
async fn who_comes_by_the_first_door_again_keeps_their_applications() {
    let house = House::build().await;
    let (secret, alice) = house.known("alice", browser(1)).await;
    house.meets(WIKI, &alice).await;
    let id = house.session_of(&alice).await.unwrap().id();
    house.clock.forward(2 * 60 * 60);
    assert_eq!(house.meets(JIRA, &alice).await, Met::FirstDoor);
    let again = house.signs_in("alice", &secret, alice.visitor).await;
    let session = house.session_of(&again).await.unwrap();
    assert_eq!(session.id(), id);
    assert_eq!(house.taking_part(id).await, ["jira", "wiki"]);
    // What the old one remembered counts no more: it was over.
    assert_eq!(session.evidence().len(), 1);
    assert!(session.started_at() > house.clock.now() - TimeDelta::minutes(1));
}
