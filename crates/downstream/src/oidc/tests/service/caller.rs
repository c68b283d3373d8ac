//! Who asks (attack rows OO-06 and OO-12).

use std::sync::Arc;

use serde_json::json;
use vestibule_core::port::Throttle as _;
use vestibule_oidc::{jwks::Jwks, signing::jwk_set};

use super::house::*;

const GRANT: [(&str, &str); 2] = [("grant_type", "refresh_token"), ("refresh_token", "x")];

async fn outcome(desk: &Desk, post: Post) -> (&'static str, u16) {
    let denied = desk.token(post).await.unwrap_err();
    (denied.code(), denied.status())
}

#[tokio::test]
async fn oo_06_who_does_not_prove_to_be_a_client_gets_nothing() {
    let desk = Desk::open().await;
    let with = |more: &[(&str, &str)]| Post::of(&[&GRANT, more].concat());
    let in_body = [("client_id", WIKI), ("client_secret", "secret")];
    let cases = [
        (
            with(&[]).with_header(basic(WIKI, "wrong")),
            "client_auth_wrong_secret",
            401,
        ),
        (
            with(&[]).with_header(basic(WIKI, "")),
            "client_auth_empty_secret",
            401,
        ),
        (
            with(&[]).with_header(basic("nobody", "secret")),
            "client_auth_unknown_client",
            401,
        ),
        (
            with(&[]).with_header(basic(APP, "secret")),
            "client_auth_wrong_method",
            401,
        ),
        (with(&in_body), "client_auth_wrong_method", 401),
        (with(&in_body).by(WIKI), "client_auth_several_methods", 400),
        (
            with(&[("client_id", WIKI)]),
            "client_auth_wrong_method",
            401,
        ),
        (
            with(&[("client_id", JIRA)]).by(WIKI),
            "client_auth_ids_differ",
            401,
        ),
        (with(&[]), "client_auth_missing", 401),
        (
            with(&[]).with_header("Basic %%%"),
            "client_auth_malformed_header",
            401,
        ),
        (
            with(&[]).with_header("Bearer x"),
            "client_auth_unknown_scheme",
            401,
        ),
        (
            Post {
                authorization_repeated: true,
                ..with(&[]).by(WIKI)
            },
            "client_auth_several_methods",
            400,
        ),
        (
            Post {
                query: "client_secret=secret",
                ..with(&[]).by(WIKI)
            },
            "client_form_query",
            400,
        ),
        // With the right one, it is about the token.
        (with(&[]).by(WIKI), "grant_unknown", 400),
        (with(&[]).by(APP), "grant_unknown", 400),
    ];
    for (post, code, status) in cases {
        let denied = desk.token(post).await.unwrap_err();
        assert_eq!((denied.code(), denied.status()), (code, status));
        assert_eq!(denied.challenge().is_some(), status == 401, "{code}");
        assert!(denied.body().unwrap()["error"].is_string());
    }
    assert_eq!(desk.reasons().await, [""; 0]);
}

#[tokio::test]
async fn oo_06_guessing_at_a_secret_is_slow_and_hinders_nobody_else() {
    let desk = Desk::open().await;
    let guess = |app: &str| Post::of(&GRANT).with_header(basic(app, "guess"));
    for app in [WIKI, "nobody"] {
        let expected = if app == WIKI {
            "client_auth_wrong_secret"
        } else {
            "client_auth_unknown_client"
        };
        for _ in 0..20 {
            assert_eq!(outcome(&desk, guess(app)).await, (expected, 401));
        }
        let denied = desk.token(guess(app)).await.unwrap_err();
        assert_eq!(
            (denied.code(), denied.status()),
            ("client_auth_too_often", 429)
        );
        assert_eq!(denied.retry_after(), Some(1));
    }
    // The right one does not wait, or anybody who sits there could keep the application from its tokens.
    assert_eq!(
        outcome(&desk, Post::of(&GRANT).by(WIKI)).await.0,
        "grant_unknown"
    );
    // Not from elsewhere, nor for others who sit there too.
    let elsewhere = Post {
        address: [192, 0, 2, 2].into(),
        ..Post::of(&GRANT).by(WIKI)
    };
    assert_eq!(outcome(&desk, elsewhere).await.0, "grant_unknown");
    assert_eq!(
        outcome(&desk, Post::of(&GRANT).by(JIRA)).await.0,
        "grant_unknown"
    );
    // All nodes count together, and it is over soon.
    let node = desk.again(|_| {}).await;
    assert_eq!(outcome(&node, guess(WIKI)).await.0, "client_auth_too_often");
    desk.wait(TimeDelta::seconds(2));
    assert_eq!(
        outcome(&node, Post::of(&GRANT).by(WIKI)).await.0,
        "grant_unknown"
    );
    let key = vestibule_core::throttle::ThrottleKey::ClientSecret(
        Some(app_id(WIKI)),
        Some([192, 0, 2, 1].into()),
    );
    assert!(
        desk.store
            .verdict(&key, desk.clock.now())
            .await
            .unwrap()
            .goes()
    );
}

fn signed_by(key: &SigningKey, desk: &Desk, id: &str, audience: &str) -> String {
    let at = desk.clock.now().timestamp();
    let claims = json!({
        "iss": WIKI, "sub": WIKI, "aud": audience, "jti": id, "iat": at, "exp": at + 60,
    });
    key.sign(claims.as_object().unwrap()).unwrap()
}

#[tokio::test]
async fn oo_06_an_assertion_is_good_once_on_all_nodes() {
    let key = SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(KeyKind::P256).unwrap()).unwrap();
    let keys = jwk_set([&key]).to_string();
    let with_key = |settings: &mut OidcSettings| {
        settings.apps.get_mut(&app_id(WIKI)).unwrap().auth = ClientAuth::PrivateKeyJwt {
            algorithms: vec![Algorithm::Es256],
            keys: Arc::new(Jwks::parse(keys.as_bytes()).unwrap()),
            danger_accept_endpoint_audience: false,
        };
    };
    let desk = Desk::with(with_key).await;
    let node = desk.again(with_key).await;
    let post = |assertion: &str| {
        Post::of(
            &[
                &GRANT[..],
                &[
                    ("client_assertion", assertion),
                    (
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    ),
                ],
            ]
            .concat(),
        )
    };
    let first = signed_by(&key, &desk, "1", ISSUER);
    assert_eq!(outcome(&desk, post(&first)).await.0, "grant_unknown");
    for node in [&desk, &node] {
        assert_eq!(
            outcome(node, post(&first)).await,
            ("client_assertion_replayed", 401)
        );
    }
    let second = signed_by(&key, &desk, "2", ISSUER);
    assert_eq!(outcome(&node, post(&second)).await.0, "grant_unknown");
    let endpoint = signed_by(&key, &desk, "3", "https://sso.acme.test/oauth2/token");
    assert_eq!(
        outcome(&desk, post(&endpoint)).await.0,
        "client_assertion_audience"
    );
}

#[tokio::test]
async fn oo_12_what_is_no_plain_form_is_refused() {
    let desk = Desk::open().await;
    let of_type = |kind, body: &str| Post {
        content_type: Some(kind),
        body: body.to_owned(),
        ..Post::of(&[]).by(WIKI)
    };
    let form = "application/x-www-form-urlencoded";
    let large = format!("grant_type=refresh_token&scope={}", "a".repeat(1024 * 1024));
    let scopes = format!(
        "grant_type=refresh_token&refresh_token=x&scope={}",
        "a+".repeat(10_000)
    );
    let cases = [
        (
            Post {
                method: "GET",
                ..Post::of(&GRANT).by(WIKI)
            },
            "client_form_not_post",
            405,
        ),
        (
            of_type("application/json", "{}"),
            "client_form_not_form",
            400,
        ),
        (
            Post {
                content_type: None,
                ..Post::of(&GRANT).by(WIKI)
            },
            "client_form_not_form",
            400,
        ),
        (
            of_type(form, "grant_type=a&grant_type=b"),
            "client_form_repeated_parameter",
            400,
        ),
        (of_type(form, "grant_type=%ff"), "client_form_encoding", 400),
        (of_type(form, &large), "client_form_too_large", 413),
        (of_type(form, &scopes), "grant_unknown", 400),
        (of_type(form, ""), "client_form_missing_parameter", 400),
        (
            of_type(form, "grant_type=password&username=a&password=b"),
            "token_request_unsupported_grant_type",
            400,
        ),
        (
            of_type(form, "grant_type=client_credentials"),
            "token_request_unsupported_grant_type",
            400,
        ),
    ];
    for (post, code, status) in cases {
        let denied = desk.token(post).await.unwrap_err();
        assert_eq!((denied.code(), denied.status()), (code, status));
        assert_eq!(denied.allow().is_some(), status == 405);
    }
}
