//! Logouts: what ends, who is told, and what nobody can end by a link or a forged message (attack rows SR, OI-220, WA-01,
//! WA-02).

use vestibule_core::{
    audit::AuditEvent,
    logout::call::{Call, Room},
    port::*,
};
use vestibule_engine::{LogoutAct, LogoutAsk, ProblemKind, Shown};

use crate::support::*;

async fn calls(house: &House) -> Vec<String> {
    let now = house.clock.now();
    let calls: Vec<Call> = house
        .store
        .take_calls(now, &Room::new(99, 99))
        .await
        .unwrap();
    calls
        .iter()
        .map(|call| call.participation.app.to_string())
        .collect()
}

async fn is_over(house: &House, signed_in: &SignedIn) -> bool {
    let session = house.store.session(signed_in.token.key()).await.unwrap();
    session.is_none()
}

/// By the button of the account page.
async fn signs_out(house: &House, signed_in: &SignedIn) -> Outcome {
    let key = signed_in.token.key();
    let form = house.form_of(key);
    house.engine.sign_out(Some(&form), signed_in.visitor).await
}

#[tokio::test]
async fn an_application_asks_the_others_are_told_and_it_is_answered_last() {
    let house = House::build().await;
    let alice = house
        .in_at("alice", &["jira", "wiki", "docs"], browser(1))
        .await;
    let name = house.session_name(&alice).await;
    let heard = house
        .hears(
            &format!("app=jira&sessions={name}&id=1&reply=q1"),
            alice.visitor,
        )
        .await;
    assert!(matches!(heard, Ok(Shown::LogoutAt { forgets: true, .. })));
    assert!(is_over(&house, &alice).await, "before anybody is told");
    let mut at = house.follows(heard, alice.visitor).await;
    for app in ["docs", "wiki"] {
        let (host, handle) = leaves_with(&at, "handle");
        assert_eq!(host, format!("{app}.example"));
        assert_eq!(leaves_with(&at, "session").1.unwrap(), name);
        let answer = format!("app={app}&to={}", handle.unwrap());
        at = house
            .follows(house.hears(&answer, alice.visitor).await, alice.visitor)
            .await;
    }
    assert_eq!(
        leaves_with(&at, "answers"),
        ("jira.example".into(), Some("q1".into()))
    );
    assert_eq!(leaves_with(&at, "complete").1.unwrap(), "true");
    let reasons = house.reasons().await;
    for reason in ["Logout:session_ended", "Logout:logout_complete"] {
        assert_eq!(
            reasons.iter().filter(|it| *it == reason).count(),
            1,
            "{reasons:?}"
        );
    }
}

#[tokio::test]
async fn who_refuses_or_keeps_silent_makes_the_answer_partial() {
    for silent in [false, true] {
        let house = House::build().await;
        let alice = house.in_at("alice", &["jira", "wiki"], browser(1)).await;
        let name = house.session_name(&alice).await;
        let ask = format!("app=jira&sessions={name}&id=1&reply=q1");
        let heard = house.hears(&ask, alice.visitor).await;
        let Ok(Shown::LogoutAt { handle, .. }) = &heard else {
            panic!("{heard:?}")
        };
        let page = handle.clone();
        let at = house.follows(heard, alice.visitor).await;
        let (_, told) = leaves_with(&at, "handle");
        let at = if silent {
            // Whoever comes back by the back button is told whom we wait for, and goes on without.
            let waiting = logout_screen(house.engine.show_logout(&page, alice.visitor).await);
            assert_eq!(waiting.ask, LogoutAsk::Wait { app: "WIKI".into() });
            let stale = house
                .engine
                .act_on_logout(
                    &page,
                    Some(waiting.step - 1),
                    LogoutAct::Continue,
                    alice.visitor,
                )
                .await;
            let still = house.follows(stale, alice.visitor).await;
            assert!(matches!(logout_screen(still).ask, LogoutAsk::Wait { .. }));
            let onward = house
                .engine
                .act_on_logout(
                    &page,
                    Some(waiting.step),
                    LogoutAct::Continue,
                    alice.visitor,
                )
                .await;
            house.follows(onward, alice.visitor).await
        } else {
            let answer = format!("app=wiki&to={}&heard=refused", told.unwrap());
            house
                .follows(house.hears(&answer, alice.visitor).await, alice.visitor)
                .await
        };
        assert_eq!(leaves_with(&at, "complete").1.unwrap(), "false");
        let last = told_of(&house, &page, &alice).await;
        let state = if silent { "Silent" } else { "Refused" };
        assert_eq!(last, ["JIRA: Asker".to_owned(), format!("WIKI: {state}")]);
        assert!(
            house
                .reasons()
                .await
                .contains(&"Logout:logout_partial".to_owned())
        );
    }
}

async fn told_of(house: &House, page: &str, signed_in: &SignedIn) -> Vec<String> {
    told(house.engine.show_logout(page, signed_in.visitor).await)
}

#[tokio::test]
async fn an_application_has_half_a_minute_for_its_answer() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira", "wiki"], browser(1)).await;
    let out = signs_out(&house, &alice).await;
    let Ok(Shown::LogoutAt { handle, .. }) = &out else {
        panic!("{out:?}")
    };
    let page = handle.clone();
    let at = house.follows(out, alice.visitor).await;
    assert_eq!(leaves_with(&at, "handle").0, "jira.example");
    house.clock.forward(29);
    let waiting = logout_screen(house.engine.show_logout(&page, alice.visitor).await);
    assert!(matches!(waiting.ask, LogoutAsk::Wait { .. }));
    house.clock.forward(1);
    let next = house.engine.show_logout(&page, alice.visitor).await;
    let (host, handle) = leaves_with(&next, "handle");
    assert_eq!(host, "wiki.example");
    let answer = format!("app=wiki&to={}", handle.unwrap());
    let end = house.hears(&answer, alice.visitor).await;
    let end = told(house.follows(end, alice.visitor).await);
    assert_eq!(end, ["JIRA: Silent", "WIKI: Confirmed"]);
}

#[tokio::test]
async fn each_is_told_in_its_own_way() {
    let house = House::build().await;
    let apps = ["jira", "called", "framed", "mute", "untold"];
    let alice = house.in_at("alice", &apps, browser(1)).await;
    let out = signs_out(&house, &alice).await;
    let framing = house.follows(out, alice.visitor).await;
    let screen = logout_screen(framing);
    let LogoutAsk::Frames { addresses } = &screen.ask else {
        panic!("{screen:?}")
    };
    let hosts: Vec<_> = addresses
        .iter()
        .map(|url| url.host_str().unwrap())
        .collect();
    assert_eq!(hosts, ["framed.example"]);
    let next = house
        .engine
        .show_logout(&screen.handle, alice.visitor)
        .await;
    let (host, handle) = leaves_with(&next, "handle");
    assert_eq!(host, "jira.example");
    let answer = format!("app=jira&to={}", handle.unwrap());
    let end = house.hears(&answer, alice.visitor).await;
    let end = told(house.follows(end, alice.visitor).await);
    assert_eq!(
        end,
        [
            "CALLED: Called",
            "FRAMED: Framed",
            "JIRA: Confirmed",
            "MUTE: Untold",
            "UNTOLD: Untold"
        ]
    );
    assert_eq!(
        calls(&house).await,
        ["called", "framed", "jira", "mute", "untold"]
    );
}

/// What waits in the queue has not arrived: neither page nor audit log says that it has.
#[tokio::test]
async fn who_is_still_to_be_called_is_not_written_down_as_told() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira", "called"], browser(1)).await;
    let session = house.store.session(alice.token.key()).await.unwrap();
    let session = session.unwrap().id().to_string();
    let out = signs_out(&house, &alice).await;
    let at = house.follows(out, alice.visitor).await;
    let (_, handle) = leaves_with(&at, "handle");
    let answer = format!("app=jira&to={}", handle.unwrap());
    let end = house.hears(&answer, alice.visitor).await;
    let end = told(house.follows(end, alice.visitor).await);
    assert_eq!(end, ["CALLED: Called", "JIRA: Confirmed"]);
    let all = AuditFilter {
        most: 99,
        ..AuditFilter::default()
    };
    let records = house.store.entries(&all).await.unwrap();
    let ends: Vec<_> = records
        .iter()
        .map(|entry| &entry.record)
        .filter(|record| record.event == AuditEvent::Logout)
        .map(|record| (&*record.reason, record.detail.as_deref()))
        .collect();
    assert_eq!(
        ends,
        [
            // By this name `logout list` has it, if it is not reached.
            ("session_ended", Some(&*session)),
            (
                "logout_pending",
                Some("called: is being called, jira: confirmed, upstream adfs: not told")
            ),
        ]
    );
}

#[tokio::test]
async fn sr_a_forged_or_replayed_request_and_one_of_another_session_end_nothing() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira", "wiki"], browser(1)).await;
    let bob = house.in_at("bob", &["jira"], browser(2)).await;
    let name = house.session_name(&alice).await;
    let forged = format!("app=jira&sessions={name}&forged=1");
    let refused = house.hears(&forged, alice.visitor).await;
    assert_eq!(kind_of(refused), ProblemKind::LogoutRejected);
    assert!(
        house
            .reasons()
            .await
            .contains(&"Logout:signature_missing".to_owned())
    );
    // A name that is no session of this application, or none at all, ends nothing and is answered as if it had.
    for query in [
        "app=jira&sessions=0123&id=1&reply=q".to_owned(),
        format!("app=docs&sessions={name}&id=2&reply=q"),
    ] {
        let answered = house.hears(&query, bob.visitor).await;
        assert_eq!(
            leaves_with(&answered, "complete").1.unwrap(),
            "true",
            "{query}"
        );
    }
    assert!(!is_over(&house, &alice).await && !is_over(&house, &bob).await);
    // The benign control, which is used up by it.
    let good = format!("app=jira&sessions={name}&id=3&reply=q");
    assert!(house.hears(&good, alice.visitor).await.is_ok());
    assert!(is_over(&house, &alice).await);
    let again = house.in_at("alice", &["jira"], browser(1)).await;
    let replayed = house.hears("app=jira&id=3&reply=q", again.visitor).await;
    assert_eq!(kind_of(replayed), ProblemKind::LogoutRejected);
    assert!(!is_over(&house, &again).await);
    assert!(
        house
            .reasons()
            .await
            .contains(&"Logout:logout_request_replayed".to_owned())
    );
}

#[tokio::test]
async fn sr_an_answer_counts_from_the_application_that_was_asked_and_once() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira", "wiki"], browser(1)).await;
    let out = signs_out(&house, &alice).await;
    let at = house.follows(out, alice.visitor).await;
    let (host, handle) = leaves_with(&at, "handle");
    assert_eq!(host, "jira.example");
    let handle = handle.unwrap();
    for bad in [
        format!("app=wiki&to={handle}"),
        "app=jira&to=".to_owned(),
        "app=jira&to=unsolicited".to_owned(),
    ] {
        let refused = house.hears(&bad, alice.visitor).await;
        assert_eq!(kind_of(refused), ProblemKind::LogoutRejected, "{bad}");
    }
    let good = format!("app=jira&to={handle}");
    assert!(house.hears(&good, alice.visitor).await.is_ok());
    let twice = house.hears(&good, alice.visitor).await;
    assert_eq!(kind_of(twice), ProblemKind::LogoutRejected);
    let reasons = house.reasons().await;
    assert!(
        reasons.contains(&"Logout:logout_answer_unexpected".to_owned()),
        "{reasons:?}"
    );
}

#[tokio::test]
async fn a_form_from_another_site_shows_no_cookie_and_goes_on_when_the_browser_is_back() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira", "wiki"], browser(1)).await;
    let bob = house.in_at("bob", &["jira"], browser(2)).await;
    let name = house.session_name(&alice).await;
    let bare = vestibule_engine::Visitor {
        browser: None,
        session: None,
        ..alice.visitor
    };
    // It names no session: only the browser can say which.
    let parked = house.hears("app=jira&id=1&reply=q", bare).await;
    assert!(!is_over(&house, &alice).await);
    let begun = house.follows(parked, alice.visitor).await;
    assert!(
        matches!(begun, Ok(Shown::LogoutAt { forgets: true, .. })),
        "{begun:?}"
    );
    assert!(is_over(&house, &alice).await);
    let at = house.follows(begun, alice.visitor).await;
    assert_eq!(leaves_with(&at, "session").1.unwrap(), name);
    // It names one: that ends at once, and goes on in its own browser only.
    let named = house.session_name(&bob).await;
    let query = format!("app=jira&sessions={named}&id=2&reply=q");
    let begun = house.hears(&query, bare).await;
    assert!(is_over(&house, &bob).await);
    let Ok(Shown::LogoutAt { handle, .. }) = &begun else {
        panic!("{begun:?}")
    };
    let elsewhere = house.engine.show_logout(handle, alice.visitor).await;
    assert_eq!(kind_of(elsewhere), ProblemKind::LogoutElsewhere);
    let at = house.follows(begun, bob.visitor).await;
    assert_eq!(leaves_with(&at, "answers").1.unwrap(), "q");
}

#[tokio::test]
async fn wa_02_a_signed_request_in_a_foreign_browser_ends_the_session_and_leads_nowhere() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira", "wiki"], browser(1)).await;
    let name = house.session_name(&alice).await;
    let query = format!("app=jira&sessions={name}&id=1&reply=q");
    let heard = house.hears(&query, browser(7)).await;
    assert!(matches!(heard, Ok(Shown::LogoutAt { forgets: false, .. })));
    assert!(is_over(&house, &alice).await);
    let at = house.follows(heard, browser(7)).await;
    assert_eq!(
        leaves_with(&at, "complete").1.unwrap(),
        "false",
        "the wiki was not told"
    );
}

#[tokio::test]
async fn each_session_that_ends_is_written_down() {
    let house = House::build().await;
    let (desk, phone, away) = (
        house.in_at("alice", &["jira"], browser(1)).await,
        house.in_at("alice", &["jira"], browser(2)).await,
        house.in_at("alice", &["jira"], browser(3)).await,
    );
    let mut names = Vec::new();
    for signed_in in [&desk, &phone] {
        names.push(house.session_name(signed_in).await);
    }
    names.sort_unstable();
    let query = format!("app=jira&sessions={}&id=1&reply=q", names.join(","));
    assert!(house.hears(&query, phone.visitor).await.is_ok());
    assert!(is_over(&house, &desk).await && is_over(&house, &phone).await);
    assert!(!is_over(&house, &away).await, "it was not named");
    let mut written = house.details_of("session_ended").await;
    written.sort_unstable();
    assert_eq!(written, names);
    // The same, when an upstream says so.
    let last = house.session_name(&away).await;
    let again = house.in_at("alice", &["jira"], browser(4)).await;
    let more = house.session_name(&again).await;
    let said = "subject=alice&id=2&reply=q";
    assert!(house.is_brought("adfs", said, again.visitor).await.is_ok());
    assert!(is_over(&house, &away).await && is_over(&house, &again).await);
    let mut expect = [names, vec![last, more]].concat();
    expect.sort_unstable();
    let mut written = house.details_of("session_ended").await;
    written.sort_unstable();
    assert_eq!(written, expect);
}

/// A form from another site shows no cookie: which of the browsers whose sessions ended has brought it, nobody knows. It is
/// not sent away as another's, and whoever asked is answered.
#[tokio::test]
async fn a_form_that_ends_sessions_of_several_browsers_is_answered_in_whichever_brought_it() {
    for back in [1, 2] {
        let house = House::build().await;
        let desk = house.in_at("alice", &["jira", "wiki"], browser(1)).await;
        let phone = house.in_at("alice", &["jira", "wiki"], browser(2)).await;
        let (one, two) = (
            house.session_name(&desk).await,
            house.session_name(&phone).await,
        );
        let bare = vestibule_engine::Visitor {
            browser: None,
            session: None,
            ..desk.visitor
        };
        let query = format!("app=jira&sessions={one},{two}&id=1&reply=q");
        let heard = house.hears(&query, bare).await;
        assert!(is_over(&house, &desk).await && is_over(&house, &phone).await);
        let Ok(Shown::LogoutAt { handle, .. }) = &heard else {
            panic!("{heard:?}")
        };
        let page = handle.clone();
        let at = house.follows(heard, browser(back)).await;
        assert_eq!(
            leaves_with(&at, "answers"),
            ("jira.example".into(), Some("q".into()))
        );
        assert_eq!(leaves_with(&at, "complete").1.unwrap(), "false");
        // From then on it is that browser's.
        let other = house.engine.show_logout(&page, browser(3 - back)).await;
        assert_eq!(kind_of(other), ProblemKind::LogoutElsewhere);
        // The same, when an upstream says so.
        house.in_at("bob", &["jira"], browser(1)).await;
        house.in_at("bob", &["jira"], browser(2)).await;
        let said = "subject=bob&id=2&reply=q";
        let heard = house.is_brought("adfs", said, bare).await;
        let at = house.follows(heard, browser(back)).await;
        assert_eq!(leaves_with(&at, "answers").0, "adfs.example");
    }
}

/// An application knows its own people, and shall not read on our page which others these have.
#[tokio::test]
async fn wa_02_a_foreign_browser_reads_nothing_of_the_other_applications_and_the_upstream() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira", "wiki"], browser(1)).await;
    let bob = house.in_at("bob", &["jira", "wiki"], browser(2)).await;
    let mut pages = Vec::new();
    for (id, signed_in, visitor) in [(1, &alice, browser(7)), (2, &bob, bob.visitor)] {
        let name = house.session_name(signed_in).await;
        let query = format!("app=jira&sessions={name}&id={id}&reply=q");
        let heard = house.hears(&query, visitor).await;
        let Ok(Shown::LogoutAt { handle, .. }) = &heard else {
            panic!("{heard:?}")
        };
        let page = handle.clone();
        let mut at = house.follows(heard, visitor).await;
        if let (host, Some(handle)) = leaves_with(&at, "handle") {
            assert_eq!(host, "wiki.example");
            let answer = house.hears(&format!("app=wiki&to={handle}"), visitor).await;
            at = house.follows(answer, visitor).await;
        }
        leaves_with(&at, "answers").1.unwrap();
        // Whoever asked has its answer: the page can be opened again.
        pages.push(logout_screen(house.engine.show_logout(&page, visitor).await).ask);
    }
    let shown: Vec<_> = pages
        .into_iter()
        .map(|ask| match ask {
            LogoutAsk::Over {
                partings,
                first_door,
            } => {
                let apps = partings.into_iter().map(|parting| parting.app);
                (apps.collect::<Vec<_>>(), first_door.is_some())
            }
            other => panic!("the end was expected, not {other:?}"),
        })
        .collect();
    let (own, all) = (vec!["JIRA".to_owned()], ["JIRA", "WIKI"].map(str::to_owned));
    assert_eq!(shown, [(own, false), (all.into(), true)]);
    // What is for administrators says all of it.
    let details = house.details_of("logout_partial").await;
    assert_eq!(details.len(), 1, "{details:?}");
    for told in [
        "jira: asked for it",
        "wiki: cannot be told",
        "upstream adfs",
    ] {
        assert!(details[0].contains(told), "{details:?}");
    }
}

#[tokio::test]
async fn wa_01_oi_220_nobody_is_signed_out_by_a_link() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira", "wiki"], browser(1)).await;
    let bob = house.in_at("bob", &["jira"], browser(2)).await;
    let bobs = house.session_name(&bob).await;
    // A link without proof; and with one of somebody else, as from another computer's history.
    for query in [
        "app=jira&standing=unproven&reply=q".to_owned(),
        "standing=unproven".to_owned(),
        format!("app=jira&standing=hinted&sessions={bobs}&reply=q"),
    ] {
        let parked = house.hears(&query, alice.visitor).await;
        let page = logout_screen(house.follows(parked, alice.visitor).await);
        assert!(matches!(page.ask, LogoutAsk::SignOut { .. }), "{query}");
        assert!(!is_over(&house, &alice).await && !is_over(&house, &bob).await);
        let theirs = house
            .engine
            .act_on_logout(
                &page.handle,
                Some(page.step),
                LogoutAct::SignOut,
                bob.visitor,
            )
            .await;
        assert!(theirs.is_err() || !is_over(&house, &alice).await);
        assert!(!is_over(&house, &alice).await);
    }
    // With the button they are, and only they.
    let parked = house
        .hears("app=jira&standing=unproven&reply=q", alice.visitor)
        .await;
    let page = logout_screen(house.follows(parked, alice.visitor).await);
    let done = house
        .engine
        .act_on_logout(
            &page.handle,
            Some(page.step),
            LogoutAct::SignOut,
            alice.visitor,
        )
        .await;
    assert!(
        matches!(done, Ok(Shown::LogoutAt { forgets: true, .. })),
        "{done:?}"
    );
    assert!(is_over(&house, &alice).await);
    // With a proof of this very session nobody is asked.
    let ours = house.session_name(&bob).await;
    if !is_over(&house, &bob).await {
        let query = format!("app=jira&standing=hinted&sessions={ours}&reply=q");
        let begun = house.hears(&query, bob.visitor).await;
        assert!(matches!(begun, Ok(Shown::LogoutAt { forgets: true, .. })));
        assert!(is_over(&house, &bob).await);
    }
}

#[tokio::test]
async fn who_has_no_session_is_answered_at_once() {
    let house = House::build().await;
    for standing in ["proven", "hinted", "unproven"] {
        let query = format!("app=jira&standing={standing}&reply=q");
        let answered = house.hears(&query, browser(1)).await;
        assert_eq!(leaves_with(&answered, "complete").1.unwrap(), "true");
    }
    let nobody = house.hears("standing=unproven", browser(1)).await;
    assert!(matches!(nobody, Ok(Shown::Nobody)));
}

#[tokio::test]
async fn wa_02_a_logout_is_seen_in_its_browser_and_for_ten_minutes() {
    let house = House::build().await;
    let alice = house.in_at("alice", &["jira"], browser(1)).await;
    let out = signs_out(&house, &alice).await;
    let Ok(Shown::LogoutAt { handle, .. }) = &out else {
        panic!("{out:?}")
    };
    let show = async |visitor| house.engine.show_logout(handle, visitor).await;
    assert_eq!(
        kind_of(show(browser(2)).await),
        ProblemKind::LogoutElsewhere
    );
    let unknown = house.engine.show_logout("unknown", browser(1)).await;
    assert_eq!(kind_of(unknown), ProblemKind::UnknownLogout);
    assert!(show(browser(1)).await.is_ok());
    house.clock.forward(600);
    assert_eq!(kind_of(show(browser(1)).await), ProblemKind::UnknownLogout);
}
