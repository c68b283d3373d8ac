//! What a client pushes, and what others might.

use super::*;
use crate::provider::{authorization::IncomingAuthorization, client::ClientKind};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn client() -> Client {
    let mut client = Client::new("app", ClientKind::Confidential);
    client
        .register_redirect_uri("https://app.example/cb")
        .unwrap();
    client.require_pushed = true;
    client
}

fn body() -> String {
    format!(
        "client_id=app&client_secret=s&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fapp.example%2Fcb\
         &code_challenge={CHALLENGE}&code_challenge_method=S256"
    )
}

#[test]
fn a_pushed_request_is_judged_as_at_the_authorization_endpoint() {
    let accepted = judge(&body(), &client()).unwrap();
    assert_eq!(accepted.client_id, "app");
    let with = |more: &str| format!("{}&{more}", body());
    let cases = [
        (
            with("prompt=none+login"),
            "authorization_prompt_none_combined",
            "invalid_request",
        ),
        (
            with("request=eyJ"),
            "authorization_request_object",
            "request_not_supported",
        ),
        // RFC 9126 section 2.1: not even the name of another pushed request.
        (
            with("request_uri=urn:ietf:params:oauth:request_uri:x"),
            "authorization_request_uri",
            "request_uri_not_supported",
        ),
        (
            body().replace("%2Fcb", "%2Fevil"),
            "authorization_unknown_redirect_uri",
            "invalid_request",
        ),
        (
            body().replace("client_id=app", "client_id=other"),
            "authorization_unknown_client",
            "unauthorized_client",
        ),
        (
            body().replace("client_id=app&", ""),
            "authorization_missing_parameter",
            "invalid_request",
        ),
        (
            with("scope=openid"),
            "authorization_repeated_parameter",
            "invalid_request",
        ),
    ];
    for (body, code, error) in cases {
        let refusal = judge(&body, &client()).unwrap_err();
        assert_eq!(
            (refusal.code(), refusal.error().code()),
            (code, error),
            "{body}"
        );
        let answer = refusal.body();
        assert_eq!(answer["error"], error);
        let description = answer["error_description"].as_str().unwrap();
        assert!(
            !description.is_empty() && !description.contains(['"', '\\']),
            "{description}"
        );
    }
}

#[test]
fn oo_12_the_answer_names_the_request_and_its_time() {
    let name = RequestUri::from_secret("tPMi8-secret").unwrap();
    let answer = PushedAnswer::new(&name, Duration::from_secs(60));
    let expected = json!({
        "request_uri": "urn:ietf:params:oauth:request_uri:tPMi8-secret", "expires_in": 60,
    });
    assert_eq!(serde_json::to_value(&answer).unwrap(), expected);
    assert_eq!(RequestUri::parse(&name.to_urn()), Some(name.clone()));
    assert!(!format!("{name:?}").contains("secret"));
    let long = format!("{PREFIX}{}", "a".repeat(MAX_SECRET_BYTES + 1));
    for text in [
        "",
        "https://app.example/request.jwt",
        "urn:ietf:params:oauth:request_uri:",
        "URN:ietf:params:oauth:request_uri:x",
        "urn:ietf:params:oauth:request_uri:a b",
        "urn:ietf:params:oauth:request_uri:a/../b",
        &long,
    ] {
        assert_eq!(RequestUri::parse(text), None, "{text}");
    }
}

#[test]
fn a_pushed_request_is_taken_up_by_its_client_only_and_as_it_is_registered_now() {
    let accepted = judge(&body(), &client()).unwrap();
    let stored = serde_json::to_string(&accepted).unwrap();
    let read: AcceptedAuthorization = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, accepted);
    assert_eq!(read.clone().resume("app", &client()), Ok(accepted));
    let mut more = client();
    more.scopes = ["email".to_owned()].into();
    let wide = judge(&body().replace("scope=openid", "scope=openid+email"), &more).unwrap();
    let narrowed = wide.resume("app", &client()).unwrap();
    assert_eq!(Vec::from_iter(narrowed.scopes), ["openid"]);

    let other = Client::new("other", ClientKind::Confidential);
    let bare = Client::new("app", ClientKind::Confidential);
    let cases = [
        ("other", &other, "authorization_pushed_by_another"),
        ("app", &other, "authorization_pushed_by_another"),
        ("app", &bare, "authorization_unknown_redirect_uri"),
    ];
    for (id, client, code) in cases {
        assert_eq!(read.clone().resume(id, client).unwrap_err().code(), code);
    }
}

#[test]
fn oo_10_only_the_name_is_read_at_the_authorization_endpoint() {
    let query = "client_id=app&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax&scope=evil\
                 &redirect_uri=https%3A%2F%2Fevil.example";
    let IncomingAuthorization::Pushed {
        client_id,
        request_uri,
    } = IncomingAuthorization::from_query(query).unwrap()
    else {
        panic!("a pushed request was named")
    };
    assert_eq!((client_id.as_str(), request_uri.secret()), ("app", "x"));
    // With a request object beside it, or without a client, it is none.
    let both = IncomingAuthorization::from_query(&format!("{query}&request=eyJ")).unwrap();
    assert!(matches!(both, IncomingAuthorization::Direct(_)));
    let reason =
        IncomingAuthorization::from_query(query.trim_start_matches("client_id=app&")).unwrap_err();
    assert_eq!(reason.code(), "authorization_missing_parameter");
}
