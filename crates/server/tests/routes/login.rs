//! The way of a login over HTTP.

use vestibule_saml::response::VerifiedAssertion;
use vestibule_testkit::{authenticator::Authenticator, browser::Page};

use crate::support::{Browser, House, PASSWORD, idp_key, request, verified};

#[actix_web::test]
async fn a_login_from_the_first_message_to_the_verified_assertion_and_once_more() {
    let house = House::build().await;
    let metadata = house.browser().get("/saml/metadata").await.body;
    let mut browser = house.browser();

    let asked = browser.is_sent("_first").await;
    let answer = asked.answered("alice", "staff", idp_key());
    let parked = browser.brings(answer).await;
    assert_eq!(parked.status, 303);
    let page = browser.follow(&parked).await;
    let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
    let wrong = browser
        .submit(
            &page
                .form_to("/code")
                .unwrap()
                .with("code", &app.wrong_code()),
        )
        .await;
    assert_eq!(wrong.status, 422);
    let codes = browser
        .submit(
            &wrong
                .form_to("/code")
                .unwrap()
                .with("code", &app.code().await),
        )
        .await;
    assert_eq!(codes.texts("#codes li").len(), 10);
    let done = browser.submit(&codes.form_to("/confirm").unwrap()).await;
    let assertion = verified(&done, &metadata, "_first");
    assert_eq!(assertion.name_id().value, "alice@acme.example");

    // In the same browser, straight in: no door, no page.
    let done = browser.get(&request("_again")).await;
    let straight = verified(&done, &metadata, "_again");

    browser.restarts();
    let asked = browser.is_sent("_second").await;
    let answer = asked.answered("alice", "staff", idp_key());
    let parked = browser.brings(answer).await;
    let page = browser.follow(&parked).await;
    let done = browser
        .submit(
            &page
                .form_to("/code")
                .unwrap()
                .with("code", &app.code().await),
        )
        .await;
    let again = verified(&done, &metadata, "_second");
    assert_eq!(again.name_id().value, "alice@acme.example");
    // The name that does not change with the mail address is the same each time.
    let stable = |assertion: &VerifiedAssertion| {
        let name = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
        assertion
            .attributes()
            .single(name)
            .unwrap()
            .unwrap()
            .to_owned()
    };
    assert_eq!(stable(&assertion), stable(&again));
    assert_eq!(stable(&straight), stable(&again));
    // Of one session, and of another.
    assert_eq!(assertion.session_index(), straight.session_index());
    assert_ne!(assertion.session_index(), again.session_index());
    assert!(!stable(&again).contains('@'));
}

#[actix_web::test]
async fn a_person_whom_a_rule_lets_pass_gets_there_without_a_page() {
    let house = House::build().await;
    let metadata = house.browser().get("/saml/metadata").await.body;
    let mut browser = house.browser();
    let asked = browser.is_sent("_k").await;
    let answer = asked.answered("bob", "kiosk", idp_key());
    let parked = browser.brings(answer).await;
    let done = browser.follow(&parked).await;
    verified(&done, &metadata, "_k");
    // The back button: the login is over, and nothing is sent again.
    let over = browser.follow(&parked).await;
    assert_eq!(over.texts("h1"), ["You are signed in"]);
    assert!(!over.body.contains("SAMLResponse"));
}

#[actix_web::test]
async fn a_denied_person_reads_so_and_takes_a_refusal_back() {
    let house = House::build().await;
    let mut browser = house.browser();
    let asked = browser.is_sent("_l").await;
    let answer = asked.answered("carol", "leavers", idp_key());
    let parked = browser.brings(answer).await;
    let page = browser.follow(&parked).await;
    assert_eq!(page.status, 403);
    let back = browser.submit(&page.form_to("/return").unwrap()).await;
    let refusal = back.message_form().unwrap();
    assert!(refusal.value("SAMLResponse").unwrap().len() > 100);
}

/// At the password page of the local accounts.
async fn at_the_password(browser: &mut Browser<'_>, id: &str) -> Page {
    let page = browser.get(&request(id)).await;
    let mail = page.form_to("/mail").unwrap();
    let page = browser
        .submit(&mail.with("mail", "x@elsewhere.example"))
        .await;
    assert_eq!(page.texts("button[name=upstream]").len(), 2);
    let choice = page.form_to("/upstream").unwrap();
    browser.submit(&choice.with("upstream", "local")).await
}

async fn type_password(browser: &mut Browser<'_>, page: &Page, name: &str, password: &str) -> Page {
    let form = page.form_to("/password").unwrap();
    browser
        .submit(&form.with("username", name).with("password", password))
        .await
}

#[actix_web::test]
async fn a_local_account_passes_the_second_door_as_everybody_does() {
    let house = House::build().await;
    let mut browser = house.browser();
    let metadata = house.browser().get("/saml/metadata").await.body;
    let mut page = at_the_password(&mut browser, "_e").await;
    for (name, password) in [("nobody", PASSWORD), ("admin", "wrong")] {
        page = type_password(&mut browser, &page, name, password).await;
        assert_eq!(page.status, 422);
        assert_eq!(page.texts("[role=alert]").len(), 1);
    }
    let page = type_password(&mut browser, &page, " Admin ", PASSWORD).await;
    let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
    let codes = page
        .form_to("/code")
        .unwrap()
        .with("code", &app.code().await);
    let codes = browser.submit(&codes).await;
    let done = browser.submit(&codes.form_to("/confirm").unwrap()).await;
    let assertion = verified(&done, &metadata, "_e");
    assert_eq!(assertion.name_id().value, "admin@acme.example");
}

#[actix_web::test]
async fn mf_24_no_spelling_of_a_user_name_gets_round_the_limit() {
    let house = House::build().await;
    let mut browser = house.browser();
    for spelling in ["admin", " admin", "admin  ", "ADMIN", "admin\u{2003}"] {
        let page = at_the_password(&mut browser, "_g").await;
        let refused = type_password(&mut browser, &page, spelling, "wrong").await;
        assert!(
            refused.texts("[role=alert]").concat().contains("not right"),
            "{spelling:?}"
        );
    }
    // The right password is not looked at now.
    let page = at_the_password(&mut browser, "_g").await;
    let waits = type_password(&mut browser, &page, "\tadmin", PASSWORD).await;
    assert_eq!(waits.status, 422);
    assert!(
        waits
            .texts("[role=alert]")
            .concat()
            .contains("too many wrong answers"),
        "{}",
        waits.body
    );
}
