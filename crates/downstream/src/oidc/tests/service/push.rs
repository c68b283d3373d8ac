//! Pushed requests (RFC 9126), from the push to the code.

use vestibule_core::port::{Commit, Commits as _, Logins as _};

use super::house::*;
use crate::conformance::now;

fn request(app: &str) -> Post {
    Post {
        body: query(app, "s", ""),
        ..Post::of(&[])
    }
}

fn brought(app: &str, name: &str) -> Incoming {
    by_get(format!(
        "client_id={app}&request_uri={}",
        name.replace(':', "%3A")
    ))
}

#[tokio::test]
async fn a_request_that_was_pushed_is_taken_up_by_the_browser() {
    let desk = Desk::with(|settings| {
        settings
            .apps
            .get_mut(&app_id(WIKI))
            .unwrap()
            .client
            .require_pushed = true;
    })
    .await;
    let answer = desk
        .service
        .push(request(WIKI).by(WIKI).call())
        .await
        .unwrap();
    assert_eq!(answer["expires_in"], 90);
    let name = text(&answer, "request_uri");
    assert!(
        name.starts_with("urn:ietf:params:oauth:request_uri:vsp_"),
        "{name}"
    );
    let query = brought(WIKI, name).query;
    let (code, _) = desk.login_by(query).await;
    let tokens = desk.redeem(WIKI, &code).await.unwrap();
    assert_eq!(claims(&tokens)["nonce"], "n-s");
    // It was used up by its answer.
    let again = desk.provider.receive(&brought(WIKI, name), now()).await;
    assert_eq!(again.unwrap_err().code, "authorization_pushed_unknown");
}

/// The browser must come within 90 seconds; the person may take their time at the doors.
#[tokio::test]
async fn a_login_may_last_longer_than_its_request_waits_for_the_browser() {
    for (minutes, finishes) in [(2, true), (14, true), (17, false)] {
        let desk = Desk::open().await;
        let answer = desk
            .service
            .push(request(WIKI).by(WIKI).call())
            .await
            .unwrap();
        let incoming = brought(WIKI, text(&answer, "request_uri"));
        let begun = desk.provider.receive(&incoming, now()).await.unwrap();
        // Meanwhile what is over is cleared away.
        let later = now() + TimeDelta::minutes(minutes);
        desk.store.clear_expired(later).await.unwrap();
        let late = desk.provider.receive(&incoming, later).await;
        assert_eq!(late.unwrap_err().code, "authorization_pushed_unknown");
        let answered = desk.provider.answer(grant(begun, identity(), true)).await;
        let done = desk.store.commit(Commit {
            tokens: answered.unwrap().tokens,
            ..Commit::default()
        });
        assert_eq!(done.await.is_ok(), finishes, "{minutes} minutes");
    }
}

#[tokio::test]
async fn oo_16_nobody_pushes_for_another_and_nothing_is_pushed_that_could_not_be_asked() {
    let desk = Desk::open().await;
    let push = async |post: Post| refused(desk.service.push(post.call()).await);
    assert_eq!(push(request(JIRA).by(WIKI)).await, "client_auth_ids_differ");
    assert_eq!(
        push(request(WIKI).with_header(basic(WIKI, "x"))).await,
        "client_auth_wrong_secret"
    );
    let mut public = Post::of(&[]);
    public.body = "client_id=app&redirect_uri=https%3A%2F%2Fapp.test%2Fcallback&response_type=code&scope=openid".to_owned();
    assert_eq!(push(public).await, "endpoint_confidential_clients_only");
    let mut elsewhere = request(WIKI).by(WIKI);
    elsewhere.body = elsewhere.body.replace("wiki.test", "evil.test");
    let denied = desk.service.push(elsewhere.call()).await.unwrap_err();
    assert_eq!(
        (denied.status(), denied.body().unwrap()["error"].as_str()),
        (400, Some("invalid_request"))
    );
    let mut nested = request(WIKI).by(WIKI);
    nested
        .body
        .push_str("&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Avsp_x");
    let denied = desk.service.push(nested.call()).await.unwrap_err();
    assert_eq!(denied.status(), 400);
}
