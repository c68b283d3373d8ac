//! Messages of applications and answers of upstreams (attack rows SI-62, SI-66, SI-76, SI-86, SO-01).

use std::sync::Arc;

use vestibule_core::port::*;
use vestibule_engine::{ProblemKind, Shown, Visitor};

use crate::support::*;

#[tokio::test]
async fn si_62_an_assertion_counts_once_whatever_login_it_is_brought_to() {
    let house = House::build().await;
    let one = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let two = handle_of(&house.arrive("app=jira&id=r2", browser(2)).await.unwrap());
    assert!(
        house
            .come_back(&one, "subject=alice&id=_a1", browser(1))
            .await
            .is_ok()
    );
    let problem = house
        .come_back(&two, "subject=alice&id=_a1", browser(2))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "already_used");
    assert!(
        house
            .reasons()
            .await
            .contains(&"Upstream:already_used".to_owned())
    );
    // The login was not moved on: a fresh answer still finishes it.
    assert!(
        house
            .come_back(&two, "subject=alice&id=_a2", browser(2))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn si_66_an_answer_counts_only_for_the_upstream_that_was_asked() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let callback = Callback {
        query: format!("handle={handle}&subject=alice"),
        form: None,
    };
    let problem = house
        .engine
        .callback(&upstream("other"), callback, browser(1))
        .await
        .unwrap_err();
    assert_eq!(problem.kind, ProblemKind::UnknownLogin);
    assert!(
        house
            .come_back(&handle, "subject=alice", browser(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn si_86_a_victim_is_not_logged_in_by_a_forwarded_answer() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    // The attacker's answer, posted in the victim's browser.
    let callback = Callback {
        query: format!("handle={handle}&subject=mallory"),
        form: None,
    };
    let Ok(Shown::Onward(page)) = house
        .engine
        .callback(&upstream("adfs"), callback, browser(2))
        .await
    else {
        panic!()
    };
    assert_eq!(
        house.engine.show(&page, browser(2)).await.unwrap_err().kind,
        ProblemKind::OtherBrowser
    );
}

#[tokio::test]
async fn a_rejected_answer_leaves_the_login_open_and_is_written_down() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let problem = house
        .come_back(&handle, "forged=1", browser(1))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "signature_missing");
    assert!(
        house
            .reasons()
            .await
            .contains(&"Upstream:signature_missing".to_owned())
    );
    assert!(
        house
            .come_back(&handle, "subject=alice", browser(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn so_01_a_rejected_request_sends_nothing_anywhere() {
    let house = House::build().await;
    let problem = house.arrive("app=evil", browser(1)).await.unwrap_err();
    assert_eq!(
        (problem.kind, problem.handle),
        (ProblemKind::RequestRejected, None)
    );
    assert!(
        house
            .reasons()
            .await
            .contains(&"Request:app_unknown".to_owned())
    );
}

/// A browser that is not behind the address of the others.
fn elsewhere(number: u8) -> Visitor {
    Visitor {
        address: Some("203.0.113.99".parse().unwrap()),
        ..browser(number)
    }
}

#[tokio::test]
async fn si_76_a_source_has_twenty_refused_answers_a_minute_and_good_ones_cost_nothing() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    // benign control: an office at nine o'clock, none of whom is counted
    for number in 10..40 {
        let answer = format!("subject=person{number}");
        assert!(house.log_in(&answer, browser(number)).await.is_ok());
    }
    for _ in 0..20 {
        let problem = house
            .come_back(&handle, "forged=1", browser(1))
            .await
            .unwrap_err();
        assert_eq!(problem.code, "signature_missing");
    }
    // From now on nothing can be told of an answer, whether it is good or bad.
    for answer in ["forged=1", "subject=alice"] {
        let problem = house
            .come_back(&handle, answer, browser(1))
            .await
            .unwrap_err();
        assert_eq!(problem.code, "answers_wait", "{answer}");
        let kind = ProblemKind::TooManyRefused {
            upstream: "ADFS".to_owned(),
        };
        assert_eq!(problem.kind, kind);
        assert!(problem.handle.is_some(), "the login can go on later");
    }
    assert!(house.log_in("subject=bob", elsewhere(2)).await.is_ok());
    house.clock.forward(60);
    assert!(
        house
            .come_back(&handle, "subject=alice", browser(1))
            .await
            .is_ok()
    );
}

/// Answers that are all judged before the first of them is counted tell no more than those that come one by one.
#[tokio::test]
async fn si_76_fifty_at_once_learn_of_twenty() {
    let house = Arc::new(House::build().await);
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    let mut brought = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (house, handle) = (Arc::clone(&house), handle.clone());
        brought.spawn(async move { house.come_back(&handle, "forged=1", browser(1)).await });
    }
    let told = brought.join_all().await.into_iter();
    let judged = told.filter(|outcome| {
        outcome
            .as_ref()
            .is_err_and(|problem| problem.code == "signature_missing")
    });
    let judged = judged.count();
    assert_eq!(judged, 20);
}

/// Whoever goes on during the wait does not fill the log: of what is not judged, no more is written down than of other
/// refused messages.
#[tokio::test]
async fn si_76_what_is_not_judged_does_not_fill_the_log() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    for _ in 0..300 {
        assert!(
            house
                .come_back(&handle, "forged=1", browser(1))
                .await
                .is_err()
        );
    }
    let reasons = house.reasons().await;
    let written = |reason: &str| reasons.iter().filter(|written| *written == reason).count();
    assert_eq!(written("Upstream:signature_missing"), 20);
    let waits = written("Upstream:answers_wait");
    // The time that the test takes allows some more than 60.
    assert!((60..120).contains(&waits), "{waits}");
}

/// That an upstream says no, or is down, is not held against those who bring the news.
#[tokio::test]
async fn si_76_a_refusal_of_the_upstream_itself_is_not_counted() {
    let house = House::build().await;
    let handle = handle_of(&house.arrive("app=jira&id=r1", browser(1)).await.unwrap());
    for _ in 0..30 {
        let problem = house
            .come_back(&handle, "refused=1", browser(1))
            .await
            .unwrap_err();
        assert_eq!(problem.code, "upstream_denied");
    }
    assert!(
        house
            .come_back(&handle, "subject=alice", browser(1))
            .await
            .is_ok()
    );
}
