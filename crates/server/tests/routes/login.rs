//! The way of a login over HTTP.

use crate::support::*;

/// From the application to the identity provider: the browser, and what was asked.
async fn sent<S, B>(app: &S, browser: &mut Browser, id: &str) -> (String, String)
where
    S: actix_web::dev::Service<
            actix_http::Request,
            Response = actix_web::dev::ServiceResponse<B>,
            Error = actix_web::Error,
        >,
    B: actix_web::body::MessageBody,
{
    let page = browser.get(app, &request(id)).await;
    assert_eq!(page.status, 200);
    let onward = browser
        .submit(app, &page.form("/mail").with("mail", "alice@ACME.example"))
        .await;
    asked(onward.location())
}

#[actix_web::test]
async fn a_login_from_the_first_message_to_the_verified_assertion_and_once_more() {
    let house = House::build().await;
    let app = house.open().await;
    let metadata = Browser::default().get(&app, "/saml/metadata").await.body;
    let mut browser = Browser::default();

    let (request_id, state) = sent(&app, &mut browser, "_first").await;
    let answer = says(&request_id, &state, "alice", "staff", idp_key());
    let parked = browser
        .submit_from_elsewhere(&app, "/upstream/adfs/saml/acs", answer)
        .await;
    assert_eq!(parked.status, 303);
    let page = browser.get(&app, parked.location()).await;
    let secret = page
        .texts("[data-secret], .secret, code")
        .into_iter()
        .next()
        .unwrap();
    let wrong = browser
        .submit(&app, &page.form("/code").with("code", "000000"))
        .await;
    assert_eq!(wrong.status, 422);
    let codes = browser
        .submit(&app, &wrong.form("/code").with("code", &code(&secret, 0)))
        .await;
    assert_eq!(codes.texts("#codes li").len(), 10);
    let done = browser.submit(&app, &codes.form("/confirm")).await;
    let assertion = verified(&done.form(ACS), &metadata, "_first");
    assert_eq!(assertion.name_id().value, "alice@acme.example");

    let (request_id, state) = sent(&app, &mut browser, "_second").await;
    let answer = says(&request_id, &state, "alice", "staff", idp_key());
    let parked = browser
        .submit_from_elsewhere(&app, "/upstream/adfs/saml/acs", answer)
        .await;
    let page = browser.get(&app, parked.location()).await;
    let done = browser
        .submit(&app, &page.form("/code").with("code", &code(&secret, 1)))
        .await;
    let again = verified(&done.form(ACS), &metadata, "_second");
    assert_eq!(again.name_id().value, "alice@acme.example");
    // The name that does not change with the mail address is the same both times.
    let stable = |assertion: &vestibule_saml::response::VerifiedAssertion| {
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
    let app = house.open().await;
    let metadata = Browser::default().get(&app, "/saml/metadata").await.body;
    let mut browser = Browser::default();
    let (request_id, state) = sent(&app, &mut browser, "_k").await;
    let answer = says(&request_id, &state, "bob", "kiosk", idp_key());
    let parked = browser
        .submit_from_elsewhere(&app, "/upstream/adfs/saml/acs", answer)
        .await;
    let done = browser.get(&app, parked.location()).await;
    verified(&done.form(ACS), &metadata, "_k");
    // The back button: the login is over.
    assert_eq!(browser.get(&app, parked.location()).await.status, 409);
}

#[actix_web::test]
async fn a_denied_person_reads_so_and_takes_a_refusal_back() {
    let house = House::build().await;
    let app = house.open().await;
    let mut browser = Browser::default();
    let (request_id, state) = sent(&app, &mut browser, "_l").await;
    let answer = says(&request_id, &state, "carol", "leavers", idp_key());
    let parked = browser
        .submit_from_elsewhere(&app, "/upstream/adfs/saml/acs", answer)
        .await;
    let page = browser.get(&app, parked.location()).await;
    assert_eq!(page.status, 403);
    let back = browser.submit(&app, &page.form("/return")).await;
    assert!(back.form(ACS).field("SAMLResponse").len() > 100);
}

#[actix_web::test]
async fn a_person_may_choose_where_no_mail_address_decides() {
    let house = House::build().await;
    let app = house.open().await;
    let mut browser = Browser::default();
    let page = browser.get(&app, &request("_c")).await;
    let page = browser
        .submit(
            &app,
            &page.form("/mail").with("mail", "x@elsewhere.example"),
        )
        .await;
    assert_eq!(page.texts("button[name=upstream]").len(), 2);
    let page = browser
        .submit(&app, &page.form("/upstream").with("upstream", "local"))
        .await;
    let page = browser
        .submit(
            &app,
            &page
                .form("/password")
                .with("username", "nobody")
                .with("password", "x"),
        )
        .await;
    assert_eq!(page.status, 422);
    assert_eq!(page.texts("[role=alert]").len(), 1);
}
