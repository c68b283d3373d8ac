//! The conformance suite of the OpenID Foundation, basic OP: what it asks of the token and userinfo endpoints. Each test
//! is named for its module, or for several that differ in one parameter.

use actix_web::{
    http::header::{AUTHORIZATION, CONTENT_TYPE},
    test::TestRequest,
};
use serde_json::Value;
use vestibule_testkit::browser::Page;

use crate::support::{House, OTHER, PAD, PORTAL, json, text};

/// The error that an application is told.
fn error(page: &Page) -> (u16, String) {
    let told: Value = serde_json::from_str(&page.body).unwrap_or_else(|_| panic!("{}", page.body));
    (page.status, text(&told, "error").to_owned())
}

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

async fn userinfo(house: &House, token: &str) -> Page {
    let request = TestRequest::with_uri("/oauth2/userinfo")
        .insert_header((AUTHORIZATION, format!("Bearer {token}")));
    house.browser().call(request).await
}

async fn is_dead(house: &House, token: &str) -> bool {
    let page = userinfo(house, token).await;
    let challenge = page.header("www-authenticate").unwrap_or_default();
    page.status == 401 && challenge.contains("error=\"invalid_token\"")
}

/// oidcc_server_client_secret_post.
#[actix_web::test]
async fn oidcc_server_client_secret_post_and_public_clients() {
    let house = House::with_parties().await;
    for party in [PORTAL, OTHER, PAD] {
        let answer = party.logs_in(&house, &party.asks()).await;
        assert_eq!(text(&answer, "token_type"), "Bearer");
        party.verified(&house, &answer, Some("n-1")).await;
    }
}

/// oidcc_idtoken_signature, oidcc_idtoken_rs256, oidcc_ensure_id_token_has_kid, oidcc_ensure_request_without_nonce.
#[actix_web::test]
async fn oidcc_idtoken_is_what_another_library_accepts() {
    let house = House::with_parties().await;
    let answer = PORTAL
        .logs_in(&house, &PORTAL.asks().without("nonce"))
        .await;
    let claims = PORTAL.verified(&house, &answer, None).await;
    let told = json(&userinfo(&house, text(&answer, "access_token")).await);
    assert_eq!(told["sub"], claims.subject().as_str());
    assert!(claims.auth_time().is_some() && claims.auth_context_ref().is_some());
    // Claims of scopes come from the userinfo endpoint.
    assert!(claims.email().is_none() && claims.name().is_none());
}

/// oidcc_userinfo_get, oidcc_userinfo_post_header, oidcc_userinfo_post_body.
#[actix_web::test]
async fn oidcc_userinfo_get_post_header_and_post_body() {
    let house = House::with_parties().await;
    let answer = PORTAL.logs_in(&house, &PORTAL.asks()).await;
    let token = text(&answer, "access_token");
    let post = || TestRequest::post().uri("/oauth2/userinfo");
    let form = (CONTENT_TYPE, "application/x-www-form-urlencoded");
    let bearer = || (AUTHORIZATION, format!("Bearer {token}"));
    let ways = [
        TestRequest::with_uri("/oauth2/userinfo").insert_header(bearer()),
        post().insert_header(bearer()),
        post()
            .insert_header(form)
            .set_payload(format!("access_token={token}")),
    ];
    for way in ways {
        let told = json(&house.browser().call(way).await);
        assert_eq!(
            told["sub"],
            PORTAL
                .verified(&house, &answer, Some("n-1"))
                .await
                .subject()
                .as_str()
        );
    }
    let in_address = format!("/oauth2/userinfo?access_token={token}");
    assert_eq!(house.browser().get(&in_address).await.status, 400);
    let page = house.browser().get("/oauth2/userinfo").await;
    assert_eq!(page.status, 401);
    assert_eq!(
        page.header("www-authenticate"),
        Some("Bearer realm=\"userinfo\"")
    );
}

#[actix_web::test]
async fn oidcc_scope_profile_email_address_phone_all_and_claims_essential() {
    let house = House::with_parties().await;
    let claims = r#"{"userinfo":{"email":{"essential":true}}}"#;
    for (name, value, expected) in [
        ("scope", "openid", &["sub"][..]),
        ("scope", "openid email", &["email", "email_verified", "sub"]),
        ("scope", "openid address phone", &["sub"]),
        ("claims", claims, &["email", "email_verified", "sub"]),
    ] {
        let answer = PORTAL
            .logs_in(&house, &PORTAL.asks().with(name, value))
            .await;
        let told = json(&userinfo(&house, text(&answer, "access_token")).await);
        let found: Vec<&str> = told
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        if name == "scope" {
            assert_eq!(found, expected, "{value}");
        } else {
            assert!(found.contains(&"email"), "{found:?}");
        }
    }
}

/// oidcc_codereuse, oidcc_codereuse_30seconds.
#[actix_web::test]
async fn oo_04_oidcc_codereuse_and_codereuse_30seconds() {
    for seconds in [0, 30] {
        let house = House::with_parties().await;
        let code = PORTAL.code(&house, &PORTAL.asks()).await;
        let answer = json(&PORTAL.redeems(&house, &code).await);
        let token = text(&answer, "access_token");
        assert!(!is_dead(&house, token).await);
        house.wait(seconds);
        assert_eq!(error(&PORTAL.redeems(&house, &code).await), invalid_grant());
        assert!(is_dead(&house, token).await, "{seconds}");
        let log = house.command("audit list --json");
        assert_eq!(log.matches("\"grant_used\"").count(), 1, "{log}");
    }
}

/// oidcc_refresh_token.
#[actix_web::test]
async fn oo_07_oidcc_refresh_token() {
    let house = House::with_parties().await;
    let asks = PORTAL.asks().with("scope", "openid email offline_access");
    let first = PORTAL.logs_in(&house, &asks).await;
    house.wait(60);
    let second = json(&PORTAL.renews(&house, text(&first, "refresh_token")).await);
    let before = PORTAL.verified(&house, &first, Some("n-1")).await;
    let after = PORTAL.verified(&house, &second, None).await;
    assert_eq!(before.subject(), after.subject());
    assert_eq!(before.auth_time(), after.auth_time());
    assert!(before.issue_time() < after.issue_time());
    // Once more, long after: somebody else has it.
    house.wait(60);
    let again = PORTAL.renews(&house, text(&first, "refresh_token")).await;
    assert_eq!(error(&again), invalid_grant());
    for answer in [&first, &second] {
        assert!(is_dead(&house, text(answer, "access_token")).await);
    }
    let found = PORTAL.renews(&house, text(&second, "refresh_token")).await;
    assert_eq!(error(&found), invalid_grant());
    // Who may have none gets none.
    let asks = OTHER.asks().with("scope", "openid offline_access");
    let answer = OTHER.logs_in(&house, &asks).await;
    assert_eq!(answer.get("refresh_token"), None);
}

#[actix_web::test]
async fn oo_05_a_code_is_nobody_elses() {
    let house = House::with_parties().await;
    let code = PORTAL.code(&house, &PORTAL.asks()).await;
    let thief = OTHER.pretending(PORTAL.redirect_uri);
    assert_eq!(error(&thief.redeems(&house, &code).await), invalid_grant());
    assert_eq!(error(&PORTAL.redeems(&house, &code).await), invalid_grant());
    let code = PORTAL.code(&house, &PORTAL.asks()).await;
    house.wait(60);
    assert_eq!(
        error(&PORTAL.redeems(&house, &code).await),
        invalid_grant(),
        "a minute"
    );
    let log = house.command("audit list --json");
    assert_eq!(
        log.matches("\"grant_of_another_client\"").count(),
        1,
        "{log}"
    );
}

#[actix_web::test]
async fn so_17_tokens_end_with_what_they_stand_for() {
    for (command, outlives) in [
        ("session revoke --user adfs/bob", false),
        ("user disable adfs/bob", false),
    ] {
        let house = House::with_parties().await;
        let asks = PORTAL.asks().with("scope", "openid offline_access");
        let answer = PORTAL.logs_in(&house, &asks).await;
        let code = PORTAL.code(&house, &PORTAL.asks()).await;
        assert!(!is_dead(&house, text(&answer, "access_token")).await);
        house.command(command);
        assert_eq!(
            is_dead(&house, text(&answer, "access_token")).await,
            !outlives,
            "{command}"
        );
        assert_eq!(
            error(&PORTAL.redeems(&house, &code).await),
            invalid_grant(),
            "{command}"
        );
        let found = PORTAL.renews(&house, text(&answer, "refresh_token")).await;
        assert_eq!(error(&found), invalid_grant(), "{command}");
    }
}

#[actix_web::test]
async fn oo_15_introspection_and_revocation_are_about_ones_own_tokens() {
    let house = House::with_parties().await;
    let answer = PORTAL.logs_in(&house, &PORTAL.asks()).await;
    let shown = [("token", text(&answer, "access_token"))];
    let told = json(&PORTAL.posts(&house, "/oauth2/introspect", &shown).await);
    assert_eq!(told["active"], true);
    let told = json(&OTHER.posts(&house, "/oauth2/introspect", &shown).await);
    assert_eq!(told, serde_json::json!({ "active": false }));
    let page = PAD.posts(&house, "/oauth2/introspect", &shown).await;
    assert_eq!(error(&page), (400, "unauthorized_client".to_owned()));
    for party in [OTHER, PAD] {
        let page = party.posts(&house, "/oauth2/revoke", &shown).await;
        assert_eq!((page.status, page.body.as_str()), (200, ""));
        assert!(!is_dead(&house, shown[0].1).await);
    }
    let page = PORTAL.posts(&house, "/oauth2/revoke", &shown).await;
    assert_eq!((page.status, page.body.as_str()), (200, ""));
    assert!(is_dead(&house, shown[0].1).await);
}

#[actix_web::test]
async fn oo_16_a_pushed_request_is_asked_once() {
    let house = House::with_parties().await;
    let asks = PORTAL.asks().encoded();
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(asks.as_bytes())
        .into_owned()
        .collect();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let page = PORTAL.posts(&house, "/oauth2/par", &fields).await;
    assert_eq!(page.status, 201, "{}", page.body);
    let told: Value = serde_json::from_str(&page.body).unwrap();
    let name = text(&told, "request_uri").replace(':', "%3A");
    let address = format!("/oauth2/authorize?client_id=portal&request_uri={name}");
    let mut browser = house.browser();
    let page = browser.get(&address).await;
    // It was there in time, and takes its time.
    house.wait(100);
    let page = browser.passes_the_first_door(&page, "bob", "kiosk").await;
    let code = crate::support::Heard::of(&page).code().to_owned();
    let answer = json(&PORTAL.redeems(&house, &code).await);
    PORTAL.verified(&house, &answer, Some("n-1")).await;
    assert_eq!(browser.get(&address).await.status, 400);
    // A public client could be anybody.
    let others: Vec<_> = fields
        .into_iter()
        .filter(|(name, _)| *name != "client_id")
        .collect();
    let page = PAD.posts(&house, "/oauth2/par", &others).await;
    assert_eq!(error(&page), (400, "unauthorized_client".to_owned()));
}
