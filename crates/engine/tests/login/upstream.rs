//! Messages of applications and answers of upstreams (attack rows SI-62, SI-66, SI-86, SO-01).

use vestibule_core::port::*;
use vestibule_engine::{ProblemKind, Shown};

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
