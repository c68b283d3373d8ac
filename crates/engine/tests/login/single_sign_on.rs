//! The second application: who is known in a browser is asked for what is missing, and for nothing else (attack rows
//! SO-08, SO-09, SO-12, SO-17, MF-06, WA-02).

use std::time::Duration;

use chrono::TimeDelta;
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    id::AppId,
    identity::PersonId,
    policy::{FirstEnrolment, Kinds, Policy, Rule, Verdict},
    port::*,
    routing::{RouteCondition, RouteRule, Routing, Target},
    session::SingleSignOn,
};
use vestibule_engine::{Act, Shown, Visitor};

use crate::support::*;

const JIRA: &str = "app=jira&id=r8";
const WIKI: &str = "app=wiki&id=r9";

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

#[tokio::test]
async fn so_12_two_tabs_at_once_both_get_in() {
    let house = House::build().await;
    let (_, alice) = house.known("alice", browser(1)).await;
    let tabs = tokio::join!(
        house.arrive(JIRA, alice.visitor),
        house.arrive(WIKI, alice.visitor),
        house.arrive(WIKI, alice.visitor),
    );
    for tab in [tabs.0, tabs.1, tabs.2] {
        assert_eq!(met(tab), Met::In);
    }
    let id = house.session_of(&alice).await.unwrap().id();
    assert_eq!(house.taking_part(id).await, ["jira", "wiki"]);
}

/// Both tabs came from one session, and the answer in the first one gave it another key.
#[tokio::test]
async fn so_12_two_tabs_that_ask_for_a_factor_both_get_in_one_after_the_other() {
    let house = House::build().await;
    let (secret, bob) = house.known_by_one_door(browser(1)).await;
    let id = house.session_of(&bob).await.unwrap().id();
    let jira = screen(house.arrive(JIRA, bob.visitor).await);
    let wiki = screen(house.arrive(WIKI, bob.visitor).await);
    let first = house.passes(&jira, &secret, bob.visitor).await;
    let second = house.passes(&wiki, &secret, first.visitor).await;
    assert_eq!(house.session_of(&second).await.unwrap().id(), id);
    assert_eq!(house.taking_part(id).await, ["jira", "wiki"]);
    assert_eq!(house.meets(JIRA, &second).await, Met::In);
}

/// Two first logins in one browser: whichever is second goes on with the session of the first.
#[tokio::test]
async fn so_12_two_first_logins_at_once_share_one_session() {
    let house = House::build().await;
    let (secret, codes) = house.enrolled("alice", browser(1)).await;
    let jira = house.at_code("alice", browser(2)).await;
    let sent = house.arrive(WIKI, browser(2)).await;
    let choice = screen(sent);
    let sent = house
        .act(&choice, Act::Upstream(upstream("adfs")), browser(2))
        .await;
    let wiki = screen(
        house
            .come_back(&handle_of(&sent.unwrap()), "subject=alice", browser(2))
            .await,
    );
    let other = Act::AnotherWay(kind("backup_code"));
    let wiki = screen(house.act(&wiki, other, browser(2)).await);
    // Neither request has a session's cookie: both were sent before one came.
    let (one, two) = tokio::join!(
        house.act(&jira, Act::Code(house.code(&secret)), browser(2)),
        house.act(&wiki, Act::Code(codes[0].clone().into()), browser(2)),
    );
    let mut tokens = Vec::new();
    for (outcome, page) in [(one, jira), (two, wiki)] {
        let token = match outcome {
            Ok(Shown::SignedIn(token, ..)) => token,
            // It was overtaken, and shows its page again; nothing was used up.
            Ok(Shown::Onward(_)) => {
                let visitor = browser(2);
                let shown = screen(house.engine.show(&page.handle, visitor).await);
                house.clock.forward(30);
                let code = Act::Code(house.code(&secret));
                let way = Act::AnotherWay(kind("totp"));
                let shown = screen(house.act(&shown, way, visitor).await);
                token_of(house.act(&shown, code, visitor).await)
            }
            other => panic!("{other:?}"),
        };
        tokens.push(token);
    }
    let mut ids = Vec::new();
    for token in &tokens {
        let session = house.store.session(token.key()).await.unwrap();
        ids.extend(session.map(|session| session.id()));
    }
    // The later of the two tokens is the session's.
    assert_eq!(ids.len(), 1);
    assert_eq!(house.taking_part(ids[0]).await, ["jira", "wiki"]);
}

fn administration(house: &House) -> AuditRecord {
    let now = house.clock.now();
    AuditRecord::new(now, AuditEvent::Administration, AuditResult::Success)
}

/// What ends everything that a person has proved.
#[derive(Debug, Clone, Copy)]
enum End {
    Disabled,
    FactorReset,
    PasswordSet,
    Revoked,
    SignedOut,
}

async fn end(house: &House, by: End) {
    let alice = PersonId::new(upstream("adfs"), "alice");
    match by {
        End::Disabled => {
            for disabled in [true, false] {
                let done = house
                    .store
                    .set_disabled(&alice, disabled, administration(house));
                done.await.unwrap();
            }
        }
        End::FactorReset => {
            let factors = house.factors("alice").await;
            let gone = factors
                .iter()
                .map(|one| EnrolmentChange::Remove(alice.clone(), one.id));
            house.revoke("alice", gone.collect()).await;
        }
        End::PasswordSet => {
            let account = LocalAccount {
                upstream: upstream("adfs"),
                username: "alice".into(),
                password_hash: "a hash".into(),
                mail: None,
                display_name: None,
                given_name: None,
                family_name: None,
                groups: vec![],
                disabled: false,
            };
            house
                .store
                .put_account(account, administration(house))
                .await
                .unwrap();
        }
        End::Revoked => house.revoke("alice", vec![]).await,
        End::SignedOut => {
            let all = house.store.sessions(Some(&alice), None, 9).await.unwrap();
            let ids = all.iter().map(|session| session.id()).collect();
            let commit = Commit {
                session: Some(SessionChange::End {
                    ids,
                    at: house.clock.now(),
                }),
                ..Commit::default()
            };
            house.store.commit(commit).await.unwrap();
        }
    }
}

const ENDS: [End; 5] = [
    End::Disabled,
    End::FactorReset,
    End::PasswordSet,
    End::Revoked,
    End::SignedOut,
];

#[tokio::test]
async fn so_17_after_an_end_nothing_of_a_session_counts() {
    for by in ENDS {
        let house = House::taking("wiki", SingleSignOn::OwnFactor).await;
        let (secret, alice) = house.known("alice", browser(1)).await;
        // A login from the session, which stands between the doors.
        let standing = screen(house.arrive(WIKI, alice.visitor).await);
        assert_eq!(
            met(Ok(Shown::Screen(Box::new(standing.clone())))),
            Met::Code
        );
        house.clock.forward(1);
        end(&house, by).await;
        assert_eq!(house.meets(JIRA, &alice).await, Met::FirstDoor, "{by:?}");
        let code = Act::Code(house.code(&secret));
        let late = house.act(&standing, code, alice.visitor).await;
        // It begins anew: which upstream shall it be?
        let choice = screen(late);
        assert_eq!(
            met(Ok(Shown::Screen(Box::new(choice.clone())))),
            Met::Choice,
            "{by:?}"
        );
        let way = Act::Upstream(upstream("adfs"));
        assert_eq!(
            met(house.act(&choice, way, alice.visitor).await),
            Met::Anew,
            "{by:?}"
        );
    }
}

/// A login of its own, which began before the end: it stood between the doors, or at the one before.
#[tokio::test]
async fn so_17_a_login_that_stood_between_the_doors_begins_anew() {
    let ends = [
        None,
        Some(End::Disabled),
        Some(End::FactorReset),
        Some(End::PasswordSet),
        Some(End::Revoked),
    ];
    for by in ends {
        let house = House::build().await;
        let (secret, _) = house.enrolled("alice", browser(1)).await;
        let standing = house.at_code("alice", browser(2)).await;
        // And one of which the answer came, and was not looked at yet.
        let handle = handle_of(&house.arrive(JIRA, browser(3)).await.unwrap());
        let callback = Callback {
            query: format!("handle={handle}&subject=alice"),
            form: None,
        };
        let parked = house
            .engine
            .callback(&upstream("adfs"), callback, browser(3))
            .await
            .unwrap();
        let Shown::Onward(parked) = parked else {
            panic!("{parked:?}")
        };
        house.clock.forward(1);
        if let Some(by) = by {
            end(&house, by).await;
        }
        let code = Act::Code(house.code(&secret));
        let late = met(house.act(&standing, code, browser(2)).await);
        let shown = met(house.engine.show(&parked, browser(3)).await);
        let expected = match by {
            None => (Met::In, Met::Code),
            Some(_) => (Met::Anew, Met::Anew),
        };
        assert_eq!((late, shown), expected, "{by:?}");
    }
}

/// Who was setting up their first factor when everything was reset has set up none: it could be the thief.
#[tokio::test]
async fn so_17_mf_40_no_factor_is_set_up_on_what_counts_no_more() {
    for by in [None, Some(End::Revoked), Some(End::PasswordSet)] {
        let house = House::build().await;
        let page = house.at_code("alice", browser(1)).await;
        let vestibule_engine::Ask::ScanSecret { secret, .. } = page.ask.clone() else {
            panic!("{page:?}")
        };
        house.clock.forward(1);
        if let Some(by) = by {
            end(&house, by).await;
        }
        let code = Act::Code(house.code(&secret));
        let outcome = house.act(&page, code, browser(1)).await;
        let factors = house.factors("alice").await.len();
        match by {
            None => assert_eq!(factors, 1, "{outcome:?}"),
            Some(_) => {
                assert_eq!((met(outcome), factors), (Met::Anew, 0), "{by:?}");
                assert!(house.notices.0.lock().unwrap().is_empty(), "{by:?}");
            }
        }
    }
}

/// A node on which the end has not been seen when it looks is held up by the transaction.
#[tokio::test]
async fn so_17_an_end_between_the_look_and_the_commit_is_seen() {
    let house = House::build().await;
    let (_, alice) = house.known("alice", browser(1)).await;
    // Whichever comes first, they are in before it, or stand before the first door.
    for round in 0..20 {
        let (outcome, ()) = tokio::join!(house.arrive(WIKI, alice.visitor), async {
            tokio::time::sleep(Duration::from_micros(round * 50)).await;
            end(&house, End::SignedOut).await;
        });
        match outcome {
            Ok(Shown::Onward(page)) => {
                let shown = met(house.engine.show(&page, alice.visitor).await);
                assert_eq!(shown, Met::Choice);
            }
            outcome => assert!(matches!(met(outcome), Met::In | Met::Choice)),
        }
        assert_eq!(house.meets(JIRA, &alice).await, Met::FirstDoor);
    }
}
