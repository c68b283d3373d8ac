//! The way of a login, and how it ends.

use vestibule_core::{id::AnswerId, port::*, request::Refusal};
use vestibule_engine::{Act, Ask, ProblemKind, Shown, Visitor};

use crate::support::*;

#[tokio::test]
async fn the_first_login_sets_up_an_app_and_codes_and_the_second_asks_for_a_code() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
    assert!(
        matches!(
            &page.ask,
            Ask::Code {
                digits: Some(6),
                other_ways: true,
                ..
            }
        ),
        "{page:?}"
    );
    let outcome = house
        .act(&page, Act::Code(house.code(&secret)), browser(1))
        .await;
    assert_eq!(answer(outcome, "amr").as_deref(), Some("mfa otp pwd"));
}

#[tokio::test]
async fn a_login_writes_two_records_and_their_chain_holds() {
    let house = House::build().await;
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let before = house.reasons().await.len();
    let page = house.at_code("alice", browser(1)).await;
    assert!(is_granted(
        &house
            .act(&page, Act::Code(house.code(&secret)), browser(1))
            .await
    ));
    assert_eq!(house.reasons().await.len() - before, 2);
    assert_eq!(house.store.verify_chain().await.unwrap().fault, None);
}

#[tokio::test]
async fn a_rule_may_skip_the_factor_and_the_answer_tells_the_truth() {
    let house = House::build().await;
    let office = Visitor {
        address: Some("203.0.113.5".parse().unwrap()),
        ..browser(1)
    };
    let outcome = house.log_in("subject=bob&groups=staff", office).await;
    assert_eq!(answer(outcome, "amr").as_deref(), Some("pwd"));
}

#[tokio::test]
async fn mf_49_a_network_rule_does_not_hold_for_an_unknown_address() {
    let house = House::build().await;
    for address in [None, Some("198.51.100.7".parse().unwrap())] {
        let outcome = house
            .log_in(
                "subject=bob&groups=staff",
                Visitor {
                    address,
                    ..browser(1)
                },
            )
            .await;
        assert!(matches!(screen(outcome).ask, Ask::ScanSecret { .. }));
    }
}

#[tokio::test]
async fn a_denied_person_reads_so_and_the_application_is_told_when_they_go_back() {
    let house = House::build().await;
    let page = screen(
        house
            .log_in("subject=carol&groups=leavers", browser(1))
            .await,
    );
    assert_eq!(page.ask, Ask::Refused(Refusal::Denied));
    let again = house.engine.show(&page.handle, browser(1)).await;
    assert_eq!(screen(again).ask, Ask::Refused(Refusal::Denied));
    let outcome = house
        .engine
        .act(&page.handle, None, Act::Return, browser(1))
        .await;
    assert_eq!(answer(outcome, "refused").as_deref(), Some("denied"));
    assert!(house.reasons().await.contains(&"Login:denied".to_owned()));
}

#[tokio::test]
async fn so_09_a_passive_request_is_refused_without_a_page() {
    let house = House::build().await;
    let handle = handle_of(
        &house
            .arrive("app=jira&id=r1&passive=1", browser(1))
            .await
            .unwrap(),
    );
    let outcome = house.come_back(&handle, "subject=alice", browser(1)).await;
    assert_eq!(answer(outcome, "refused").as_deref(), Some("interaction"));
}

#[tokio::test]
async fn a_person_may_choose_and_choose_again() {
    let house = House::build().await;
    let page = screen(house.arrive("app=wiki&id=r1", browser(1)).await);
    assert!(matches!(&page.ask, Ask::ChooseUpstream(choices) if choices.len() == 2));
    let first = handle_of(
        &house
            .act(&page, Act::Upstream(upstream("other")), browser(1))
            .await
            .unwrap(),
    );
    let second = handle_of(
        &house
            .act(&page, Act::Upstream(upstream("adfs")), browser(1))
            .await
            .unwrap(),
    );
    // The first upstream's answer comes late: another one is asked now.
    let late = Callback {
        query: format!("handle={first}&subject=alice"),
        form: None,
    };
    let problem = house
        .engine
        .callback(&upstream("other"), late, browser(1))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "upstream_mismatch");
    assert!(
        house
            .come_back(&second, "subject=alice", browser(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_post_without_a_cookie_opens_a_login_that_the_returning_browser_owns() {
    let house = House::build().await;
    let posted = Visitor {
        browser: None,
        ..browser(1)
    };
    let Ok(Shown::Onward(page)) = house.arrive("app=jira&id=r1", posted).await else {
        panic!()
    };
    assert!(matches!(
        house.engine.show(&page, browser(1)).await,
        Ok(Shown::ToUpstream(..))
    ));
    assert_eq!(
        house.engine.show(&page, browser(2)).await.unwrap_err().kind,
        ProblemKind::OtherBrowser
    );
}

#[tokio::test]
async fn an_expired_login_says_so() {
    let house = House::build().await;
    house.enrolled("alice", browser(1)).await;
    let page = house.at_code("alice", browser(1)).await;
    house.clock.forward(15 * 60);
    assert_eq!(
        house
            .engine
            .show(&page.handle, browser(1))
            .await
            .unwrap_err()
            .kind,
        ProblemKind::Expired
    );
    let outcome = house
        .act(&page, Act::Code("123456".into()), browser(1))
        .await;
    assert_eq!(outcome.unwrap_err().kind, ProblemKind::Expired);
}

/// What an application insists on is held against what was granted, and it is told; policy alone says what is asked.
#[tokio::test]
async fn so_11_an_application_that_asks_for_more_is_told_so() {
    let house = House::build().await;
    let office = Visitor {
        address: Some("203.0.113.5".parse().unwrap()),
        ..browser(1)
    };
    let log_in = async |demand: &str, subject: &str, visitor| {
        let arrived = house
            .arrive(&format!("app=jira&id=r1&demand={demand}"), visitor)
            .await;
        house
            .come_back(&handle_of(&arrived.unwrap()), subject, visitor)
            .await
    };
    // Whom a rule lets pass without a second factor is asked for one after all, by the rule that knows which.
    let staff = "subject=bob&groups=staff";
    let page = screen(log_in("second_factor", staff, office).await);
    assert!(matches!(page.ask, Ask::ScanSecret { .. }), "{page:?}");
    // benign control: without the demand the rule holds
    let arrived = house.arrive("app=jira&id=r1", office).await.unwrap();
    let outcome = house.come_back(&handle_of(&arrived), staff, office).await;
    assert_eq!(answer(outcome, "amr").as_deref(), Some("pwd"));
    // What nobody can prove is refused before anybody is asked.
    let outcome = house
        .arrive("app=jira&id=r2&demand=smart_card", browser(1))
        .await;
    assert_eq!(
        answer(outcome, "refused").as_deref(),
        Some("authn_context_unmet")
    );
    // benign control: with a second factor the same demand is met
    let (secret, _) = house.enrolled("alice", browser(1)).await;
    let page = screen(log_in("second_factor", "subject=alice", browser(1)).await);
    let outcome = house
        .act(&page, Act::Code(house.code(&secret)), browser(1))
        .await;
    assert_eq!(answer(outcome, "amr").as_deref(), Some("mfa otp pwd"));
}

/// What costs one unsigned GET leaves no row behind, and of a flood only the first records.
#[tokio::test]
async fn wa_21_so_09_so_11_who_is_refused_at_once_fills_neither_the_store_nor_the_audit_log() {
    const FLOOD: usize = 150;
    let house = House::build().await;
    let asked = [
        ("app=jira&demand=smart_card", "authn_context_unmet"),
        ("app=wiki&passive=1", "passive"),
    ];
    for (number, (query, why)) in asked.into_iter().enumerate() {
        let source = |last: usize| Visitor {
            address: format!("203.0.113.{last}").parse().ok(),
            ..browser(1)
        };
        for _ in 0..FLOOD {
            let outcome = house.arrive(query, source(number)).await;
            assert_eq!(answer(outcome, "refused").as_deref(), Some(why));
        }
        let told = |reasons: Vec<String>| reasons.iter().filter(|one| one.ends_with(why)).count();
        let written = told(house.reasons().await);
        assert!((1..FLOOD).contains(&written), "{written} of {FLOOD}: {why}");
        // Of another source the record is written.
        assert!(house.arrive(query, source(100)).await.is_ok());
        assert_eq!(told(house.reasons().await), written + 1, "{why}");
    }
    // benign control: what waits for an answer is stored
    assert!(house.arrive("app=jira&id=r1", browser(1)).await.is_ok());
    house.clock.forward(60 * 60);
    let cleared = house.store.clear_expired(house.clock.now()).await.unwrap();
    assert_eq!(cleared, 1, "a row of each login that is over");
}

/// A cross-site POST is stored until its browser comes with a cookie: it is no way round that either.
#[tokio::test]
async fn wa_21_so_09_what_was_posted_and_is_refused_at_once_fills_no_audit_log() {
    const FLOOD: usize = 150;
    let house = House::build().await;
    let source = Visitor {
        address: "203.0.113.1".parse().ok(),
        ..browser(1)
    };
    let posted = Visitor {
        browser: None,
        ..source
    };
    for _ in 0..FLOOD {
        let Ok(Shown::Onward(page)) = house.arrive("app=wiki&passive=1", posted).await else {
            panic!("a cross-site POST is sent onward")
        };
        let outcome = house.engine.show(&page, source).await;
        assert_eq!(answer(outcome, "refused").as_deref(), Some("passive"));
    }
    let written = house.reasons().await.len();
    assert!((1..FLOOD).contains(&written), "{written} of {FLOOD}");
}

/// What was issued is told from what was forged: the record of the grant has its id, and no other record has.
#[tokio::test]
async fn so_19_the_record_of_a_grant_names_what_was_issued() {
    let house = House::build().await;
    let office = Visitor {
        address: Some("203.0.113.5".parse().unwrap()),
        ..browser(1)
    };
    let mut issued = std::collections::BTreeSet::new();
    for subject in ["bob", "carol", "bob"] {
        let said = format!("subject={subject}&groups=staff");
        let outcome = house.log_in(&said, office).await;
        let id = answer(outcome, "answer").unwrap();
        let of_it = AuditFilter {
            answer: AnswerId::parse(&id),
            most: 10,
            ..AuditFilter::default()
        };
        let found = house.store.entries(&of_it).await.unwrap();
        let [entry] = found.as_slice() else {
            panic!("{found:?}")
        };
        let person = entry.record.person.as_ref().unwrap().to_string();
        assert_eq!(person, format!("adfs/{subject}"));
        assert!(issued.insert(id), "an id that was used before");
    }
    let forged = AuditFilter {
        answer: Some(AnswerId::from_bytes([0xee; 16])),
        most: 10,
        ..AuditFilter::default()
    };
    assert!(house.store.entries(&forged).await.unwrap().is_empty());
}
