//! The page that carries an assertion, or a refusal, to the application (attack rows SO-11, SO-14, SO-18).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_saml::{
    authn_request::{Comparison, RequestedAuthnContext},
    encryption::Decryption,
    response::ResponseError,
};
use vestibule_testkit::{authenticator::Authenticator, browser::Page};

use crate::support::{Asked, Browser, House, idp_key, request, request_for, verified_with};

/// A login from a request with this RelayState to the page with the answer.
async fn answered(house: &House, id: &str, relay_state: &str) -> Page {
    let escaped = utf8_percent_encode(relay_state, NON_ALPHANUMERIC);
    let address = request(id).replace("RelayState=there", &format!("RelayState={escaped}"));
    asked_by(house, &address).await
}

/// A login of somebody who needs no second factor, from this request to the page with the answer.
async fn asked_by(house: &House, address: &str) -> Page {
    arrives(&mut house.browser(), address, "bob").await
}

/// The first door of somebody for whom no rule asks for a second one.
async fn arrives(browser: &mut Browser<'_>, address: &str, name: &str) -> Page {
    let page = browser.get(address).await;
    let form = page.form_to("/mail").unwrap();
    let sent = browser.submit(&form.with("mail", "bob@acme.example")).await;
    let answer = Asked::by(&sent).answered(name, "kiosk", idp_key());
    let parked = browser.brings(answer).await;
    browser.follow(&parked).await
}

#[actix_web::test]
async fn so_18_a_relay_state_stays_a_value() {
    let house = House::build().await;
    for (id, hostile) in [
        ("_1", "\"><script>alert(1)</script>"),
        ("_2", "'><img src=x onerror=alert(1)>"),
        ("_3", "\" autofocus onfocus=\"alert(1)"),
        ("_4", "</form><form action=https://evil.example>"),
        ("_5", "{{7*7}}${7*7}<%= 7*7 %>"),
        ("_6", "&quot;&gt;&lt;script&gt;"),
        ("_7", "there"),
    ] {
        let page = answered(&house, id, hostile).await;
        let form = page.message_form().unwrap();
        assert_eq!(form.value("RelayState"), Some(hostile));
        let action = form.action.as_str();
        assert!(
            action.starts_with("https://auth.atlassian.example/"),
            "{action}"
        );
        assert!(form.value("SAMLResponse").is_some());
        for word in ["<script>alert", "<img src=x", "onfocus=\"", "<form action="] {
            assert!(!page.body.contains(word), "{hostile}: {}", page.body);
        }
    }
}

#[actix_web::test]
async fn so_18_what_a_browser_would_run_comes_back_to_nobody() {
    let house = House::build().await;
    for (id, relay_state, refused) in [
        ("_1", "javascript%3Aalert(1)", true),
        ("_2", "data%3Atext%2Fhtml%2C1", true),
        ("_3", "cookie%3A1", false),
    ] {
        let address = request(id).replace("RelayState=there", &format!("RelayState={relay_state}"));
        let page = house.browser().get(&address).await;
        assert_eq!(page.status == 400, refused, "{relay_state}: {}", page.body);
        assert_eq!(page.form_to("/mail").is_err(), refused, "{relay_state}");
    }
}

#[actix_web::test]
async fn so_14_so_18_the_page_is_kept_nowhere_and_runs_nothing_of_others() {
    let house = House::build().await;
    let page = answered(&house, "_1", "there").await;
    let policy = page.header("content-security-policy").unwrap().to_owned();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    for inline in [
        " onload=",
        " onsubmit=",
        " onclick=",
        "javascript:",
        "<script>",
    ] {
        assert!(!page.body.contains(inline), "{inline}: {}", page.body);
    }
}

/// What the application reads in a signed answer: the class that is stated, or the two codes of a refusal.
fn read(page: &Page, metadata: &str, id: &str) -> (String, Option<String>) {
    match verified_with(page, metadata, id, Decryption::default()) {
        Ok(assertion) => (assertion.authn_context().unwrap().to_owned(), None),
        Err(ResponseError::Status(status)) => {
            assert!(status.signed);
            (status.code, status.second_level)
        }
        Err(other) => panic!("{other}"),
    }
}

const MFA: &str = "https://refeds.org/profile/mfa";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const SMARTCARD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard";

fn context(comparison: Comparison, class: &str) -> Option<RequestedAuthnContext> {
    Some(RequestedAuthnContext {
        comparison,
        class_refs: vec![class.to_owned()],
    })
}

/// SAML core 3.3.2.2.1 and 3.2.2.2, in all four comparisons: an application that asks for what nobody here can prove
/// reads so in a signed Response.
#[actix_web::test]
async fn so_11_an_unmet_context_is_answered_and_written_down() {
    let house = House::build().await;
    let metadata = house.browser().get("/saml/metadata").await.body;
    let granted = (PASSWORD.to_owned(), None);
    for (id, comparison, class) in [
        ("_maximum", Comparison::Maximum, MFA),
        ("_same", Comparison::Exact, PASSWORD),
    ] {
        let address = request_for(id, context(comparison, class));
        let page = asked_by(&house, &address).await;
        assert_eq!(read(&page, &metadata, id), granted, "{id}");
    }
    let refused = (
        "urn:oasis:names:tc:SAML:2.0:status:Responder".to_owned(),
        Some("urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext".to_owned()),
    );
    for comparison in [
        Comparison::Exact,
        Comparison::Minimum,
        Comparison::Maximum,
        Comparison::Better,
    ] {
        let address = request_for("_card", context(comparison, SMARTCARD));
        let page = house.browser().get(&address).await;
        assert_eq!(read(&page, &metadata, "_card"), refused, "{comparison:?}");
    }
    let written = house.command("audit list");
    let unmet = written.matches("reason=authn_context_unmet").count();
    assert_eq!(unmet, 4, "{written}");
}

/// What the rules do not ask of a person and the application does is asked, and nothing else: also of somebody who was
/// let in with less before.
#[actix_web::test]
async fn so_11_a_context_asks_for_the_factor_that_is_missing() {
    let house = House::build().await;
    let metadata = house.browser().get("/saml/metadata").await.body;
    for (id, name, comparison, class) in [
        ("_exact", "bea", Comparison::Exact, MFA),
        ("_minimum", "ben", Comparison::Minimum, MFA),
        ("_better", "bill", Comparison::Better, PASSWORD),
    ] {
        let mut browser = house.browser();
        let plain = arrives(&mut browser, &request("_plain"), name).await;
        assert_eq!(read(&plain, &metadata, "_plain").0, PASSWORD, "{id}");
        let page = browser
            .get(&request_for(id, context(comparison, class)))
            .await;
        let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
        let code = page.form_to("/code").unwrap();
        let codes = browser.submit(&code.with("code", &app.code().await)).await;
        let done = browser.submit(&codes.form_to("/confirm").unwrap()).await;
        assert_eq!(read(&done, &metadata, id), (MFA.to_owned(), None), "{id}");
    }
}

#[actix_web::test]
async fn so_19_an_assertion_is_found_in_the_audit_log_and_a_forged_one_is_not() {
    let house = House::build().await;
    let metadata = house.browser().get("/saml/metadata").await.body;
    let page = asked_by(&house, &request("_1")).await;
    let assertion = verified_with(&page, &metadata, "_1", Decryption::default()).unwrap();
    let find = |id: &str| house.command(&format!("audit list --answer {id}"));
    let found = find(assertion.id());
    assert_eq!(found.lines().count(), 1, "{found}");
    for part in [
        "app=atlassian",
        "person=adfs/",
        &format!("answer={}", assertion.id()),
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert_eq!(find("_00000000000000000000000000000001"), "");
}
