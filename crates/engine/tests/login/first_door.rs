//! Logouts that go on to the upstream: when, in which order, and whose answer counts (attack rows SR, MF-04, WA-01,
//! WA-02).

use vestibule_core::{
    logout::{FirstDoorState, Onward},
    port::*,
};
use vestibule_engine::{FirstDoorShown, LogoutAct, LogoutAsk, ProblemKind, Shown, UpstreamPart};

use crate::support::*;

async fn house(onward: Onward) -> House {
    House::with(|parts| {
        for name in ["adfs", "other"] {
            let part = UpstreamPart {
                onward,
                ..part(name)
            };
            parts.upstreams.insert(upstream(name), part);
        }
    })
    .await
}

async fn in_with(house: &House, apps: &[&str], number: u8) -> SignedIn {
    house
        .in_at("alice&session=s-1&known_by=n-1", apps, browser(number))
        .await
}

/// By the button of the account page, up to the first page or address.
async fn signs_out(house: &House, signed_in: &SignedIn) -> Outcome {
    let form = house.form_of(signed_in.token.key());
    let out = house.engine.sign_out(Some(&form), signed_in.visitor).await;
    assert!(
        matches!(out, Ok(Shown::LogoutAt { forgets: true, .. })),
        "{out:?}"
    );
    house.follows(out, signed_in.visitor).await
}

/// The one application answers, and the logout goes on.
async fn past_jira(house: &House, at: Outcome, signed_in: &SignedIn) -> Outcome {
    let (host, handle) = leaves_with(&at, "handle");
    assert_eq!(host, "jira.example");
    let answer = format!("app=jira&to={}", handle.unwrap());
    let heard = house.hears(&answer, signed_in.visitor).await;
    house.follows(heard, signed_in.visitor).await
}

/// The handle that the browser carries to the upstream.
fn carried(outcome: &Outcome) -> String {
    let (host, handle) = leaves_with(outcome, "handle");
    assert_eq!(host, "adfs.example");
    assert_eq!(leaves_with(outcome, "known_by").1.as_deref(), Some("n-1"));
    handle.unwrap()
}

/// The browser brings this answer of an upstream.
async fn back(
    house: &House,
    name: &str,
    said: &str,
    visitor: vestibule_engine::Visitor,
) -> Outcome {
    let outcome = house.is_brought(name, said, visitor).await;
    house.follows(outcome, visitor).await
}

fn there(outcome: Outcome) -> Option<FirstDoorState> {
    match logout_screen(outcome).ask {
        LogoutAsk::Over { first_door, .. } => first_door.map(|FirstDoorShown { state, .. }| state),
        other => panic!("the end was expected, not {other:?}"),
    }
}

fn reasons_of_upstream(reasons: Vec<String>) -> Vec<String> {
    let upstream = |reason: &String| reason.starts_with("Logout:upstream_logout");
    reasons.into_iter().filter(upstream).collect()
}

#[tokio::test]
async fn always_the_upstream_is_told_after_the_applications_and_before_whoever_asked() {
    for (said, complete, state, reason) in [
        (
            "",
            "true",
            FirstDoorState::Confirmed,
            "upstream_logout_complete",
        ),
        (
            "&heard=partly",
            "false",
            FirstDoorState::Partly,
            "upstream_logout_partial",
        ),
        (
            "&heard=refused",
            "false",
            FirstDoorState::Refused,
            "upstream_logout_refused",
        ),
    ] {
        let house = house(Onward::Always).await;
        let alice = in_with(&house, &["jira", "wiki"], 1).await;
        let name = house.session_name(&alice).await;
        let ask = format!("app=jira&sessions={name}&id=1&reply=q1");
        let heard = house.hears(&ask, alice.visitor).await;
        let Ok(Shown::LogoutAt { handle: page, .. }) = &heard else {
            panic!("{heard:?}")
        };
        let page = page.clone();
        let at = house.follows(heard, alice.visitor).await;
        let (host, wiki) = leaves_with(&at, "handle");
        assert_eq!(host, "wiki.example");
        let heard = house
            .hears(&format!("app=wiki&to={}", wiki.unwrap()), alice.visitor)
            .await;
        let at = house.follows(heard, alice.visitor).await;
        let answer = format!("to={}{said}", carried(&at));
        let at = back(&house, "adfs", &answer, alice.visitor).await;
        assert_eq!(leaves_with(&at, "answers").1.as_deref(), Some("q1"));
        assert_eq!(leaves_with(&at, "complete").1.as_deref(), Some(complete));
        let over = house.engine.show_logout(&page, alice.visitor).await;
        assert_eq!(there(over), Some(state));
        let reasons = reasons_of_upstream(house.reasons().await);
        assert_eq!(reasons, [format!("Logout:{reason}")]);
    }
}

#[tokio::test]
async fn an_upstream_that_keeps_silent_or_cannot_be_told_holds_nobody_up() {
    // Silent: half a minute, or a press of the button.
    for by_button in [false, true] {
        let house = house(Onward::Always).await;
        let alice = in_with(&house, &["jira"], 1).await;
        let name = house.session_name(&alice).await;
        let ask = format!("app=jira&sessions={name}&id=1&reply=q1");
        let heard = house.hears(&ask, alice.visitor).await;
        let Ok(Shown::LogoutAt { handle: page, .. }) = &heard else {
            panic!("{heard:?}")
        };
        let page = page.clone();
        let late = carried(&house.follows(heard, alice.visitor).await);
        let waiting = logout_screen(house.engine.show_logout(&page, alice.visitor).await);
        assert_eq!(waiting.ask, LogoutAsk::Wait { app: "ADFS".into() });
        let at = if by_button {
            let act = LogoutAct::Continue;
            let done = house
                .engine
                .act_on_logout(&page, Some(waiting.step), act, alice.visitor)
                .await;
            house.follows(done, alice.visitor).await
        } else {
            house.clock.forward(30);
            house.engine.show_logout(&page, alice.visitor).await
        };
        assert_eq!(leaves_with(&at, "complete").1.as_deref(), Some("false"));
        let reasons = reasons_of_upstream(house.reasons().await);
        assert_eq!(reasons, ["Logout:upstream_logout_unanswered"]);
        let late = house
            .is_brought("adfs", &format!("to={late}"), alice.visitor)
            .await;
        assert_eq!(late.unwrap_err().code, "logout_answer_unexpected");
    }
    // It cannot be told: no address, no key; or nothing is known of its session.
    for (known_by, code) in [
        ("&known_by=mute", "logout_unregistered"),
        ("", "logout_session_unknown"),
    ] {
        let house = house(Onward::Always).await;
        let subject = format!("alice&session=s-1{known_by}");
        let alice = house.in_at(&subject, &["jira"], browser(1)).await;
        let name = house.session_name(&alice).await;
        let ask = format!("app=jira&sessions={name}&id=1&reply=q1");
        let heard = house.hears(&ask, alice.visitor).await;
        let at = house.follows(heard, alice.visitor).await;
        assert_eq!(
            leaves_with(&at, "complete").1.as_deref(),
            Some("false"),
            "{code}"
        );
        let reasons = house.reasons().await;
        assert!(reasons.contains(&format!("Logout:{code}")), "{reasons:?}");
    }
}

#[tokio::test]
async fn wa_01_offered_it_is_the_persons_own_press_of_a_button_in_their_browser() {
    let house = house(Onward::Offered).await;
    let alice = in_with(&house, &[], 1).await;
    let screen = logout_screen(past_jira(&house, signs_out(&house, &alice).await, &alice).await);
    assert_eq!(
        there(Ok(Shown::Logout(Box::new(screen.clone())))),
        Some(FirstDoorState::Offered)
    );
    let press = async |step, visitor| {
        let act = LogoutAct::Onward;
        house
            .engine
            .act_on_logout(&screen.handle, step, act, visitor)
            .await
    };
    // In another browser, and with a form of another step: nobody leaves.
    let elsewhere = press(Some(screen.step), browser(2)).await;
    assert_eq!(kind_of(elsewhere), ProblemKind::LogoutElsewhere);
    for step in [None, Some(screen.step - 1)] {
        let stale = press(step, alice.visitor).await;
        let stale = house.follows(stale, alice.visitor).await;
        assert_eq!(there(stale), Some(FirstDoorState::Offered));
    }
    let leaves = press(Some(screen.step), alice.visitor).await;
    let leaves = house.follows(leaves, alice.visitor).await;
    let answer = format!("to={}", carried(&leaves));
    let over = back(&house, "adfs", &answer, alice.visitor).await;
    assert_eq!(there(over), Some(FirstDoorState::Confirmed));
    // Once.
    let again = press(Some(screen.step), alice.visitor).await;
    assert_eq!(
        there(house.follows(again, alice.visitor).await),
        Some(FirstDoorState::Confirmed)
    );
}

#[tokio::test]
async fn offered_an_application_that_waits_is_answered_at_once() {
    let house = house(Onward::Offered).await;
    let alice = in_with(&house, &["jira"], 1).await;
    let name = house.session_name(&alice).await;
    let ask = format!("app=jira&sessions={name}&id=1&reply=q1");
    let heard = house.hears(&ask, alice.visitor).await;
    let at = house.follows(heard, alice.visitor).await;
    assert_eq!(leaves_with(&at, "complete").1.as_deref(), Some("true"));
    // One that wants no answer leaves the person on our page.
    let alice = in_with(&house, &["jira"], 1).await;
    let name = house.session_name(&alice).await;
    let ask = format!("app=jira&sessions={name}&id=2");
    let heard = house.hears(&ask, alice.visitor).await;
    let over = house.follows(heard, alice.visitor).await;
    assert_eq!(there(over), Some(FirstDoorState::Offered));
}

#[tokio::test]
async fn without_it_the_person_is_told_that_the_upstream_may_know_them() {
    let house = house(Onward::None).await;
    let alice = in_with(&house, &[], 1).await;
    let screen = logout_screen(past_jira(&house, signs_out(&house, &alice).await, &alice).await);
    let pressed = house
        .engine
        .act_on_logout(
            &screen.handle,
            Some(screen.step),
            LogoutAct::Onward,
            alice.visitor,
        )
        .await;
    let over = house.follows(pressed, alice.visitor).await;
    assert_eq!(there(over), Some(FirstDoorState::Left));
    assert_eq!(reasons_of_upstream(house.reasons().await), [""; 0]);
}

#[tokio::test]
async fn what_cannot_work_is_not_offered() {
    let house = House::with(|parts| {
        parts.upstreams = [(upstream("adfs"), calling("adfs"))].into();
    })
    .await;
    let alice = in_with(&house, &[], 1).await;
    let over = past_jira(&house, signs_out(&house, &alice).await, &alice).await;
    assert_eq!(there(over), Some(FirstDoorState::Left));
}

#[tokio::test]
async fn what_came_from_the_upstream_does_not_go_back_to_it() {
    for onward in [Onward::Always, Onward::Offered, Onward::None] {
        let house = house(onward).await;
        let alice = in_with(&house, &[], 1).await;
        let said = "subject=alice&sessions=s-1&id=1";
        let heard = house.is_brought("adfs", said, alice.visitor).await;
        let at = house.follows(heard, alice.visitor).await;
        let over = past_jira(&house, at, &alice).await;
        assert_eq!(there(over), None, "{onward:?}");
    }
}

#[tokio::test]
async fn wa_02_in_another_browser_than_the_sessions_nobody_is_led_to_the_upstream() {
    for (onward, complete) in [(Onward::Always, "false"), (Onward::Offered, "true")] {
        let house = house(onward).await;
        let alice = in_with(&house, &["jira"], 1).await;
        let name = house.session_name(&alice).await;
        let ask = format!("app=jira&sessions={name}&id=1&reply=q1");
        let heard = house.hears(&ask, browser(7)).await;
        let at = house.follows(heard, browser(7)).await;
        assert_eq!(leaves_with(&at, "complete").1.as_deref(), Some(complete));
    }
}

#[tokio::test]
async fn mf_04_an_answer_counts_for_the_request_that_it_answers_and_from_who_was_asked() {
    let house = house(Onward::Always).await;
    let alice = in_with(&house, &["jira"], 1).await;
    let at = signs_out(&house, &alice).await;
    let (_, app) = leaves_with(&at, "handle");
    let app = app.unwrap();
    // Nobody was sent to the upstream yet, and a handle for an application is none for it.
    for said in [format!("to={app}"), "to=".into(), "to=unsolicited".into()] {
        let refused = house.is_brought("adfs", &said, alice.visitor).await;
        assert_eq!(
            refused.unwrap_err().code,
            "logout_answer_unexpected",
            "{said}"
        );
    }
    let heard = house
        .hears(&format!("app=jira&to={app}"), alice.visitor)
        .await;
    let handle = carried(&house.follows(heard, alice.visitor).await);
    let refused = house
        .is_brought("other", &format!("to={handle}"), alice.visitor)
        .await;
    assert_eq!(refused.unwrap_err().code, "logout_answer_unexpected");
    let forged = format!("forged=1&to={handle}");
    let refused = house.is_brought("adfs", &forged, alice.visitor).await;
    assert_eq!(refused.unwrap_err().code, "signature_missing");
    let as_application = house
        .hears(&format!("app=jira&to={handle}"), alice.visitor)
        .await;
    assert_eq!(as_application.unwrap_err().code, "logout_answer_unexpected");
    // What is not signed counts in the browser of the logout only.
    let unsigned = format!("to={handle}&unsigned=1");
    for visitor in [
        browser(2),
        vestibule_engine::Visitor {
            browser: None,
            ..alice.visitor
        },
    ] {
        let refused = house.is_brought("adfs", &unsigned, visitor).await;
        assert_eq!(kind_of(refused), ProblemKind::LogoutElsewhere);
    }
    // The benign control, once.
    let over = back(&house, "adfs", &unsigned, alice.visitor).await;
    assert_eq!(there(over), Some(FirstDoorState::Confirmed));
    let twice = house.is_brought("adfs", &unsigned, alice.visitor).await;
    assert_eq!(twice.unwrap_err().code, "logout_answer_unexpected");
}

#[tokio::test]
async fn what_is_written_down_of_the_end_names_the_upstream() {
    let house = house(Onward::Offered).await;
    let alice = in_with(&house, &[], 1).await;
    logout_screen(past_jira(&house, signs_out(&house, &alice).await, &alice).await);
    let all = AuditFilter {
        most: 99,
        ..AuditFilter::default()
    };
    let records = house.store.entries(&all).await.unwrap();
    let details: Vec<_> = records
        .iter()
        .filter(|entry| entry.record.reason == "logout_complete")
        .filter_map(|entry| entry.record.detail.clone())
        .collect();
    let [detail] = details.as_slice() else {
        panic!("{details:?}")
    };
    assert_eq!(detail, "jira: confirmed, upstream adfs: the person decides");
}
