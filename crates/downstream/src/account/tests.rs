use vestibule_core::id::EnrolmentId;

use super::*;
use crate::conformance::{grant, identity, now};

fn page() -> AccountPage {
    AccountPage::new(Url::parse("https://sso.acme.test/").unwrap())
}

fn wanting(path: &str) -> Incoming {
    Incoming {
        query: path.to_owned(),
        form: None,
    }
}

fn address(reply: &Reply) -> &str {
    match reply {
        Reply::Redirect(url) => url.as_str(),
        Reply::PostForm { .. } => panic!("{reply:?}"),
    }
}

#[tokio::test]
async fn the_answer_leads_to_the_page_that_was_asked_for() {
    let factor = Place::Factor(EnrolmentId::from_bytes([0xab; 16])).path();
    for path in ["/account", factor.as_str()] {
        let request = page().receive(&wanting(path), now()).await.unwrap();
        assert_eq!(request.app, AppId::account());
        let stored = serde_json::to_string(&request).unwrap();
        let request: AuthnRequest = serde_json::from_str(&stored).unwrap();
        let reply = page().answer(grant(request, identity(), true)).await;
        let expect = format!("https://sso.acme.test{path}");
        assert_eq!(address(&reply.unwrap().reply), expect);
    }
}

#[tokio::test]
async fn no_other_address_can_be_asked_for() {
    for path in [
        "",
        "/",
        "account",
        "/account/",
        "/account?x",
        "/account/factors/",
        "/account/factors/ABABABABABABABABABABABABABABABAB",
        "/account/factors/abababababababababababababababab/",
        "/account/factors/../../login",
        "//evil.test",
        "https://evil.test/account",
    ] {
        let rejection = page().receive(&wanting(path), now()).await.unwrap_err();
        assert_eq!(rejection.code, "account_page_unknown", "{path}");
    }
}

#[tokio::test]
async fn a_refusal_leads_to_a_page_that_begins_no_login() {
    let request = page().receive(&wanting("/account"), now()).await.unwrap();
    let reply = page().refuse(&request, Refusal::Cancelled, now()).await;
    assert_eq!(
        address(&reply.unwrap()),
        "https://sso.acme.test/account/back"
    );
}
