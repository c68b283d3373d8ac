//! Logout requests, honest and not; each module of the OpenID conformance suite that concerns them.

use super::*;
use crate::provider::client::ClientKind;

const BYE: &str = "https://app.example/bye?x=1";
/// The parameters of a request.
type Fields<'a> = &'a [(&'a str, &'a str)];

const HINT: VerifiedHint<'static> = VerifiedHint { client_id: "app" };

fn client() -> Client {
    let mut client = Client::new("app", ClientKind::Confidential);
    client
        .register_redirect_uri("https://app.example/cb")
        .unwrap();
    client.register_post_logout_redirect_uri(BYE).unwrap();
    client
}

/// What becomes of a request: where the browser goes, or why nowhere.
fn outcome(fields: Fields<'_>, hint: Option<VerifiedHint<'_>>) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let client = client();
    let request = match LogoutRequest::from_query(&query) {
        Ok(request) => request,
        Err(fault) => return fault.code().to_owned(),
    };
    let found = request.client_id(hint) == Some("app");
    match request.judge(hint, found.then_some(&client)) {
        Ok(accepted) => accepted
            .back
            .map_or("stays here".to_owned(), |back| back.url()),
        Err(fault) => fault.code().to_owned(),
    }
}

#[test]
fn modules_of_the_conformance_suite() {
    let (hint, back, state) = (
        ("id_token_hint", "a.b.c"),
        ("post_logout_redirect_uri", BYE),
        ("state", "s 1"),
    );
    let bad = ("post_logout_redirect_uri", "https://app.example/other");
    let added = (
        "post_logout_redirect_uri",
        "https://app.example/bye?x=1&extra=1",
    );
    let cases: [(&str, Fields<'_>, Option<VerifiedHint<'_>>, &str); 12] = [
        (
            "oidcc_rp_initiated_logout",
            &[hint, back, state],
            Some(HINT),
            "https://app.example/bye?x=1&state=s+1",
        ),
        (
            "oidcc_rp_initiated_logout_bad_post_logout_redirect_uri",
            &[hint, bad, state],
            Some(HINT),
            "logout_request_unknown_redirect_uri",
        ),
        (
            "oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri",
            &[hint, added, state],
            Some(HINT),
            "logout_request_unknown_redirect_uri",
        ),
        (
            "oidcc_rp_initiated_logout_modified_id_token_hint",
            &[hint, back, state],
            None,
            "logout_request_hint_invalid",
        ),
        (
            "oidcc_rp_initiated_logout_bad_id_token_hint",
            &[("id_token_hint", "x"), back, state],
            None,
            "logout_request_hint_invalid",
        ),
        (
            "oidcc_rp_initiated_logout_no_id_token_hint",
            &[back, state],
            None,
            "logout_request_whose_redirect_uri",
        ),
        (
            "oidcc_rp_initiated_logout_no_params",
            &[],
            None,
            "stays here",
        ),
        (
            "oidcc_rp_initiated_logout_no_post_logout_redirect_uri",
            &[hint, state],
            Some(HINT),
            "stays here",
        ),
        (
            "oidcc_rp_initiated_logout_no_state",
            &[hint, back],
            Some(HINT),
            BYE,
        ),
        (
            "oidcc_rp_initiated_logout_only_state",
            &[state],
            None,
            "stays here",
        ),
        (
            "with client_id instead of a hint",
            &[("client_id", "app"), back, state],
            None,
            "https://app.example/bye?x=1&state=s+1",
        ),
        (
            "with an empty hint",
            &[("id_token_hint", ""), ("client_id", "app"), back],
            None,
            BYE,
        ),
    ];
    for (module, fields, hint, expected) in cases {
        assert_eq!(outcome(fields, hint), expected, "{module}");
    }
}

#[test]
fn oo_01_oo_12_requests_that_are_refused() {
    let back = ("post_logout_redirect_uri", BYE);
    let foreign = VerifiedHint { client_id: "other" };
    let hint = ("id_token_hint", "a.b.c");
    let long = "x".repeat(4097);
    let cases: [(Fields<'_>, Option<VerifiedHint<'_>>, &str); 9] = [
        (
            &[hint, ("client_id", "app"), back],
            Some(foreign),
            "logout_request_client_mismatch",
        ),
        (
            &[hint, back],
            Some(foreign),
            "logout_request_unknown_client",
        ),
        (
            &[("client_id", "other"), back],
            None,
            "logout_request_unknown_client",
        ),
        (
            &[("client_id", "other")],
            None,
            "logout_request_unknown_client",
        ),
        // A hint that the caller verified, but that did not come.
        (&[back], Some(HINT), "logout_request_hint_invalid"),
        (&[back, back], None, "logout_request_unreadable"),
        (&[("state", &long)], None, "logout_request_unreadable"),
        (
            &[("logout_hint", "a\nb")],
            None,
            "logout_request_unreadable",
        ),
        (
            &[
                ("client_id", "app"),
                ("post_logout_redirect_uri", "https://app.example/cb"),
            ],
            None,
            "logout_request_unknown_redirect_uri",
        ),
    ];
    for (fields, hint, code) in cases {
        assert_eq!(outcome(fields, hint), code, "{fields:?}");
    }
    let fault = LogoutRequest::from_form("state=1", "state=1").unwrap_err();
    assert_eq!(fault.code(), "logout_request_unreadable");
}

#[test]
fn what_the_page_needs_is_there_and_can_be_stored() {
    let query = "client_id=app&logout_hint=alice&ui_locales=de-AT+en+%3Cb%3E";
    let request = LogoutRequest::from_form("", query).unwrap();
    assert_eq!(request.id_token_hint(), None);
    let accepted = request.judge(None, Some(&client())).unwrap();
    assert!(!accepted.has_hint);
    assert_eq!(accepted.client_id.as_deref(), Some("app"));
    assert_eq!(accepted.logout_hint.as_deref(), Some("alice"));
    assert_eq!(accepted.ui_locales, ["de-AT", "en"]);
    let stored = serde_json::to_string(&accepted).unwrap();
    assert_eq!(
        serde_json::from_str::<AcceptedLogout>(&stored).unwrap(),
        accepted
    );
}
