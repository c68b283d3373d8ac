//! Refresh tokens: rotation, reuse, and what ends them (attack row OO-07).

use std::sync::Arc;

use tokio::task::JoinSet;
use vestibule_core::port::Sessions as _;

use super::house::*;

/// oidcc_refresh_token (OpenID Connect Core 12.2).
#[tokio::test]
async fn oidcc_refresh_token_gives_new_tokens_about_the_same_login() {
    for app in [JIRA, WIKI, APP] {
        let desk = Desk::open().await;
        let first = desk.offline(app).await;
        desk.wait(TimeDelta::minutes(5));
        let second = desk
            .refresh(app, text(&first, "refresh_token"))
            .await
            .unwrap();
        let (before, after) = (claims(&first), claims(&second));
        for name in ["iss", "sub", "aud", "auth_time", "sid", "acr", "amr"] {
            assert_eq!(before[name], after[name], "{name}");
        }
        let moved = after["iat"].as_i64().unwrap() - before["iat"].as_i64().unwrap();
        assert_eq!(moved, 300);
        assert_eq!(
            (before["nonce"].as_str(), after.get("nonce")),
            (Some("n-s"), None)
        );
        assert_ne!(before["at_hash"], after["at_hash"]);
        for name in ["access_token", "refresh_token"] {
            assert_ne!(first[name], second[name], "{name}");
        }
        desk.userinfo(text(&second, "access_token")).await.unwrap();
        // The access token that came before is good until its own end.
        desk.userinfo(text(&first, "access_token")).await.unwrap();
        assert_eq!(desk.reasons().await, [""; 0]);
    }
}

#[tokio::test]
async fn oo_07_a_refresh_token_that_is_used_again_ends_all_that_came_of_the_login() {
    let desk = Desk::open().await;
    let first = desk.offline(APP).await;
    let other = desk.offline(APP).await;
    let second = desk
        .refresh(APP, text(&first, "refresh_token"))
        .await
        .unwrap();
    let third = desk
        .refresh(APP, text(&second, "refresh_token"))
        .await
        .unwrap();
    desk.wait(TimeDelta::milliseconds(10_001));
    assert_eq!(
        refused(desk.refresh(APP, text(&first, "refresh_token")).await),
        "grant_used"
    );
    for answer in [&first, &second, &third] {
        let found = desk.userinfo(text(answer, "access_token")).await;
        assert_eq!(refused(found), "bearer_unknown");
        let found = desk.refresh(APP, text(answer, "refresh_token")).await;
        assert_eq!(refused(found), "grant_unknown");
    }
    assert_eq!(desk.reasons().await, ["grant_used"]);
    desk.refresh(APP, text(&other, "refresh_token"))
        .await
        .unwrap();
}

#[tokio::test]
async fn oo_07_requests_that_cross_end_nothing_and_give_nothing_twice() {
    let desk = Desk::open().await;
    let first = desk.offline(APP).await;
    let used = text(&first, "refresh_token");
    let second = desk.refresh(APP, used).await.unwrap();
    for _ in 0..3 {
        assert_eq!(
            refused(desk.refresh(APP, used).await),
            "grant_used_just_now"
        );
        desk.wait(TimeDelta::seconds(3));
    }
    let third = desk
        .refresh(APP, text(&second, "refresh_token"))
        .await
        .unwrap();
    // It is written down, the first time: one who is quick has it, perhaps.
    let noted = desk.noted().await;
    let [only] = noted.as_slice() else {
        panic!("{noted:?}")
    };
    assert_eq!(only.reason, "grant_used_just_now");
    assert_eq!(
        (&only.app, &only.person),
        (&Some(app_id(APP)), &Some(alice()))
    );
    assert_eq!(only.address, Some([192, 0, 2, 1].into()));
    // For each token.
    assert_eq!(
        refused(desk.refresh(APP, text(&second, "refresh_token")).await),
        "grant_used_just_now"
    );
    assert_eq!(desk.reasons().await, ["grant_used_just_now"; 2]);
    desk.userinfo(text(&third, "access_token")).await.unwrap();
}

#[tokio::test]
async fn oo_07_of_ten_at_once_on_two_nodes_one_gets_tokens_and_keeps_them() {
    let one = Arc::new(Desk::open().await);
    let two = Arc::new(one.again(|_| {}).await);
    let first = one.offline(APP).await;
    let mut all = JoinSet::new();
    for number in 0..10 {
        let node = [&one, &two][number % 2].clone();
        let token = text(&first, "refresh_token").to_owned();
        all.spawn(async move { node.refresh(APP, &token).await });
    }
    let (given, rest): (Vec<_>, Vec<_>) = all.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((given.len(), rest.len()), (1, 9));
    for outcome in rest {
        assert_eq!(refused(outcome), "grant_used_just_now");
    }
    assert_eq!(one.reasons().await, ["grant_used_just_now"], "once");
    let given = given.into_iter().next().unwrap().unwrap();
    two.userinfo(text(&given, "access_token")).await.unwrap();
    two.refresh(APP, text(&given, "refresh_token"))
        .await
        .unwrap();
}

#[tokio::test]
async fn oo_07_a_refresh_token_in_the_hands_of_another_application_ends_it_all() {
    let desk = Desk::open().await;
    let first = desk.offline(WIKI).await;
    let token = text(&first, "refresh_token");
    assert_eq!(
        refused(desk.refresh(JIRA, token).await),
        "grant_of_another_client"
    );
    assert_eq!(refused(desk.refresh(WIKI, token).await), "grant_unknown");
    assert_eq!(
        refused(desk.userinfo(text(&first, "access_token")).await),
        "bearer_unknown"
    );
    let noted = desk.noted().await;
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0].app, Some(app_id(WIKI)));
    assert!(
        noted[0].detail.as_ref().unwrap().contains("`jira`"),
        "{noted:?}"
    );
}

#[tokio::test]
async fn oo_07_nothing_is_renewed_for_who_was_disabled_or_must_prove_anew() {
    for disabled in [true, false] {
        let desk = Desk::open().await;
        let first = desk.offline(APP).await;
        desk.wait(TimeDelta::seconds(1));
        if disabled {
            desk.store
                .set_disabled(&alice(), true, desk.administered())
                .await
                .unwrap();
            desk.store
                .set_disabled(&alice(), false, desk.administered())
                .await
                .unwrap();
        } else {
            let at = desk.clock.now();
            desk.commit(SessionChange::Revoke {
                person: alice(),
                at,
            })
            .await;
        }
        assert_eq!(
            refused(desk.userinfo(text(&first, "access_token")).await),
            "bearer_unknown"
        );
        let token = text(&first, "refresh_token");
        assert_eq!(
            refused(desk.refresh(APP, token).await),
            "grant_ended",
            "{disabled}"
        );
        assert_eq!(refused(desk.refresh(APP, token).await), "grant_unknown");
        assert_eq!(desk.reasons().await, ["grant_ended"]);
    }
    let desk = Desk::open().await;
    let first = desk.offline(APP).await;
    let elsewhere = desk.again(|_| {}).await.without_upstreams().await;
    let found = elsewhere.refresh(APP, text(&first, "refresh_token")).await;
    assert_eq!(refused(found), "grant_ended", "her upstream is gone");
}

/// What was granted for the time when nobody is there outlives the session, and nothing else does (Core section 11).
#[tokio::test]
async fn oo_07_a_logout_ends_what_was_not_granted_for_later() {
    let desk = Desk::open().await;
    let (code, session) = desk.login(APP, OFFLINE).await;
    let later = desk.redeem(APP, &code).await.unwrap();
    let (code, other) = desk.login(APP, "").await;
    let now = desk.redeem(APP, &code).await.unwrap();
    desk.userinfo(text(&now, "access_token")).await.unwrap();
    let (ids, at) = (vec![session, other], desk.clock.now());
    desk.commit(SessionChange::End { ids, at }).await;
    assert_eq!(desk.store.session_by_id(session).await.unwrap(), None);
    assert_eq!(
        refused(desk.userinfo(text(&now, "access_token")).await),
        "bearer_unknown"
    );
    desk.userinfo(text(&later, "access_token")).await.unwrap();
    desk.refresh(APP, text(&later, "refresh_token"))
        .await
        .unwrap();
    assert!(desk.store.person(&alice()).await.unwrap().is_some());
}

#[tokio::test]
async fn oo_07_what_an_application_may_not_have_any_more_is_not_renewed() {
    let desk = Desk::open().await;
    let by_name = "claims={%22id_token%22:{%22email%22:null},%22userinfo%22:{%22email%22:null}}";
    let first = desk.tokens(APP, &format!("{OFFLINE}&{by_name}")).await;
    let (token, access) = (text(&first, "refresh_token"), text(&first, "access_token"));
    assert!(claims(&first)["email"].is_string());
    let without = |scope: &'static str| {
        desk.again(move |settings| {
            let app = settings.apps.get_mut(&app_id(APP)).unwrap();
            app.client.scopes.remove(scope);
        })
    };
    let found = without("offline_access").await.refresh(APP, token).await;
    assert_eq!(refused(found), "token_request_grant_type_not_allowed");
    let fewer = without("email").await;
    let told = fewer.userinfo(access).await.unwrap();
    assert_eq!(told.get("email"), None, "an access token from before");
    assert!(desk.userinfo(access).await.unwrap()["email"].is_string());
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("scope", "openid email"),
    ];
    let found = fewer.token(Post::of(&fields).by(APP)).await;
    assert_eq!(refused(found), "scope_widened");
    let answer = fewer.refresh(APP, token).await.unwrap();
    assert_eq!(text(&answer, "scope"), "offline_access openid profile");
    let told = fewer.userinfo(text(&answer, "access_token")).await.unwrap();
    assert_eq!(
        (told.get("email"), told["given_name"].is_string()),
        (None, true)
    );
    assert_eq!(claims(&answer).get("email"), None);
}

#[tokio::test]
async fn oo_07_a_refresh_can_ask_for_less_and_the_next_one_for_all_again() {
    let desk = Desk::open().await;
    let first = desk.offline(APP).await;
    let asking = |token: &str, scope: &str| {
        Post::of(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", scope),
        ])
        .by(APP)
    };
    let second = desk
        .token(asking(text(&first, "refresh_token"), "openid"))
        .await
        .unwrap();
    assert_eq!(text(&second, "scope"), "openid");
    let told = desk.userinfo(text(&second, "access_token")).await.unwrap();
    assert_eq!(told.as_object().unwrap().len(), 1, "{told}");
    let third = desk
        .token(asking(text(&second, "refresh_token"), "email"))
        .await
        .unwrap();
    assert_eq!(third.get("id_token"), None);
    let found = desk.userinfo(text(&third, "access_token")).await;
    assert_eq!(refused(found), "bearer_insufficient_scope");
    let token = text(&third, "refresh_token");
    assert_eq!(
        refused(desk.token(asking(token, "openid groups x")).await),
        "scope_widened"
    );
    let last = desk.refresh(APP, token).await.unwrap();
    assert_eq!(text(&last, "scope"), "email offline_access openid profile");
}

#[tokio::test]
async fn oo_07_a_refresh_token_ends_by_rest_and_by_age() {
    let lifetimes = Lifetimes {
        refresh_idle: TimeDelta::hours(2),
        refresh_absolute: TimeDelta::hours(5),
        ..Lifetimes::default()
    };
    let short = move |settings: &mut OidcSettings| {
        settings.apps.get_mut(&app_id(APP)).unwrap().lifetimes = lifetimes;
    };
    let desk = Desk::with(short).await;
    let first = desk.offline(APP).await;
    desk.wait(TimeDelta::hours(2));
    assert_eq!(
        refused(desk.refresh(APP, text(&first, "refresh_token")).await),
        "grant_unknown"
    );

    let desk = Desk::with(short).await;
    let mut token = text(&desk.offline(APP).await, "refresh_token").to_owned();
    for _ in 0..4 {
        desk.wait(TimeDelta::minutes(74));
        let answer = desk.refresh(APP, &token).await.unwrap();
        token = text(&answer, "refresh_token").to_owned();
    }
    desk.wait(TimeDelta::minutes(4));
    assert_eq!(
        refused(desk.refresh(APP, &token).await),
        "grant_unknown",
        "five hours"
    );

    // A shorter life holds for what was issued before.
    let desk = Desk::open().await;
    let first = desk.offline(APP).await;
    desk.wait(TimeDelta::hours(3));
    let found = desk
        .again(short)
        .await
        .refresh(APP, text(&first, "refresh_token"))
        .await;
    assert_eq!(refused(found), "grant_unknown");
    desk.refresh(APP, text(&first, "refresh_token"))
        .await
        .unwrap();
}
