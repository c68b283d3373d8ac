//! Attack rows that show at the edge: SI-86, SI-83, SI-42-ish forgeries at the ACS, MF-01, MF-02, WA-01 to WA-06, SO-01.

use actix_web::{http::header::ORIGIN, test};

use crate::support::*;

#[actix_web::test]
async fn wa_01_forms_of_other_sites_are_not_taken() {
    let house = House::build().await;
    let app = house.open().await;
    let mut browser = Browser::default();
    let page = browser.get(&app, &request("_1")).await;
    let form = page.form("/mail").with("mail", "alice@acme.example");
    let post = || {
        test::TestRequest::post()
            .uri(&form.action)
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
        assert_eq!(Browser::default().call(&app, request).await.status, 403);
    }
    // benign control
    let ours = post().insert_header(("sec-fetch-site", "same-origin"));
    assert_eq!(Browser::default().call(&app, ours).await.status, 303);
}

#[actix_web::test]
async fn wa_03_the_cookie_is_for_this_host_and_out_of_reach_of_scripts() {
    let house = House::build().await;
    let app = house.open().await;
    let mut browser = Browser::default();
    let page = browser.get(&app, &request("_1")).await;
    let cookie = page.header("set-cookie");
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
    let kept = browser.get(&app, &request("_2")).await;
    assert_eq!(kept.header("set-cookie"), "");
    for bad in [
        "vestibule=x",
        "vestibule=",
        "vestibule=a; vestibule=b",
        "vestibule=%%%; ;;=",
    ] {
        let request = get(request("_3").trim_start_matches(PUBLIC)).insert_header(("cookie", bad));
        assert_ne!(
            Browser::default()
                .call(&app, request)
                .await
                .header("set-cookie"),
            "",
            "{bad:?}"
        );
    }
}

#[actix_web::test]
async fn wa_04_every_answer_carries_the_headers() {
    let house = House::build().await;
    let app = house.open().await;
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
        let page = Browser::default().get(&app, address).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{address}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{address}");
        assert_eq!(
            page.header("x-content-type-options"),
            "nosniff",
            "{address}"
        );
        assert_eq!(page.header("referrer-policy"), "same-origin", "{address}");
        let cached = page.header("cache-control");
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
    let app = house.open().await;
    let mut browser = Browser::default();
    let page = browser.get(&app, &request("_1")).await;
    let hostile = "\"><script>alert(1)</script>@elsewhere.example";
    let page = browser
        .submit(&app, &page.form("/mail").with("mail", hostile))
        .await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}

#[actix_web::test]
async fn wa_06_the_host_header_changes_no_address() {
    let house = House::build().await;
    let app = house.open().await;
    let request = get("/saml/metadata")
        .insert_header(("host", "evil.example"))
        .insert_header(("x-forwarded-host", "evil.example"));
    let page = Browser::default().call(&app, request).await;
    assert!(!page.body.contains("evil.example"));
    assert!(page.body.contains("http://localhost:8080/saml/sso"));
}

#[actix_web::test]
async fn si_83_the_acs_takes_one_form_field_and_nothing_else() {
    let house = House::build().await;
    let app = house.open().await;
    let mut browser = Browser::default();
    let page = browser.get(&app, &request("_1")).await;
    let onward = browser
        .submit(&app, &page.form("/mail").with("mail", "alice@acme.example"))
        .await;
    let (id, state) = asked(onward.location());
    let good = says(&id, &state, "alice", "staff", idp_key());
    let acs = "/upstream/adfs/saml/acs";
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
            Browser::default().call(&app, request.uri(acs)).await.status,
            status
        );
    }
    let doubled = browser.submit_from_elsewhere(&app, acs, doubled).await;
    assert!(doubled.status.is_client_error(), "{}", doubled.status);
    let huge = browser
        .submit_from_elsewhere(&app, acs, format!("SAMLResponse={}", "A".repeat(300_000)))
        .await;
    assert_eq!(huge.status, 413);
    // benign control
    assert_eq!(
        browser.submit_from_elsewhere(&app, acs, good).await.status,
        303
    );
}

#[actix_web::test]
async fn si_49_an_answer_of_a_foreign_key_leaves_the_login_open() {
    let house = House::build().await;
    let app = house.open().await;
    let mut browser = Browser::default();
    let page = browser.get(&app, &request("_1")).await;
    let onward = browser
        .submit(&app, &page.form("/mail").with("mail", "alice@acme.example"))
        .await;
    let (id, state) = asked(onward.location());
    let profile = vestibule_saml::crypto::generate::CertificateProfile::starting(
        chrono::Utc::now(),
        "mallory",
    );
    let foreign = vestibule_saml::crypto::sign::SigningKey::generate_ec_p256(&profile).unwrap();
    let forged = says(&id, &state, "alice", "staff", &foreign);
    let refused = browser
        .submit_from_elsewhere(&app, "/upstream/adfs/saml/acs", forged)
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        !refused.body.contains("alice"),
        "the page does not echo claims"
    );
    let good = says(&id, &state, "alice", "staff", idp_key());
    assert_eq!(
        browser
            .submit_from_elsewhere(&app, "/upstream/adfs/saml/acs", good)
            .await
            .status,
        303
    );
}

#[actix_web::test]
async fn si_62_an_answer_that_is_posted_twice_logs_in_once() {
    let house = House::build().await;
    let app = house.open().await;
    let (mut one, mut two) = (Browser::default(), Browser::default());
    let page = one.get(&app, &request("_1")).await;
    let onward = one
        .submit(&app, &page.form("/mail").with("mail", "alice@acme.example"))
        .await;
    let (id, state) = asked(onward.location());
    let answer = says(&id, &state, "bob", "kiosk", idp_key());
    let parked = one
        .submit_from_elsewhere(&app, "/upstream/adfs/saml/acs", answer.clone())
        .await;
    assert_eq!(parked.status, 303);
    // Again, in the thief's browser: it is led to a page that is not theirs.
    let stolen = two
        .submit_from_elsewhere(&app, "/upstream/adfs/saml/acs", answer)
        .await;
    assert_eq!(two.get(&app, stolen.location()).await.status, 403);
    assert_eq!(one.get(&app, parked.location()).await.status, 200);
}

#[actix_web::test]
async fn so_01_an_unregistered_address_gets_nothing() {
    let house = House::build().await;
    let app = house.open().await;
    for bad in [
        "/saml/sso",
        "/saml/sso?SAMLRequest=x",
        "/saml/sso?SAMLRequest=x&SAMLRequest=y",
    ] {
        let page = Browser::default().get(&app, bad).await;
        assert_eq!(page.status, 400, "{bad}");
        assert!(!page.body.contains("<form"), "{bad}");
    }
    assert_eq!(
        Browser::default().get(&app, &request("_ok")).await.status,
        200
    );
}

#[actix_web::test]
async fn mf_01_an_unknown_or_foreign_page_shows_nothing() {
    let house = House::build().await;
    let app = house.open().await;
    let mut browser = Browser::default();
    let page = browser.get(&app, &request("_1")).await;
    let (address, _) = page
        .form("/mail")
        .action
        .rsplit_once('/')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert_eq!(browser.get(&app, &address).await.status, 200);
    assert_eq!(Browser::default().get(&app, &address).await.status, 403);
    assert_eq!(
        browser
            .get(&app, "/login/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
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
        let form = Form {
            action: format!("{address}/{act}"),
            fields: vec![("step".into(), "0".into())],
        };
        let outcome = browser.submit(&app, &form).await;
        assert!(!outcome.body.contains("SAMLResponse"), "{act}");
    }
}
