//! The userinfo endpoint (OpenID Connect Core 5.3, RFC 6750).

use super::house::*;

/// oidcc_userinfo_get, oidcc_userinfo_post_header, oidcc_userinfo_post_body.
#[tokio::test]
async fn oidcc_userinfo_takes_the_token_in_the_header_and_in_the_body() {
    let desk = Desk::open().await;
    let answer = desk.tokens(WIKI, "").await;
    let token = text(&answer, "access_token");
    let header = || Post::of(&[]).with_header(format!("bearer {token}"));
    let ways = [
        Post {
            method: "GET",
            content_type: None,
            ..header()
        },
        header(),
        Post::of(&[("access_token", token)]),
    ];
    for way in ways {
        let told = desk.service.userinfo(way.call()).await.unwrap();
        assert_eq!(told["sub"], claims(&answer)["sub"]);
        assert_eq!(told["email"], "alice@acme.test");
    }
}

#[tokio::test]
async fn oo_15_nothing_but_an_access_token_opens_it() {
    let desk = Desk::open().await;
    let code = desk.code(APP, "").await;
    let answer = desk.offline(APP).await;
    for (what, shown) in [
        ("the ID token", text(&answer, "id_token")),
        ("the refresh token", text(&answer, "refresh_token")),
        ("a code", &code),
        (
            "another's name",
            "vsa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
        ("a word", "x"),
    ] {
        let denied = desk.userinfo(shown).await.unwrap_err();
        assert_eq!(
            (denied.code(), denied.status()),
            ("bearer_unknown", 401),
            "{what}"
        );
        let challenge = denied.challenge().unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    desk.userinfo(text(&answer, "access_token")).await.unwrap();
}

#[tokio::test]
async fn oo_15_a_token_ends_with_its_time_its_application_and_its_person() {
    let desk = Desk::open().await;
    let answer = desk.tokens(APP, "").await;
    let token = text(&answer, "access_token");
    let off = desk.again(|settings| settings.apps.get_mut(&app_id(APP)).unwrap().disabled = true);
    assert_eq!(refused(off.await.userinfo(token).await), "bearer_unknown");
    // Another client under the same name in our configuration is another.
    let renamed = desk.again(|settings| {
        let jira = settings.apps.remove(&app_id(JIRA)).unwrap();
        settings.apps.insert(app_id(APP), jira);
    });
    assert_eq!(
        refused(renamed.await.userinfo(token).await),
        "bearer_unknown"
    );
    desk.wait(TimeDelta::seconds(599));
    desk.userinfo(token).await.unwrap();
    desk.wait(TimeDelta::seconds(1));
    assert_eq!(refused(desk.userinfo(token).await), "bearer_unknown");
}

#[tokio::test]
async fn oo_12_one_token_in_one_place() {
    let desk = Desk::open().await;
    let answer = desk.tokens(WIKI, "").await;
    let token = text(&answer, "access_token");
    let bearer = || format!("Bearer {token}");
    let query: &'static str = format!("access_token={token}").leak();
    let cases = [
        (Post::of(&[]), "bearer_missing", 401),
        (
            Post {
                query,
                ..Post::of(&[]).with_header(bearer())
            },
            "bearer_in_address",
            400,
        ),
        (
            Post::of(&[("access_token", token)]).with_header(bearer()),
            "bearer_several",
            400,
        ),
        (
            Post {
                authorization_repeated: true,
                ..Post::of(&[]).with_header(bearer())
            },
            "bearer_several",
            400,
        ),
        (
            Post::of(&[("access_token", token), ("access_token", token)]),
            "client_form_repeated_parameter",
            400,
        ),
        (
            Post::of(&[("access_token", "\u{7f}")]),
            "bearer_malformed",
            401,
        ),
    ];
    for (post, code, status) in cases {
        let denied = desk.service.userinfo(post.call()).await.unwrap_err();
        assert_eq!((denied.code(), denied.status()), (code, status));
        assert!(denied.challenge().unwrap().starts_with("Bearer "));
        // Who shows nothing is told nothing (RFC 6750 section 3.1).
        assert_eq!(denied.body().is_none(), code == "bearer_missing");
    }
}

/// What rests on a session ends with it, by rest as by age: for what shall go on while nobody is there, there is
/// `offline_access` (OpenID Connect Core 11).
#[tokio::test]
async fn so_17_an_access_token_opens_nothing_once_its_session_is_over() {
    let hours = |idle, absolute| Limits {
        idle: TimeDelta::hours(idle),
        absolute: TimeDelta::hours(absolute),
    };
    // The session that the token rests on, within which limits, and after so many minutes: does it open?
    let table = [
        ("", hours(1, 12), 59, true),
        ("", hours(1, 12), 60, false),
        ("", hours(2, 12), 60, true),
        ("", hours(12, 12), 12 * 60 - 1, true),
        ("", hours(12, 12), 12 * 60, false),
        // Limits that were lowered since hold for it, too; those that were raised do not.
        ("", hours(2, 2), 120, false),
        ("", hours(24, 24), 12 * 60, false),
        (OFFLINE, hours(1, 12), 12 * 60, true),
    ];
    for (more, limits, minutes, expected) in table {
        let desk = Desk::with(|settings| {
            let app = settings.apps.get_mut(&app_id(APP)).unwrap();
            app.lifetimes.access_token = TimeDelta::hours(24);
        })
        .await
        .within(limits);
        let tokens = desk.tokens(APP, more).await;
        desk.wait(TimeDelta::minutes(minutes));
        let found = desk.userinfo(text(&tokens, "access_token")).await;
        let opens = found.map_err(|denied| denied.code());
        match expected {
            true => assert!(opens.is_ok(), "{limits:?}, {minutes}: {opens:?}"),
            false => assert_eq!(opens, Err("bearer_unknown"), "{limits:?}, {minutes}"),
        }
    }
}
