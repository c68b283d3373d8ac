//! Logins that begin with us, and wishes of applications that cannot be met.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use vestibule_saml::{
    authn_request::{AuthnRequest, NameIdPolicy},
    binding::{MessageKind, redirect},
};
use vestibule_testkit::browser::Page;

use crate::{
    shared::messages::{ACS, APP},
    support::{Asked, House, PUBLIC, idp_key},
};

const START: &str = "/saml/start/atlassian";
const OFFERED: &str =
    "idp_initiated: { enabled: true, relay_states: ['https://acme.atlassian.example', other] }";

/// The message in a page that posts itself, and the RelayState beside it.
fn sent(page: &Page) -> (String, Option<String>) {
    let form = page.message_form();
    let form = form.unwrap_or_else(|| panic!("{}", page.unlike("no message")));
    assert_eq!(form.action.as_str(), ACS);
    let xml = STANDARD.decode(form.value("SAMLResponse").unwrap());
    let relay_state = form.value("RelayState").map(str::to_owned);
    (String::from_utf8(xml.unwrap()).unwrap(), relay_state)
}

#[actix_web::test]
async fn so_13_a_link_leads_to_a_page_and_its_button_to_a_login() {
    let house = House::with_saml(OFFERED).await;
    let mut browser = house.browser();
    let page = browser.get(&format!("{START}?relay_state=other")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Sign in to Jira"), "{}", page.body);
    // Nothing has happened: no cookie, no login, nothing that could be brought back.
    assert_eq!(browser.cookie, None);
    let asks = browser.submit(&page.form_to(START).unwrap()).await;
    let form = asks.form_to("/mail").unwrap();
    let asked = Asked::by(
        &browser
            .submit(&form.with("mail", "alice@acme.example"))
            .await,
    );
    let parked = browser
        .brings(asked.answered("bob", "kiosk", idp_key()))
        .await;
    let (xml, relay_state) = sent(&browser.follow(&parked).await);
    assert_eq!(relay_state.as_deref(), Some("other"));
    assert!(xml.contains("bob@acme.example") && xml.contains("<saml:Assertion"));
    assert!(!xml.contains("InResponseTo"), "{xml}");
}

/// A foreign page can open the address, but not press the button.
#[actix_web::test]
async fn so_13_no_other_site_begins_a_login() {
    let house = House::with_saml(OFFERED).await;
    let mut browser = house.browser();
    for origin in ["https://evil.example", "null", "http://localhost:8081"] {
        let page = browser.post_raw(START, origin, "").await;
        assert_eq!(page.status, 403, "{origin}");
    }
    // The control: the same form from here.
    let page = browser.post_raw(START, PUBLIC, "").await;
    assert_eq!(page.status, 303, "{}", page.body);
}

#[actix_web::test]
async fn so_13_only_what_is_offered_begins() {
    let offered = House::with_saml(OFFERED).await;
    let closed = House::build().await;
    for (house, address, status) in [
        (&offered, START.to_owned(), 200),
        (&offered, format!("{START}?relay_state=other"), 200),
        (
            &offered,
            format!("{START}?relay_state=https%3A%2F%2Fevil.example"),
            400,
        ),
        (
            &offered,
            format!("{START}?relay_state=other&relay_state=other"),
            400,
        ),
        (&offered, format!("{START}?relay_state="), 400),
        (&offered, "/saml/start/nobody".to_owned(), 400),
        (&offered, "/saml/start/account".to_owned(), 400),
        (&offered, "/saml/start/No%20Id".to_owned(), 404),
        (&offered, "/saml/start".to_owned(), 404),
        (&closed, START.to_owned(), 400),
    ] {
        let page = house.browser().get(&address).await;
        assert_eq!(page.status, status, "{address}");
        assert!(!page.body.contains("evil"), "{}", page.body);
    }
    let body = "relay_state=https%3A%2F%2Fevil.example";
    let page = offered.browser().submit_forged(START, body).await;
    assert_eq!(page.status, 400);
    let told = closed.command("audit list --json");
    assert!(told.contains("start_not_offered"), "{told}");
}

/// SO-18: the value that the page carries on is one of the list, and stays a value.
#[actix_web::test]
async fn so_18_what_is_relayed_is_no_markup() {
    let hostile = r#""><script>alert(1)</script>"#;
    let house = House::with_saml(&format!(
        "idp_initiated: {{ enabled: true, relay_states: '{hostile}' }}"
    ))
    .await;
    let encoded = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let mut browser = house.browser();
    let page = browser.get(&format!("{START}?relay_state={encoded}")).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<script>"), "{}", page.body);
    let form = page.form_to(START).unwrap();
    assert_eq!(form.value("relay_state"), Some(hostile));
}

/// A request for a kind of name, as the application `atlassian` would send it if it were generic.
fn wanting(format: &str, is_passive: bool) -> String {
    let wanted = AuthnRequest {
        id: "_vain",
        issue_instant: chrono::Utc::now(),
        destination: &format!("{PUBLIC}/saml/sso"),
        issuer: APP,
        acs_url: ACS,
        force_authn: false,
        is_passive,
        name_id_policy: Some(NameIdPolicy {
            format: Some(format.to_owned()),
            sp_name_qualifier: None,
            allow_create: true,
        }),
        requested_authn_context: None,
    };
    let xml = wanted.to_xml().unwrap();
    let sso = format!("{PUBLIC}/saml/sso");
    redirect::encode(&sso, MessageKind::Request, &xml, Some("there"), None).unwrap()
}

#[actix_web::test]
async fn so_10_the_person_reads_of_it_and_the_application_is_told() {
    const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let house = House::generic().await;
    let mut browser = house.browser();
    let page = browser.get(&wanting(PERSISTENT, false)).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("Go back to Jira"), "{}", page.body);
    let (later, relay_state) = sent(&page);
    assert_eq!(relay_state.as_deref(), Some("there"));
    // Where nothing may be shown, the answer leaves at once.
    let (at_once, _) = sent(&browser.get(&wanting(PERSISTENT, true)).await);
    for xml in [later, at_once] {
        assert!(xml.contains("status:InvalidNameIDPolicy"), "{xml}");
        assert!(xml.contains("InResponseTo=\"_vain\"") && xml.contains("<ds:Signature"));
        assert!(!xml.contains("Assertion "), "{xml}");
    }
}
