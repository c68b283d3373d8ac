//! Several tabs of one browser (attack row SO-12).

use vestibule_core::port::*;
use vestibule_engine::{Act, Shown};

use super::{JIRA, WIKI};
use crate::support::*;

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
