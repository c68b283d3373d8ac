//! Scripts of other sites: which of them may read what (Fetch standard, section 3.2).

use actix_web::{
    http::{
        Method,
        header::{
            ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN,
        },
    },
    test::TestRequest,
};
use vestibule_testkit::browser::Page;

use crate::support::{House, PORTAL, SHEET, json, text};

/// Where the script of `sheet` runs.
const SCRIPT: &str = "https://sheet.example";

/// Nobody's; those of clients that are no script; what only looks like the script's; what has no origin.
const OTHERS: [&str; 9] = [
    "https://evil.example",
    "https://portal.example",
    "http://127.0.0.1",
    "http://localhost:8080",
    "http://sheet.example",
    "https://sheet.example:8443",
    "https://sheet.example.evil.example",
    "https://SHEET.example",
    "null",
];

/// Its addresses, with the methods that a script has a use for.
const OPEN: [(&str, &str); 4] = [
    ("/oauth2/token", "POST"),
    ("/oauth2/userinfo", "GET"),
    ("/oauth2/userinfo", "POST"),
    ("/oauth2/revoke", "POST"),
];

fn allowed(page: &Page) -> Option<&str> {
    // A script never acts with what the browser knows.
    assert_eq!(page.header("access-control-allow-credentials"), None);
    page.header("access-control-allow-origin")
}

/// What a browser asks before a script's request that no form could send.
async fn preflight(house: &House, path: &str, origin: &str, method: &str, headers: &str) -> Page {
    let mut request = TestRequest::with_uri(path)
        .method(Method::OPTIONS)
        .insert_header((ORIGIN, origin))
        .insert_header((ACCESS_CONTROL_REQUEST_METHOD, method));
    // A browser leaves it out where there are none.
    if !headers.is_empty() {
        request = request.insert_header((ACCESS_CONTROL_REQUEST_HEADERS, headers));
    }
    house.browser().call(request).await
}

#[actix_web::test]
async fn a_script_of_a_public_client_gets_its_tokens_and_gives_them_back() {
    let house = House::with_parties().await;
    let code = SHEET.code(&house, &SHEET.asks()).await;
    let request = SHEET.exchange(&code).insert_header((ORIGIN, SCRIPT));
    let page = house.browser().call(request).await;
    assert_eq!(allowed(&page), Some(SCRIPT));
    assert!(page.header("vary").unwrap().contains("Origin"));
    let answer = json(&page);
    let token = text(&answer, "access_token");
    let userinfo = || {
        TestRequest::with_uri("/oauth2/userinfo")
            .insert_header((ORIGIN, SCRIPT))
            .insert_header((AUTHORIZATION, format!("Bearer {token}")))
    };
    let page = house.browser().call(userinfo()).await;
    assert_eq!(
        (allowed(&page), &json(&page)["email_verified"]),
        (Some(SCRIPT), &true.into())
    );
    let back = SHEET.form("/oauth2/revoke", &[("token", token)]);
    let page = house
        .browser()
        .call(back.insert_header((ORIGIN, SCRIPT)))
        .await;
    assert_eq!((page.status, allowed(&page)), (200, Some(SCRIPT)));
    // It may read why it is refused, too.
    let page = house.browser().call(userinfo()).await;
    assert_eq!((page.status, allowed(&page)), (401, Some(SCRIPT)));
    let exposed = page.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("www-authenticate"), "{exposed}");
}

#[actix_web::test]
async fn no_other_script_reads_what_an_application_is_told() {
    let house = House::with_parties().await;
    for origin in OTHERS {
        // The request of a client is one, wherever it comes from; only that no script reads the answer.
        let code = SHEET.code(&house, &SHEET.asks()).await;
        let request = SHEET.exchange(&code).insert_header((ORIGIN, origin));
        let page = house.browser().call(request).await;
        assert_eq!((page.status, allowed(&page)), (200, None), "{origin}");
        for (path, method) in OPEN {
            let page = preflight(&house, path, origin, method, "authorization").await;
            assert_eq!(
                (page.status, allowed(&page)),
                (400, None),
                "{origin} {path}"
            );
        }
    }
}

#[actix_web::test]
async fn a_browser_is_told_the_least_that_a_script_needs() {
    let house = House::with_parties().await;
    for (path, method) in OPEN {
        let page = preflight(&house, path, SCRIPT, method, "authorization,content-type").await;
        assert_eq!((page.status, allowed(&page)), (200, Some(SCRIPT)), "{path}");
        assert_eq!(page.header("access-control-max-age"), Some("600"));
        for (method, headers) in [("PUT", "authorization"), (method, "x-forwarded-for")] {
            let page = preflight(&house, path, SCRIPT, method, headers).await;
            assert_eq!(
                (page.status, allowed(&page)),
                (400, None),
                "{path} {headers}"
            );
        }
    }
    // Where no script has a use, there is no CORS at all: what a person or a server of an application comes to.
    for path in [
        "/oauth2/authorize",
        "/oauth2/introspect",
        "/oauth2/par",
        "/oauth2/logout",
        "/saml/metadata",
        "/account",
        "/",
    ] {
        for method in ["GET", "POST"] {
            let page = preflight(&house, path, SCRIPT, method, "authorization").await;
            assert_eq!(allowed(&page), None, "{path}");
            assert_ne!(page.status, 200, "{path}");
        }
        let request = TestRequest::with_uri(path).insert_header((ORIGIN, SCRIPT));
        assert_eq!(
            allowed(&house.browser().call(request).await),
            None,
            "{path}"
        );
    }
    // Nor is a script an application that proves who it is.
    let code = PORTAL.code(&house, &PORTAL.asks()).await;
    let request = PORTAL
        .exchange(&code)
        .insert_header((ORIGIN, "https://portal.example"));
    assert_eq!(allowed(&house.browser().call(request).await), None);
}

#[actix_web::test]
async fn everybody_may_read_what_is_published_for_everybody() {
    let house = House::with_parties().await;
    for path in ["/.well-known/openid-configuration", "/oauth2/jwks"] {
        for origin in [SCRIPT, "https://evil.example", "null"] {
            let request = TestRequest::with_uri(path).insert_header((ORIGIN, origin));
            let page = house.browser().call(request).await;
            assert_eq!((page.status, allowed(&page)), (200, Some("*")), "{path}");
            let page = preflight(&house, path, origin, "GET", "").await;
            assert_eq!((page.status, allowed(&page)), (200, Some("*")), "{path}");
            let page = preflight(&house, path, origin, "POST", "authorization").await;
            assert_eq!((page.status, allowed(&page)), (400, None), "{path}");
        }
        // For all the same, so that caches may keep it.
        let page = house.browser().get(path).await;
        assert_eq!((page.status, page.header("vary")), (200, None), "{path}");
    }
}
