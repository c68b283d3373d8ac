//! Requests of clients, honest and not.

use super::*;

const CALLBACK: &str = "https://app.example/cb";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The benign request with parameters replaced; an empty value removes one.
fn raw_with(changes: &[(&str, &str)]) -> String {
    let mut parameters = vec![
        ("client_id", "app"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("state", "s 1"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    parameters.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    parameters.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

fn check(raw: &str) -> Result<AuthorizationRequest, Refusal> {
    let registered = [
        CALLBACK.to_owned(),
        "https://app.example/other?x=1".to_owned(),
    ];
    UncheckedRequest::parse(raw)
        .map_err(Refusal::OnPage)?
        .check(&registered)
}

#[test]
fn a_correct_request_is_read_and_answered() {
    let request = check(&raw_with(&[("prompt", "login"), ("max_age", "60")])).unwrap();
    assert_eq!(
        (request.client_id.as_str(), request.redirect_uri.as_str()),
        ("app", CALLBACK)
    );
    assert_eq!(request.scopes, ["openid", "email"]);
    assert_eq!(request.nonce.as_deref(), Some("n"));
    assert_eq!(request.challenge.as_str(), CHALLENGE);
    assert_eq!((request.prompts.len(), request.max_age), (1, Some(60)));
    assert_eq!(
        request
            .reply
            .with_code("c&d", "https://idp.example")
            .as_str(),
        "https://app.example/cb?code=c%26d&state=s+1&iss=https%3A%2F%2Fidp.example"
    );
    let other = raw_with(&[
        ("redirect_uri", "https://app.example/other?x=1"),
        ("state", ""),
    ]);
    let reply = check(&other).unwrap().reply;
    assert_eq!(
        reply
            .with_error(ErrorCode::AccessDenied, "no", "https://idp.example")
            .as_str(),
        "https://app.example/other?x=1&error=access_denied&error_description=no&iss=https%3A%2F%2Fidp.example"
    );
}

#[test]
fn oo_01_other_redirect_uris_are_never_redirected_to() {
    for uri in [
        "http://app.example/cb",
        "https://APP.example/cb",
        "https://app.example:443/cb",
        "https://app.example/CB",
        "https://app.example/cb/",
        "https://app.example/x/../cb",
        "https://app.example//cb",
        "https://app.example/c%62",
        "https://app.example/cb?x=1",
        "https://app.example/cb#x",
        "https://app.example@evil.example/cb",
        "https://evil.example\\@app.example/cb",
        "https://app.example.evil.example/cb",
        "https://app.example/cb ",
        "https://app.example/cb\n",
        "javascript:alert(1)",
        "*",
    ] {
        // Other faults beside it must not turn the page into a redirect.
        for more in [("state", "s"), ("response_type", "token")] {
            let refusal = check(&raw_with(&[("redirect_uri", uri), more])).unwrap_err();
            assert_eq!(
                refusal,
                Refusal::OnPage(PageReason::UnknownRedirectUri),
                "{uri}"
            );
        }
    }
    let cases = [
        (
            raw_with(&[("redirect_uri", "")]),
            "authorization_missing_parameter",
        ),
        (
            raw_with(&[("client_id", "")]),
            "authorization_missing_parameter",
        ),
        (
            format!("{}&redirect_uri=x", raw_with(&[])),
            "authorization_malformed",
        ),
        (
            format!("{}&client_id=app", raw_with(&[])),
            "authorization_malformed",
        ),
        (
            format!("{}&scope=openid", raw_with(&[])),
            "authorization_malformed",
        ),
        ("x".repeat(MAX_REQUEST_BYTES + 1), "authorization_malformed"),
    ];
    for (raw, code) in cases {
        let Err(Refusal::OnPage(reason)) = check(&raw) else {
            panic!("a page was expected")
        };
        assert_eq!(reason.code(), code);
    }
}

#[test]
fn oo_03_oo_08_oo_10_oo_11_refusals_that_the_client_is_told() {
    let cases: [(&[(&str, &str)], &str); 14] = [
        (&[("response_type", "token")], "unsupported_response_type"),
        (
            &[("response_type", "code id_token")],
            "unsupported_response_type",
        ),
        (&[("response_type", "")], "unsupported_response_type"),
        (&[("response_mode", "fragment")], "invalid_request"),
        (&[("response_mode", "web_message")], "invalid_request"),
        (&[("scope", "email")], "invalid_scope"),
        (&[("scope", "")], "invalid_scope"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("max_age", "-1")], "invalid_request"),
        (&[("request", "eyJ")], "request_not_supported"),
        (
            &[("request_uri", "https://app.example/r")],
            "request_uri_not_supported",
        ),
    ];
    for (changes, code) in cases {
        let Err(Refusal::ToClient(reply, error, description)) = check(&raw_with(changes)) else {
            panic!("a refusal to the client was expected: {changes:?}")
        };
        assert_eq!(error.code(), code, "{changes:?}");
        let url = reply.with_error(error, description, "https://idp.example");
        assert!(
            url.as_str().starts_with("https://app.example/cb?error="),
            "{url}"
        );
    }
}
