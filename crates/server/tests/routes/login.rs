//! The way of a login over HTTP.

use vestibule_saml::response::VerifiedAssertion;
use vestibule_testkit::authenticator::Authenticator;

use crate::support::{House, idp_key, request, verified};

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
    // The name that does not change with the mail address is the same both times.
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

#[actix_web::test]
async fn a_person_may_choose_where_no_mail_address_decides() {
    let house = House::build().await;
    let mut browser = house.browser();
    let page = browser.get(&request("_c")).await;
    let page = browser
        .submit(
            &page
                .form_to("/mail")
                .unwrap()
                .with("mail", "x@elsewhere.example"),
        )
        .await;
    assert_eq!(page.texts("button[name=upstream]").len(), 2);
    let page = browser
        .submit(&page.form_to("/upstream").unwrap().with("upstream", "local"))
        .await;
    let page = browser
        .submit(
            &page
                .form_to("/password")
                .unwrap()
                .with("username", "nobody")
                .with("password", "x"),
        )
        .await;
    assert_eq!(page.status, 422);
    assert_eq!(page.texts("[role=alert]").len(), 1);
}
