//! What a sign-out leaves of logins under way in the same browser: nothing of what was proved before (attack row SO-17).

use vestibule_core::{port::*, request::Reply};
use vestibule_engine::{Act, Ask, EndSessions, Shown};
use vestibule_testkit::postgres::Postgres;

use crate::support::*;

/// What ends the session of a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Application,
    Elsewhere,
    Nothing,
    Person,
}

/// Alice stands at the offer of backup codes, in a login that came by the first door: she has an app, and no codes yet.
async fn at_the_offer(
    house: &House,
    secret: &str,
    visitor: vestibule_engine::Visitor,
) -> vestibule_engine::Screen {
    let page = house.at_code("alice", visitor).await;
    let code = Act::Code(house.code(secret));
    let page = screen(house.act(&page, code, visitor).await);
    assert!(matches!(page.ask, Ask::SaveCodes(_)), "{page:?}");
    house.clock.forward(30);
    page
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_17_no_login_of_another_tab_outlives_a_sign_out_on_any_node() {
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::shared().unwrap();
    for end in [End::Nothing, End::Person, End::Application, End::Elsewhere] {
        let file = format!(
            "sqlite:{}",
            folder.path().join(format!("{end:?}.db")).display()
        );
        for url in [file, server.create_database().unwrap()] {
            let one = House::on(patient_store(&url).await, |_| {});
            let two = House::on(patient_store(&url).await, |_| {});
            // In the first tab she sets up her app, and leaves the offer of codes open.
            let page = one.at_code("alice", browser(1)).await;
            let Ask::ScanSecret { secret, .. } = page.ask.clone() else {
                panic!("{page:?}")
            };
            let code = Act::Code(one.code(&secret));
            let first = screen(one.act(&page, code, browser(1)).await);
            assert!(matches!(first.ask, Ask::SaveCodes(_)), "{first:?}");
            one.clock.forward(30);
            // One stands at the code, and one at the first door.
            let at_code = one.at_code("alice", browser(1)).await;
            let sent = one.arrive("app=jira&id=r9", browser(1)).await.unwrap();
            // In another tab she gets in.
            let page = at_the_offer(&one, &secret, browser(1)).await;
            let token = token_of(one.act(&page, Act::PutOff, browser(1)).await);
            let alice = SignedIn::with(token, browser(1));
            let other = at_the_offer(&one, &secret, browser(2)).await;
            let other = token_of(one.act(&other, Act::PutOff, browser(2)).await);
            let other = SignedIn::with(other, browser(2));
            let out = match end {
                End::Nothing => None,
                End::Person => {
                    let form = one.form_of(alice.token.key());
                    Some(one.engine.sign_out(Some(&form), alice.visitor).await)
                }
                End::Application => {
                    let name = one.session_name(&alice).await;
                    let query = format!("app=jira&sessions={name}&id=1&reply=q");
                    Some(one.hears(&query, alice.visitor).await)
                }
                End::Elsewhere => {
                    let form = one.form_of(other.token.key());
                    let others =
                        one.engine
                            .end_sessions(Some(&form), EndSessions::Others, other.visitor);
                    Some(others.await)
                }
            };
            assert!(out.is_none_or(|out| out.is_ok()), "{end:?}");
            let now = one.clock.now();
            two.clock
                .forward((now - two.clock.now()).num_seconds() + 30);
            // On the other node.
            let put_off = two.act(&first, Act::PutOff, browser(1)).await;
            let code = Act::Code(two.code(&secret));
            let typed = two.act(&at_code, code, browser(1)).await;
            if end == End::Nothing {
                assert_eq!(met(put_off), Met::In, "the control");
                let shown = screen(typed);
                assert!(matches!(shown.ask, Ask::SaveCodes(_)), "{shown:?}");
            } else {
                assert_eq!(
                    (met(put_off), met(typed)),
                    (Met::Anew, Met::Anew),
                    "{end:?}, {url}"
                );
                let left = two.store.session(alice.token.key()).await.unwrap();
                assert_eq!(left, None, "{end:?}");
            }
            // Whoever passes the first door from now on is asked for their factor, and gets in.
            let back = two
                .come_back(&handle_of(&sent), "subject=alice", browser(1))
                .await;
            two.clock.forward(30);
            let page = screen(back);
            let code = Act::Code(two.code(&secret));
            let page = screen(two.act(&page, code, browser(1)).await);
            let granted = two.act(&page, Act::PutOff, browser(1)).await;
            assert!(is_granted(&granted), "{end:?}: {granted:?}");
        }
    }
}

/// The end comes between what a login looks at and its commit: it is overtaken, and begins anew.
#[tokio::test]
async fn so_17_a_session_that_ends_while_a_login_goes_on_begins_none() {
    let house = House::build().await;
    let (secret, alice) = house.known("alice", browser(1)).await;
    let session = house.session_of(&alice).await.unwrap();
    house.clock.forward(60);
    let end = Commit {
        session: Some(SessionChange::End {
            ids: vec![session.id()],
            at: house.clock.now(),
        }),
        ..Commit::default()
    };
    house.store.commit(end).await.unwrap();
    // What was proved before it begins no session, whoever asks for it.
    let begin = Commit {
        session: Some(SessionChange::Begin(session.clone())),
        ..Commit::default()
    };
    let refused = house.store.commit(begin).await;
    assert_eq!(refused, Err(Conflict::Session.into()));
    // What is proved from then on does.
    let again = house.signs_in("alice", &secret, browser(1)).await;
    assert!(house.session_of(&again).await.is_some());
}

/// An administrator who ends one session ends what stands beside it in that browser, and nothing elsewhere.
#[tokio::test]
async fn so_17_the_end_of_a_session_is_for_its_own_browser() {
    let house = House::build().await;
    let (secret, alice) = house.known("alice", browser(1)).await;
    let here = house.at_code("alice", browser(1)).await;
    let elsewhere = house.at_code("alice", browser(2)).await;
    house.clock.forward(1);
    let id = house.session_of(&alice).await.unwrap().id();
    let end = Commit {
        session: Some(SessionChange::End {
            ids: vec![id],
            at: house.clock.now(),
        }),
        ..Commit::default()
    };
    house.store.commit(end).await.unwrap();
    let code = Act::Code(house.code(&secret));
    assert_eq!(met(house.act(&here, code, browser(1)).await), Met::Anew);
    house.clock.forward(30);
    let code = Act::Code(house.code(&secret));
    let granted = house.act(&elsewhere, code, browser(2)).await;
    assert!(is_granted(&granted), "{granted:?}");
    let Ok(Shown::SignedIn(_, Reply::Redirect(_), _)) = granted else {
        panic!("{granted:?}")
    };
}
