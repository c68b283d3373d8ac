//! What a relying party sends, and what others might.

use url::Url;

use super::*;
use crate::{
    pkce::Verifier,
    token::{self, ClientAuth},
};

const BODY: &str =
    "grant_type=authorization_code&code=c&redirect_uri=https://a.example/cb&code_verifier=v";

fn secret() -> ClientSecret {
    ClientSecret::new("p:ä%&+ =".to_owned())
}

#[test]
fn the_provider_reads_what_the_relying_party_sends() {
    let redirect_uri = Url::parse("https://a.example/cb").unwrap();
    let verifier = Verifier::from_entropy([9; 32]);
    for (auth, sent) in [
        (ClientAuth::None, false),
        (ClientAuth::SecretBasic(secret()), true),
        (ClientAuth::SecretPost(secret()), true),
    ] {
        let code = AuthorizationCode::new("c+1".to_owned());
        let request = token::exchange("a:b", &auth, &code, &redirect_uri, &verifier);
        let read = TokenRequest::parse(&request.body, request.authorization.as_deref()).unwrap();
        assert_eq!(
            (read.client_id.as_str(), read.code.secret().as_str()),
            ("a:b", "c+1")
        );
        assert_eq!(read.redirect_uri, redirect_uri.as_str());
        assert_eq!(verifier.challenge().verify(&read.verifier), Ok(()));
        assert_eq!(read.secret_is(&secret()), sent);
        assert!(!read.secret_is(&ClientSecret::new("other".to_owned())));
    }
}

#[test]
fn oo_06_oo_12_requests_that_are_refused() {
    let basic = |pair: &str| format!("Basic {}", BASE64_STANDARD.encode(pair));
    let with = |more: &str| format!("{BODY}&{more}");
    let cases = [
        (with("client_id=a"), None, "ok"),
        (with("client_id=a"), Some(basic("a:s")), "ok"),
        (BODY.to_owned(), None, "invalid_client"),
        (
            BODY.to_owned(),
            Some("Bearer x".to_owned()),
            "invalid_client",
        ),
        (
            BODY.to_owned(),
            Some("Basic !!".to_owned()),
            "invalid_client",
        ),
        (BODY.to_owned(), Some(basic("no-colon")), "invalid_client"),
        (
            with("client_secret=s"),
            Some(basic("a:s")),
            "invalid_request",
        ),
        (with("client_id=b"), Some(basic("a:s")), "invalid_request"),
        (with("client_id=a&client_id=a"), None, "invalid_request"),
        (with("client_id=a&code=d"), None, "invalid_request"),
        (
            BODY.replace("code=c&", "client_id=a&"),
            None,
            "invalid_request",
        ),
        (
            BODY.replace("code_verifier=v", "client_id=a"),
            None,
            "invalid_request",
        ),
        (
            with("client_id=a").replace("authorization_code", "password"),
            None,
            "unsupported_grant_type",
        ),
        ("x".repeat(MAX_REQUEST_BYTES + 1), None, "invalid_request"),
    ];
    for (body, authorization, code) in cases {
        let found = TokenRequest::parse(&body, authorization.as_deref());
        let found = found.map_or_else(TokenError::code, |_| "ok");
        assert_eq!(
            found,
            code,
            "{authorization:?} {}",
            body.get(..120).unwrap_or(&body)
        );
    }
}

#[test]
fn answers_are_those_of_the_specification() {
    let answer = response("at", Duration::from_secs(300), "x.y.z").unwrap();
    let expected = json!({
        "access_token": "at", "token_type": "bearer", "expires_in": 300, "id_token": "x.y.z",
    });
    assert_eq!(answer, expected);
    assert!(token::parse_response(200, answer.to_string().as_bytes()).is_ok());
    assert_eq!(
        (
            TokenError::InvalidClient.status(),
            TokenError::InvalidGrant.status()
        ),
        (401, 400)
    );
    let refused = TokenError::InvalidGrant.body().to_string();
    let rejection = token::parse_response(400, refused.as_bytes()).unwrap_err();
    assert_eq!(rejection.code(), "token_refused");
}
