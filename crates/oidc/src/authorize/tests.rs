//! What is sent.

use std::collections::BTreeMap;

use super::*;
use crate::fixture::{CLIENT, NONCE, provider};

fn query(url: &Url) -> BTreeMap<String, String> {
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let map: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "a parameter is sent twice");
    map
}

#[test]
fn a_request_has_state_nonce_and_challenge() {
    let verifier = Verifier::from_entropy([7; 32]);
    let callback = Url::parse("https://sso.acme.example/upstream/kc/oidc/callback").unwrap();
    let request = AuthorizationRequest::new(CLIENT, &callback, "state-1", NONCE, &verifier);
    let url = request.url(&provider());
    assert!(
        url.as_str()
            .starts_with("https://idp.example/realms/acme/authorize?")
    );
    let expected = [
        ("client_id", CLIENT),
        ("code_challenge", verifier.challenge().as_str()),
        ("code_challenge_method", "S256"),
        ("nonce", NONCE),
        ("redirect_uri", callback.as_str()),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "state-1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(query(&url), BTreeMap::from(expected));
    let shown = format!("{request:?}");
    assert!(!shown.contains("state-1") && !shown.contains(NONCE) && !shown.contains("BwcH"));
}

#[test]
fn what_is_asked_for_is_written_out() {
    let verifier = Verifier::from_entropy([7; 32]);
    let callback = Url::parse("https://sso.acme.example/cb").unwrap();
    let request = AuthorizationRequest {
        scopes: &["openid", "email", "allatclaims"],
        prompt: Some(Prompt::Login),
        login_hint: Some("alice@acme.example"),
        max_age: Some(Duration::from_secs(300)),
        acr_values: &["gold", "silver"],
        essential_acr: &["gold"],
        resource: Some("urn:vestibule"),
        response_mode: ResponseMode::FormPost,
        ..AuthorizationRequest::new(CLIENT, &callback, "s", NONCE, &verifier)
    };
    let query = query(&request.url(&provider()));
    for (name, value) in [
        ("scope", "openid email allatclaims"),
        ("prompt", "login"),
        ("login_hint", "alice@acme.example"),
        ("max_age", "300"),
        ("acr_values", "gold silver"),
        (
            "claims",
            r#"{"id_token":{"acr":{"essential":true,"values":["gold"]}}}"#,
        ),
        ("resource", "urn:vestibule"),
        ("response_mode", "form_post"),
    ] {
        assert_eq!(query.get(name).map(String::as_str), Some(value), "{name}");
    }
}
