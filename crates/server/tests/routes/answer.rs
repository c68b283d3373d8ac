//! The page that carries an assertion to the application (attack rows SO-14, SO-18).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_testkit::browser::Page;

use crate::support::{Asked, House, idp_key, request};

/// A login from a request with this RelayState to the page with the answer.
async fn answered(house: &House, id: &str, relay_state: &str) -> Page {
    let mut browser = house.browser();
    let escaped = utf8_percent_encode(relay_state, NON_ALPHANUMERIC);
    let address = request(id).replace("RelayState=there", &format!("RelayState={escaped}"));
    let page = browser.get(&address).await;
    let form = page.form_to("/mail").unwrap();
    let sent = browser.submit(&form.with("mail", "bob@acme.example")).await;
    let answer = Asked::by(&sent).answered("bob", "kiosk", idp_key());
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
        ("_6", "javascript:alert(1)"),
        ("_7", "&quot;&gt;&lt;script&gt;"),
        ("_8", "there"),
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
