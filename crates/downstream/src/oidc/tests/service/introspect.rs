//! Introspection (RFC 7662).

use super::house::*;

async fn ask(desk: &Desk, app: &str, token: &str) -> Value {
    let post = Post::of(&[("token", token)]).by(app);
    desk.service.introspect(post.call()).await.unwrap()
}

#[tokio::test]
async fn an_application_learns_what_its_own_tokens_are_worth() {
    let desk = Desk::open().await;
    let answer = desk.offline(WIKI).await;
    for (name, token_type) in [("access_token", Some("Bearer")), ("refresh_token", None)] {
        let told = ask(&desk, WIKI, text(&answer, name)).await;
        assert_eq!(told["active"], true, "{name}");
        assert_eq!(told["token_type"].as_str(), token_type, "{name}");
        for (name, value) in [
            ("client_id", WIKI),
            ("iss", ISSUER),
            ("acr", "https://refeds.org/profile/mfa"),
        ] {
            assert_eq!(told[name], value);
        }
        let claims = claims(&answer);
        // RFC 9470 section 6.2: whoever serves something by it can ask for more.
        assert_eq!(
            (&told["sub"], &told["auth_time"]),
            (&claims["sub"], &claims["auth_time"])
        );
    }
}

#[tokio::test]
async fn oo_15_of_anything_else_it_learns_nothing() {
    let desk = Desk::open().await;
    let code = desk.code(WIKI, "").await;
    let answer = desk.offline(WIKI).await;
    let (access, refresh) = (
        text(&answer, "access_token"),
        text(&answer, "refresh_token"),
    );
    for (app, shown) in [
        (JIRA, access),
        (JIRA, refresh),
        (WIKI, text(&answer, "id_token")),
        (WIKI, &code),
        (WIKI, "vsa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        (WIKI, "x"),
    ] {
        let told = ask(&desk, app, shown).await;
        assert_eq!(
            told,
            serde_json::json!({ "active": false }),
            "{app} {shown}"
        );
    }
    desk.refresh(WIKI, refresh).await.unwrap();
    assert_eq!(
        ask(&desk, WIKI, refresh).await["active"],
        false,
        "it was used"
    );
    desk.store
        .set_disabled(&alice(), true, desk.administered())
        .await
        .unwrap();
    assert_eq!(
        ask(&desk, WIKI, access).await["active"],
        false,
        "she is disabled"
    );
    let post = Post::of(&[("token", access)]).by(APP);
    let found = desk.service.introspect(post.call()).await;
    assert_eq!(refused(found), "endpoint_confidential_clients_only");
    let post = Post::of(&[("token", access)]).with_header(basic(WIKI, "guess"));
    let found = desk.service.introspect(post.call()).await;
    assert_eq!(refused(found), "client_auth_wrong_secret");
    let found = desk.service.introspect(Post::of(&[]).by(WIKI).call()).await;
    assert_eq!(refused(found), "client_form_missing_parameter");
}
