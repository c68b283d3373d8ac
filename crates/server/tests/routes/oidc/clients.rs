//! What is tried of the addresses that applications' servers come to (attack rows OO-06 and OO-12).

use actix_web::{
    http::{
        Method,
        header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN},
    },
    test::TestRequest,
};
use serde_json::Value;

use crate::support::{House, PORTAL};

const FORM: &str = "application/x-www-form-urlencoded";
const POSTED_TO: [&str; 4] = [
    "/oauth2/token",
    "/oauth2/introspect",
    "/oauth2/revoke",
    "/oauth2/par",
];

#[actix_web::test]
async fn oo_06_oo_12_what_is_no_request_of_a_client_is_told_so_and_kept_nowhere() {
    let house = House::with_parties().await;
    let large = format!("scope={}", "a".repeat(1024 * 1024));
    let post = |path: &str| TestRequest::post().uri(path);
    let form = |path: &str, body: &str| {
        post(path)
            .insert_header((CONTENT_TYPE, FORM))
            .set_payload(body.to_owned())
    };
    for path in POSTED_TO {
        let in_query = format!("{path}?client_id=portal");
        let cases = [
            (TestRequest::with_uri(path), 405, "invalid_request"),
            (
                TestRequest::with_uri(path).method(Method::OPTIONS),
                405,
                "invalid_request",
            ),
            (post(path), 400, "invalid_request"),
            (
                post(path)
                    .insert_header((CONTENT_TYPE, "application/json"))
                    .set_payload("{}"),
                400,
                "invalid_request",
            ),
            (form(path, &large), 413, "invalid_request"),
            (
                form(path, "client_id=portal&client_id=portal"),
                400,
                "invalid_request",
            ),
            (form(&in_query, ""), 400, "invalid_request"),
            (form(path, ""), 401, "invalid_client"),
            (
                form(path, "client_id=portal&client_secret=wrong"),
                401,
                "invalid_client",
            ),
            (
                form(path, "client_id=nobody&client_secret=wrong"),
                401,
                "invalid_client",
            ),
            (
                form(path, "")
                    .insert_header((AUTHORIZATION, "Basic eDp5"))
                    .append_header((AUTHORIZATION, "Basic eDp5")),
                400,
                "invalid_request",
            ),
        ];
        for (number, (request, status, error)) in cases.into_iter().enumerate() {
            let request = request.insert_header((ORIGIN, "https://evil.example"));
            let page = house.browser().call(request).await;
            assert_eq!(page.status, status, "{path} {number}: {}", page.body);
            let told: Value = serde_json::from_str(&page.body).unwrap();
            assert_eq!(told["error"], error, "{path} {number}");
            assert_eq!(page.header("cache-control"), Some("no-store"));
            assert_eq!(page.header("pragma"), Some("no-cache"));
            assert_eq!(page.header("allow"), (status == 405).then_some("POST"));
            assert_eq!(page.header("www-authenticate").is_some(), status == 401);
            // No other site's scripts.
            assert_eq!(page.header("access-control-allow-origin"), None);
        }
    }
    for method in [Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS] {
        let request = TestRequest::with_uri("/oauth2/userinfo").method(method.clone());
        let page = house.browser().call(request).await;
        assert_eq!(page.status, 405, "{method}");
        assert_eq!(page.header("allow"), Some("GET, POST"), "{method}");
    }
}

#[actix_web::test]
async fn oo_06_guesses_at_a_secret_have_to_wait() {
    let house = House::with_parties().await;
    let guess = || {
        TestRequest::post()
            .uri("/oauth2/token")
            .insert_header((CONTENT_TYPE, FORM))
            // portal:wrong
            .insert_header((AUTHORIZATION, "Basic cG9ydGFsOndyb25n"))
            .set_payload("grant_type=refresh_token&refresh_token=x")
    };
    for _ in 0..20 {
        assert_eq!(house.browser().call(guess()).await.status, 401);
    }
    let page = house.browser().call(guess()).await;
    assert_eq!(page.status, 429, "{}", page.body);
    assert!(page.header("retry-after").is_some());
    house.wait(61);
    assert_eq!(PORTAL.renews(&house, "x").await.status, 400);
}
