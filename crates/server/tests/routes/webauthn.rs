//! Security keys over HTTP: set up, used, refused, and what else their address is sent (attack rows MF-02, MF-47,
//! MF-60, MF-66, MF-69).

use scraper::{Html, Selector};
use vestibule_testkit::{
    authenticator::Authenticator,
    browser::{Form, Page},
    security_key::{Algorithm, SecurityKey},
};

use crate::support::{Browser, House, PUBLIC, idp_key, verified};

fn key() -> SecurityKey {
    SecurityKey::new(PUBLIC, Algorithm::Es256)
}

/// From the application to the first page after the identity provider.
async fn arrive(browser: &mut Browser<'_>, id: &str, name: &str) -> Page {
    let asked = browser.is_sent(id).await;
    let answer = asked.answered(name, "staff", idp_key());
    let parked = browser.brings(answer).await;
    browser.follow(&parked).await
}

/// What the page hands to the browser, and the form for the answer.
fn asked(page: &Page) -> (String, Form) {
    let document = Html::parse_document(&page.body);
    let form = Selector::parse("form#key").unwrap();
    let form = document.select(&form).next();
    let form = form.unwrap_or_else(|| panic!("{}", page.unlike("no key is asked for")));
    let options = form.attr("data-options").unwrap().to_owned();
    (options, page.form_to("/webauthn").unwrap())
}

#[actix_web::test]
async fn a_key_is_chosen_set_up_named_and_used() {
    let house = House::accepting("[totp, webauthn]").await;
    let metadata = house.browser().get("/saml/metadata").await.body;
    let mut browser = house.browser();
    let mut key = key();
    let page = arrive(&mut browser, "_first", "alice").await;
    // The strongest is offered first, whatever the order of the rule.
    assert_eq!(page.texts(".choice-label")[0], "Security key or passkey");
    let choice = page.form_to("/enrol").unwrap().with("factor", "webauthn");
    let page = browser.submit(&choice).await;
    let (options, form) = asked(&page);
    let json = key.register(&options).unwrap();
    let named = form.with("credential", &json).with("name", "Blue key");
    let done = browser.submit(&named).await;
    verified(&done, &metadata, "_first");

    browser.restarts();
    let page = arrive(&mut browser, "_second", "alice").await;
    assert!(
        page.body.contains("<strong>Blue key</strong>"),
        "{}",
        page.body
    );
    let (options, form) = asked(&page);
    let json = key.sign(&options).unwrap();
    let done = browser.submit(&form.with("credential", &json)).await;
    let assertion = verified(&done, &metadata, "_second");
    assert_eq!(assertion.name_id().value, "alice@acme.example");
}

#[actix_web::test]
async fn mf_60_a_wrong_answer_and_a_used_one_lead_to_the_same_page_with_a_new_challenge() {
    let house = House::accepting("[webauthn]").await;
    let metadata = house.browser().get("/saml/metadata").await.body;
    let mut browser = house.browser();
    let mut key = key();
    let page = arrive(&mut browser, "_first", "alice").await;
    let (options, form) = asked(&page);
    // Set up on a page of another site that looks like ours.
    let mut phished = SecurityKey::new("https://sso.evil.example", Algorithm::Es256);
    let json = phished.register(&options).unwrap();
    let again = browser.submit(&form.with("credential", &json)).await;
    assert_eq!(again.status, 422);
    assert!(again.text("#error").unwrap().contains("was not accepted"));
    let (anew, form) = asked(&again);
    assert_ne!(anew, options);
    let json = key.register(&anew).unwrap();
    verified(
        &browser.submit(&form.with("credential", &json)).await,
        &metadata,
        "_first",
    );

    browser.restarts();
    let page = arrive(&mut browser, "_second", "alice").await;
    let (options, form) = asked(&page);
    let answer = form.with("credential", &key.sign(&options).unwrap());
    // From another browser, which has the address and the whole form.
    let stranger = house.browser().submit(&answer).await;
    assert_eq!(stranger.status, 403);
    verified(&browser.submit(&answer).await, &metadata, "_second");
    let replayed = browser.submit(&answer).await;
    assert!(replayed.message_form().is_none(), "{}", replayed.body);
}

#[actix_web::test]
async fn mf_02_mf_66_nothing_but_an_answer_is_an_answer() {
    let house = House::accepting("[webauthn]").await;
    let metadata = house.browser().get("/saml/metadata").await.body;
    let mut browser = house.browser();
    let page = arrive(&mut browser, "_first", "alice").await;
    let (_, form) = asked(&page);
    let path = form.action.path().to_owned();
    let long = format!("step=1&credential={}", "x".repeat(20_000));
    for body in [
        "",
        "step=1",
        "step=1&credential[]=x",
        "step=1&credential=a&credential=b",
        &long,
    ] {
        assert_eq!(
            browser.submit_forged(&path, body).await.status,
            400,
            "{body:.60}"
        );
    }
    let mut page = page;
    for json in ["", "{}", "null", "[[[[[[[[", "{\"rawId\":1}", "\u{0}", "ÿ"] {
        let (_, form) = asked(&page);
        page = browser.submit(&form.with("credential", json)).await;
        assert_eq!(page.status, 422, "{json}");
    }
    let (options, form) = asked(&page);
    let json = key().register(&options).unwrap();
    let done = browser.submit(&form.with("credential", &json)).await;
    verified(&done, &metadata, "_first");
}

#[actix_web::test]
async fn mf_47_without_a_script_there_are_the_other_ways_that_the_rule_leaves_and_no_more() {
    let metadata_of = async |house: &House| house.browser().get("/saml/metadata").await.body;
    // Both are open: the page says so, and the app can be set up instead.
    let open = House::accepting("[webauthn, totp]").await;
    let mut browser = open.browser();
    let page = arrive(&mut browser, "_first", "alice").await;
    let choice = page.form_to("/enrol").unwrap().with("factor", "webauthn");
    let page = browser.submit(&choice).await;
    assert!(page.body.contains("<noscript>"));
    let page = browser.submit(&page.form_to("/later").unwrap()).await;
    let choice = page.form_to("/enrol").unwrap().with("factor", "totp");
    let page = browser.submit(&choice).await;
    let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
    let code = page
        .form_to("/code")
        .unwrap()
        .with("code", &app.code().await);
    verified(
        &browser.submit(&code).await,
        &metadata_of(&open).await,
        "_first",
    );

    // Only a key is: whatever is chosen, it stays what is asked for.
    let strict = House::accepting("[webauthn]").await;
    let mut browser = strict.browser();
    let page = arrive(&mut browser, "_first", "alice").await;
    let (_, form) = asked(&page);
    let elsewhere = |act: &str| form.action.path().replace("/webauthn", &format!("/{act}"));
    let step = form.value("step").unwrap();
    for (act, field) in [
        ("enrol", "factor=totp"),
        ("another-way", "factor=totp"),
        ("later", "x=y"),
    ] {
        let body = format!("step={step}&{field}");
        let page = browser.submit_forged(&elsewhere(act), &body).await;
        assert!(page.form_to("/code").is_err(), "{act}");
        let shown = browser.get(elsewhere("").trim_end_matches('/')).await;
        assert!(
            shown.body.contains("data-ceremony=\"create\""),
            "{act}: {}",
            shown.body
        );
    }
}

#[actix_web::test]
async fn mf_69_the_name_of_a_key_is_escaped_and_one_line() {
    let house = House::accepting("[webauthn]").await;
    let mut browser = house.browser();
    let mut key = key();
    let page = arrive(&mut browser, "_first", "alice").await;
    let (options, form) = asked(&page);
    let json = key.register(&options).unwrap();
    let hostile = form
        .with("credential", &json)
        .with("name", "a\r\nevent=login");
    let page = browser.submit(&hostile).await;
    assert_eq!(page.status, 422);
    let mut key = self::key();
    let (options, form) = asked(&page);
    let json = key.register(&options).unwrap();
    let markup = form
        .with("credential", &json)
        .with("name", "<img src=x onerror=alert(1)>");
    assert_eq!(browser.submit(&markup).await.status, 200);
    browser.restarts();
    let page = arrive(&mut browser, "_second", "alice").await;
    assert!(!page.body.contains("<img src=x"), "{}", page.body);
    assert!(
        page.texts("#keys strong")
            .contains(&"<img src=x onerror=alert(1)>".to_owned())
    );
}
