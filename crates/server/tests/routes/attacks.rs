//! Attack rows that show at the edge, each named in its test.

use actix_web::{http::header::ORIGIN, test};
use vestibule_saml::crypto::{generate::CertificateProfile, sign::SigningKey};

use crate::support::{House, OUR_ACS, PUBLIC, idp_key, request};

#[actix_web::test]
async fn wa_01_forms_of_other_sites_are_not_taken() {
    let house = House::build().await;
    let mut browser = house.browser();
    let page = browser.get(&request("_1")).await;
    let form = page
        .form_to("/mail")
        .unwrap()
        .with("mail", "alice@acme.example");
    let post = || {
        test::TestRequest::post()
            .uri(form.action.path())
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .insert_header(("cookie", browser.cookie.clone().unwrap()))
            .set_payload(form.encoded())
    };
    let foreign = [
        post(),
        post().insert_header((ORIGIN, "null")),
        post().insert_header((ORIGIN, "https://evil.example")),
        post().insert_header((ORIGIN, "http://localhost:8080.evil.example")),
        post().insert_header((ORIGIN, "https://localhost:8080")),
        post().insert_header(("sec-fetch-site", "cross-site")),
        post().insert_header(("sec-fetch-site", "same-site")),
    ];
    for request in foreign {
        assert_eq!(house.browser().call(request).await.status, 403);
    }
    // benign control
    let ours = post().insert_header(("sec-fetch-site", "same-origin"));
    assert_eq!(house.browser().call(ours).await.status, 303);
}

#[actix_web::test]
async fn wa_03_the_cookie_is_for_this_host_and_out_of_reach_of_scripts() {
    let house = House::build().await;
    let mut browser = house.browser();
    let page = browser.get(&request("_1")).await;
    let cookie = page.header("set-cookie").unwrap_or_default();
    assert!(
        cookie.starts_with("vestibule=")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert!(
        cookie.contains("Path=/") && !cookie.contains("Domain"),
        "{cookie}"
    );
    // A browser that has one keeps it; one that is malformed or doubled is none.
    let kept = browser.get(&request("_2")).await;
    assert_eq!(kept.header("set-cookie").unwrap_or_default(), "");
    for bad in [
        "vestibule=x",
        "vestibule=",
        "vestibule=a; vestibule=b",
        "vestibule=%%%; ;;=",
    ] {
        let request = test::TestRequest::with_uri(request("_3").trim_start_matches(PUBLIC))
            .insert_header(("cookie", bad));
        assert_ne!(
            house
                .browser()
                .call(request)
                .await
                .header("set-cookie")
                .unwrap_or_default(),
            "",
            "{bad:?}"
        );
    }
}

#[actix_web::test]
async fn wa_04_every_answer_carries_the_headers() {
    let house = House::build().await;
    for address in [
        "/",
        "/nothing",
        "/healthz",
        "/readyz",
        "/saml/metadata",
        "/saml/sso",
        "/login/x",
        "/metrics",
        "/static/vestibule.css",
    ] {
        let page = house.browser().get(address).await;
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{address}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{address}");
        assert_eq!(
            page.header("x-content-type-options").unwrap_or_default(),
            "nosniff",
            "{address}"
        );
        assert_eq!(
            page.header("referrer-policy").unwrap_or_default(),
            "same-origin",
            "{address}"
        );
        let cached = page.header("cache-control").unwrap_or_default();
        assert_eq!(
            cached == "no-store",
            !address.starts_with("/static"),
            "{address}: {cached}"
        );
    }
}

#[actix_web::test]
async fn wa_05_what_comes_from_outside_is_text() {
    let house = House::build().await;
    let mut browser = house.browser();
    let page = browser.get(&request("_1")).await;
    let hostile = "\"><script>alert(1)</script>@elsewhere.example";
    let page = browser
        .submit(&page.form_to("/mail").unwrap().with("mail", hostile))
        .await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}

#[actix_web::test]
async fn wa_06_the_host_header_changes_no_address() {
    let house = House::build().await;
    let request = test::TestRequest::with_uri("/saml/metadata")
        .insert_header(("host", "evil.example"))
        .insert_header(("x-forwarded-host", "evil.example"));
    let page = house.browser().call(request).await;
    assert!(!page.body.contains("evil.example"));
    assert!(page.body.contains("http://localhost:8080/saml/sso"));
}

#[actix_web::test]
async fn si_83_the_acs_takes_one_form_field_and_nothing_else() {
    let house = House::build().await;
    let mut browser = house.browser();
    let asked = browser.is_sent("_1").await;
    let good = asked.answered("alice", "staff", idp_key());
    let doubled = format!("{good}&{good}");
    let bad = [
        (
            test::TestRequest::post()
                .insert_header(("content-type", "application/json"))
                .set_payload("{}"),
            400,
        ),
        (
            test::TestRequest::post()
                .insert_header(("content-type", "text/plain"))
                .set_payload(good.clone()),
            400,
        ),
        (test::TestRequest::get(), 404),
        (test::TestRequest::put(), 404),
    ];
    for (request, status) in bad {
        assert_eq!(
            house.browser().call(request.uri(OUR_ACS)).await.status,
            status
        );
    }
    // A RelayState that stands there twice names no login.
    let doubled = browser.brings(doubled).await;
    assert_eq!(doubled.status, 404, "{}", doubled.body);
    let huge = browser
        .brings(format!("SAMLResponse={}", "A".repeat(300_000)))
        .await;
    assert_eq!(huge.status, 413);
    // benign control
    assert_eq!(browser.brings(good).await.status, 303);
}

#[actix_web::test]
async fn si_49_an_answer_of_a_foreign_key_leaves_the_login_open() {
    let house = House::build().await;
    let mut browser = house.browser();
    let asked = browser.is_sent("_1").await;
    let profile = CertificateProfile::starting(chrono::Utc::now(), "mallory");
    let foreign = SigningKey::generate_ec_p256(&profile).unwrap();
    let forged = asked.answered("alice", "staff", &foreign);
    let refused = browser.brings(forged).await;
    assert_eq!(refused.status, 400);
    assert!(
        !refused.body.contains("alice"),
        "the page does not echo claims"
    );
    let good = asked.answered("alice", "staff", idp_key());
    assert_eq!(browser.brings(good).await.status, 303);
}

#[actix_web::test]
async fn si_62_an_answer_that_is_posted_twice_logs_in_once() {
    let house = House::build().await;
    let (mut one, mut two) = (house.browser(), house.browser());
    let asked = one.is_sent("_1").await;
    let answer = asked.answered("bob", "kiosk", idp_key());
    let parked = one.brings(answer.clone()).await;
    assert_eq!(parked.status, 303);
    // Again, in the thief's browser: it is led to a page that is not theirs.
    let stolen = two.brings(answer).await;
    assert_eq!(two.follow(&stolen).await.status, 403);
    assert_eq!(one.follow(&parked).await.status, 200);
}

#[actix_web::test]
async fn so_01_an_unregistered_address_gets_nothing() {
    let house = House::build().await;
    for bad in [
        "/saml/sso",
        "/saml/sso?SAMLRequest=x",
        "/saml/sso?SAMLRequest=x&SAMLRequest=y",
    ] {
        let page = house.browser().get(bad).await;
        assert_eq!(page.status, 400, "{bad}");
        assert!(!page.body.contains("<form"), "{bad}");
    }
    assert_eq!(house.browser().get(&request("_ok")).await.status, 200);
}

#[actix_web::test]
async fn mf_01_an_unknown_or_foreign_page_shows_nothing() {
    let house = House::build().await;
    let mut browser = house.browser();
    let page = browser.get(&request("_1")).await;
    let form = page.form_to("/mail").unwrap();
    let address = form.action.path().strip_suffix("/mail").unwrap();
    assert_eq!(browser.get(address).await.status, 200);
    assert_eq!(house.browser().get(address).await.status, 403);
    assert_eq!(
        browser
            .get("/login/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
            .await
            .status,
        404
    );
    for act in [
        "code",
        "confirm",
        "later",
        "enrol",
        "another-way",
        "upstream",
        "password",
        "finish",
        "grant",
    ] {
        let path = format!("{address}/{act}");
        let outcome = browser.submit_forged(&path, "step=0").await;
        assert!(!outcome.body.contains("SAMLResponse"), "{act}");
    }
}
