//! Logouts that an upstream tells us of: what ends, where, and what nobody ends by another upstream's name (attack rows
//! SR, OI-2xx, WA-02).

use vestibule_core::{logout::call::Room, port::*};
use vestibule_engine::{ProblemKind, Shown};

use crate::support::*;

async fn calling_house() -> House {
    House::with(|parts| {
        parts.upstreams = ["adfs", "other"]
            .map(|name| (upstream(name), calling(name)))
            .into();
    })
    .await
}

async fn is_over(house: &House, signed_in: &SignedIn) -> bool {
    let session = house.store.session(signed_in.token.key()).await.unwrap();
    session.is_none()
}

async fn called_by_us(house: &House) -> Vec<String> {
    let calls = house
        .store
        .take_calls(house.clock.now(), &Room::new(99, 99))
        .await
        .unwrap();
    calls
        .iter()
        .map(|call| call.participation.app.to_string())
        .collect()
}

fn code<T>(outcome: Result<T, Box<vestibule_engine::Problem>>) -> Option<&'static str> {
    outcome.err().map(|problem| problem.code)
}

#[tokio::test]
async fn oi_2xx_the_sessions_that_are_named_end_in_every_browser_and_their_applications_are_called()
{
    let house = calling_house().await;
    let desk = house
        .in_at("alice&session=s-1", &["jira", "called"], browser(1))
        .await;
    let phone = house
        .in_at("alice&session=s-2", &["jira"], browser(2))
        .await;
    let bob = house.in_at("bob&session=s-3", &["jira"], browser(3)).await;
    // One session.
    house
        .is_called("adfs", "subject=alice&sessions=s-1&id=1")
        .await
        .unwrap();
    assert!(is_over(&house, &desk).await);
    assert!(!is_over(&house, &phone).await);
    assert_eq!(called_by_us(&house).await, ["called", "jira"]);
    // All of a person.
    house.is_called("adfs", "subject=alice&id=2").await.unwrap();
    assert!(is_over(&house, &phone).await);
    assert!(!is_over(&house, &bob).await);
    // One session, of whomever.
    house.is_called("adfs", "sessions=s-3&id=3").await.unwrap();
    assert!(is_over(&house, &bob).await);
}

#[tokio::test]
async fn oi_2xx_nothing_ends_by_what_is_forged_replayed_or_anothers() {
    let house = calling_house().await;
    let alice = house
        .in_at("alice&session=s-1", &["jira"], browser(1))
        .await;
    let rows = [
        (
            "a forged one",
            "adfs",
            "forged=1&subject=alice&id=1",
            Some("signature_missing"),
        ),
        (
            "another upstream, by person",
            "other",
            "subject=alice&id=2",
            None,
        ),
        (
            "another upstream, by session",
            "other",
            "sessions=s-1&id=3",
            None,
        ),
        ("another person", "adfs", "subject=bob&id=4", None),
        (
            "another person, her session",
            "adfs",
            "subject=bob&sessions=s-1&id=5",
            None,
        ),
        (
            "another session of hers",
            "adfs",
            "subject=alice&sessions=s-9&id=6",
            None,
        ),
        (
            "her name in another scope",
            "adfs",
            "subject=alice&scope=x&id=7",
            None,
        ),
        ("nobody", "adfs", "id=8", None),
        (
            "a message that was used",
            "adfs",
            "subject=alice&id=4",
            Some("logout_request_replayed"),
        ),
        (
            "no upstream",
            "nobody",
            "subject=alice&id=9",
            Some("upstream_unknown"),
        ),
    ];
    for (name, upstream, said, expect) in rows {
        assert_eq!(
            code(house.is_called(upstream, said).await),
            expect,
            "{name}"
        );
        assert!(!is_over(&house, &alice).await, "{name}");
    }
    // benign control
    house
        .is_called("adfs", "subject=alice&sessions=s-1&id=10")
        .await
        .unwrap();
    assert!(is_over(&house, &alice).await);
}

#[tokio::test]
async fn a_person_of_two_upstreams_is_two_people() {
    let house = calling_house().await;
    let here = house.in_at("alice&session=s", &["jira"], browser(1)).await;
    house
        .is_called("other", "subject=alice&sessions=s&id=1")
        .await
        .unwrap();
    assert!(!is_over(&house, &here).await);
    house
        .is_called("adfs", "subject=alice&sessions=s&id=1")
        .await
        .unwrap();
    assert!(
        is_over(&house, &here).await,
        "marks of two upstreams never meet"
    );
}

#[tokio::test]
async fn who_says_so_in_the_wrong_way_is_not_heard() {
    let calling = calling_house().await;
    let brought = calling
        .is_brought("adfs", "subject=alice&id=1", browser(1))
        .await;
    assert_eq!(code(brought), Some("upstream_unknown"));
    let house = House::build().await;
    let called = house.is_called("adfs", "subject=alice&id=1").await;
    assert_eq!(code(called), Some("upstream_unknown"));
}

#[tokio::test]
async fn a_browser_brings_it_the_applications_are_told_and_the_upstream_is_answered_last() {
    let house = House::build().await;
    let alice = house
        .in_at("alice&session=s-1", &["jira", "wiki"], browser(1))
        .await;
    let phone = house
        .in_at("alice&session=s-1", &["jira"], browser(2))
        .await;
    let said = "subject=alice&sessions=s-1&id=1&reply=q1";
    let heard = house.is_brought("adfs", said, alice.visitor).await;
    assert!(
        matches!(heard, Ok(Shown::LogoutAt { forgets: true, .. })),
        "{heard:?}"
    );
    assert!(is_over(&house, &alice).await && is_over(&house, &phone).await);
    let mut at = house.follows(heard, alice.visitor).await;
    for app in ["jira", "wiki"] {
        let (host, handle) = leaves_with(&at, "handle");
        assert_eq!(host, format!("{app}.example"));
        let answer = format!("app={app}&to={}", handle.unwrap());
        let heard = house.hears(&answer, alice.visitor).await;
        at = house.follows(heard, alice.visitor).await;
    }
    assert_eq!(
        leaves_with(&at, "complete"),
        ("adfs.example".to_owned(), Some("true".to_owned()))
    );
    assert_eq!(leaves_with(&at, "answers").1.as_deref(), Some("q1"));
}

#[tokio::test]
async fn an_application_that_refuses_or_another_browser_makes_the_answer_partial() {
    let house = House::build().await;
    let alice = house
        .in_at("alice&session=s-1", &["jira"], browser(1))
        .await;
    let heard = house
        .is_brought("adfs", "subject=alice&id=1&reply=q1", alice.visitor)
        .await;
    let at = house.follows(heard, alice.visitor).await;
    let (_, handle) = leaves_with(&at, "handle");
    let answer = format!("app=jira&to={}&heard=refused", handle.unwrap());
    let heard = house.hears(&answer, alice.visitor).await;
    let at = house.follows(heard, alice.visitor).await;
    assert_eq!(leaves_with(&at, "complete").1.as_deref(), Some("false"));
    // The message comes in a browser that is not the session's: nobody leads that one to the applications.
    let bob = house.in_at("bob&session=s-2", &["jira"], browser(2)).await;
    let heard = house
        .is_brought("adfs", "subject=bob&id=2&reply=q2", browser(3))
        .await;
    assert!(is_over(&house, &bob).await);
    let at = house.follows(heard, browser(3)).await;
    assert_eq!(leaves_with(&at, "complete").1.as_deref(), Some("false"));
}

#[tokio::test]
async fn who_is_unknown_is_answered_as_one_who_is_signed_out() {
    let house = House::build().await;
    let said = "subject=mallory&id=1&reply=q1";
    let heard = house.is_brought("adfs", said, browser(1)).await;
    assert_eq!(leaves_with(&heard, "complete").1.as_deref(), Some("true"));
    let again = house.is_brought("adfs", said, browser(1)).await;
    assert_eq!(code(again), Some("logout_request_replayed"));
    let forged = house
        .is_brought("adfs", "forged=1&subject=x&id=2", browser(1))
        .await;
    let problem = forged.unwrap_err();
    assert_eq!(
        (problem.kind, problem.code),
        (ProblemKind::LogoutRejected, "signature_missing")
    );
}

#[tokio::test]
async fn what_ends_at_one_node_is_over_at_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("db").display());
    let store = patient_store(&url).await;
    let build = || {
        House::on(store.clone(), |parts| {
            parts.upstreams = [(upstream("adfs"), calling("adfs"))].into();
        })
    };
    let (here, there) = (build(), build());
    let alice = here.in_at("alice&session=s-1", &["jira"], browser(1)).await;
    let known = |house: Result<Shown, _>| matches!(house, Ok(Shown::Answer(..)));
    let visitor = vestibule_engine::Visitor {
        session: Some(alice.token.key()),
        ..alice.visitor
    };
    assert!(known(there.arrive("app=wiki&id=r5", visitor).await));
    there.is_called("adfs", "sessions=s-1&id=1").await.unwrap();
    assert!(!known(here.arrive("app=wiki&id=r6", visitor).await));
    // The message counted there, so it does not count here.
    let again = here.is_called("adfs", "sessions=s-1&id=1").await;
    assert_eq!(code(again), Some("logout_request_replayed"));
}

#[tokio::test]
async fn a_session_ends_no_later_than_that_of_its_upstream() {
    let house = House::build().await;
    let alice = house.in_at("alice&ends=600", &["jira"], browser(1)).await;
    let lasts = |house: Result<Shown, _>| matches!(house, Ok(Shown::Answer(..)));
    house.clock.forward(599);
    assert!(lasts(house.arrive("app=wiki&id=r2", alice.visitor).await));
    house.clock.forward(1);
    assert!(!lasts(house.arrive("app=wiki&id=r3", alice.visitor).await));
}

#[tokio::test]
async fn what_an_upstream_ended_is_written_down() {
    let house = calling_house().await;
    let alice = house
        .in_at("alice&session=s-1", &["jira"], browser(1))
        .await;
    let session = house.store.session(alice.token.key()).await.unwrap();
    let session = session.unwrap().id().to_string();
    house.is_called("adfs", "sessions=s-1&id=1").await.unwrap();
    house.is_called("adfs", "sessions=s-1&id=2").await.unwrap();
    let all = AuditFilter {
        most: 99,
        ..AuditFilter::default()
    };
    let records = house.store.entries(&all).await.unwrap();
    let of_logout: Vec<_> = records
        .iter()
        .map(|entry| &entry.record)
        .filter(|record| record.event == vestibule_core::audit::AuditEvent::Logout)
        .map(|record| {
            let (reason, detail) = (record.reason.as_str(), record.detail.as_deref());
            (reason, record.person.is_some(), detail)
        })
        .collect();
    let mut sorted = of_logout;
    sorted.sort_unstable();
    assert_eq!(
        sorted,
        [
            ("logout_no_session", false, None),
            ("session_ended", true, Some(&*session))
        ]
    );
}
