//! Revocation (RFC 7009).

use super::house::*;

async fn revoke(desk: &Desk, app: &str, token: &str, hint: &str) {
    let post = Post::of(&[("token", token), ("token_type_hint", hint)]).by(app);
    desk.service.revoke(post.call()).await.unwrap();
}

#[tokio::test]
async fn an_access_token_ends_alone_and_a_refresh_token_with_all_that_came_of_the_login() {
    // The hint is a hint.
    for hint in ["access_token", "refresh_token", "x"] {
        let desk = Desk::open().await;
        let (first, other) = (desk.offline(APP).await, desk.offline(APP).await);
        let second = desk
            .refresh(APP, text(&first, "refresh_token"))
            .await
            .unwrap();
        for _ in 0..2 {
            revoke(&desk, APP, text(&first, "access_token"), hint).await;
        }
        assert_eq!(
            refused(desk.userinfo(text(&first, "access_token")).await),
            "bearer_unknown"
        );
        desk.userinfo(text(&second, "access_token")).await.unwrap();
        revoke(&desk, APP, text(&second, "refresh_token"), hint).await;
        assert_eq!(
            refused(desk.userinfo(text(&second, "access_token")).await),
            "bearer_unknown"
        );
        let found = desk.refresh(APP, text(&second, "refresh_token")).await;
        assert_eq!(refused(found), "grant_unknown");
        desk.refresh(APP, text(&other, "refresh_token"))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn oo_15_nobody_ends_what_is_anothers_or_learns_of_it() {
    let desk = Desk::open().await;
    let answer = desk.offline(WIKI).await;
    let code = desk.code(WIKI, "").await;
    for name in ["access_token", "refresh_token"] {
        for other in [JIRA, APP] {
            revoke(&desk, other, text(&answer, name), name).await;
        }
    }
    for shown in [&code, text(&answer, "id_token"), "x"] {
        revoke(&desk, WIKI, shown, "x").await;
    }
    desk.userinfo(text(&answer, "access_token")).await.unwrap();
    desk.refresh(WIKI, text(&answer, "refresh_token"))
        .await
        .unwrap();
    desk.redeem(WIKI, &code).await.unwrap();
}
