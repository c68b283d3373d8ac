//! The same handler by other spellings of its address, other methods and other headers (attack row MF-10).

use actix_web::{
    http::{Method, header::ORIGIN},
    test::TestRequest,
};
use vestibule_testkit::authenticator::Authenticator;

use crate::support::{House, PUBLIC, idp_key};

/// Headers by which some servers take another method or address than the one that stands in the request.
const OVERRIDES: [(&str, &str); 9] = [
    ("accept", "application/json"),
    ("x-http-method", "POST"),
    ("x-http-method-override", "POST"),
    ("x-method-override", "POST"),
    ("x-original-url", "/healthz"),
    ("x-rewrite-url", "/healthz"),
    ("x-forwarded-uri", "/healthz"),
    ("x-forwarded-prefix", "/healthz"),
    ("x-requested-with", "XMLHttpRequest"),
];

#[actix_web::test]
async fn mf_10_the_way_of_a_login_has_one_spelling() {
    let house = House::build().await;
    let mut browser = house.browser();
    let asked = browser.is_sent("_1").await;
    let answer = asked.answered("alice", "staff", idp_key());
    let parked = browser.brings(answer).await;
    let page = browser.follow(&parked).await;
    let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
    let form = page.form_to("/code").unwrap();
    let form = form.with("code", &app.code().await);
    let (address, body) = (form.action.path().to_owned(), form.encoded());
    let handle = address.split('/').nth(2).unwrap().to_owned();
    let cookie = browser.cookie.clone().unwrap();
    let request = |method: Method, path: &str| {
        TestRequest::with_uri(path)
            .method(method)
            .insert_header((ORIGIN, PUBLIC))
            .insert_header(("cookie", cookie.clone()))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(body.clone())
    };

    for path in [
        format!("{address}/"),
        format!("/{address}"),
        format!("/login//{handle}/code"),
        format!("/login/{handle}//code"),
        format!("/login/{handle}/%2e/code"),
        format!("/login/{handle}/./code"),
        format!("/login/{handle}/x/../code"),
        format!("/login/{handle}/x/%2e%2e/code"),
        format!("/Login/{handle}/code"),
        format!("/%2flogin/{handle}/code"),
        format!("/healthz/..{address}"),
        format!("/healthz/%2e%2e{address}"),
        format!("/healthz;{address}"),
        format!("/static/..{address}"),
    ] {
        let outcome = house.browser().call(request(Method::POST, &path)).await;
        assert_eq!(outcome.status, 404, "{path}: {}", outcome.body);
    }
    // This is the page of another handle, and a page takes no form.
    let path = format!("/login/{handle}%2fcode");
    let outcome = house.browser().call(request(Method::POST, &path)).await;
    assert_eq!(outcome.status, 405, "{path}: {}", outcome.body);
    // Acts that are spelled otherwise are no acts.
    for act in [
        "code;",
        "Code",
        "code%00",
        "code%20",
        "c%256fde",
        "code.json",
    ] {
        let path = format!("/login/{handle}/{act}");
        let outcome = house.browser().call(request(Method::POST, &path)).await;
        assert_eq!(outcome.status, 400, "{path}: {}", outcome.body);
    }
    for method in [
        Method::HEAD,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        let outcome = house
            .browser()
            .call(request(method.clone(), &address))
            .await;
        assert_eq!(outcome.status, 405, "{method}");
        assert_eq!(outcome.header("allow"), Some("GET, POST"), "{method}");
    }
    for (name, value) in OVERRIDES {
        // A GET stays one, and acts on nothing.
        let visit = request(Method::GET, &address).insert_header((name, value));
        let outcome = house.browser().call(visit).await;
        assert_eq!(outcome.status, 303, "{name}");
        // A browser without the cookie stays a stranger.
        let page = format!("/login/{handle}");
        let stranger = TestRequest::with_uri(&page).insert_header((name, value));
        assert_eq!(house.browser().call(stranger).await.status, 403, "{name}");
        let stranger = TestRequest::post()
            .uri(&address)
            .insert_header((ORIGIN, PUBLIC))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .insert_header((name, value))
            .set_payload(body.clone());
        assert_eq!(house.browser().call(stranger).await.status, 403, "{name}");
        // A form of another site stays one.
        let foreign = TestRequest::post()
            .uri(&address)
            .insert_header((ORIGIN, "https://evil.example"))
            .insert_header(("cookie", cookie.clone()))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .insert_header((name, value))
            .set_payload(body.clone());
        assert_eq!(house.browser().call(foreign).await.status, 403, "{name}");
    }

    // benign control: none of them used the code up
    let done = house.browser().call(request(Method::POST, &address)).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let codes = browser.get(&format!("/login/{handle}")).await;
    assert_eq!(codes.texts("#codes li").len(), 10);
}

#[actix_web::test]
async fn mf_10_figures_are_for_those_who_may_read_them_by_any_spelling() {
    let house = House::build().await;
    for path in [
        "/metrics",
        "/metrics/",
        "//metrics",
        "/%6detrics",
        "/x/../metrics",
    ] {
        for (name, value) in OVERRIDES.iter().chain(&[
            ("x-forwarded-for", "127.0.0.1"),
            ("forwarded", "for=127.0.0.1"),
            ("x-real-ip", "127.0.0.1"),
        ]) {
            let request = TestRequest::with_uri(path).insert_header((*name, *value));
            let outcome = house.browser().call(request).await;
            assert_eq!(outcome.status, 404, "{path} {name}");
        }
    }
    // benign control
    let mut operator = house.browser();
    operator.address = [127, 0, 0, 1].into();
    assert_eq!(operator.get("/metrics").await.status, 200);
}
