//! The request as sent, the answers as they come.

use serde_json::json;

use super::*;
use crate::fixture::CLIENT;

fn request(auth: &ClientAuth, client_id: &str) -> TokenRequest {
    let redirect_uri = Url::parse("https://sso.acme.example/cb").unwrap();
    let code = AuthorizationCode::new("c+d/e".to_owned());
    exchange(
        client_id,
        auth,
        &code,
        &redirect_uri,
        &Verifier::from_entropy([7; 32]),
    )
}

fn secret() -> ClientSecret {
    ClientSecret::new("p:ä%&+ =".to_owned())
}

#[test]
fn the_code_is_redeemed_with_its_verifier() {
    let common = "grant_type=authorization_code&code=c%2Bd%2Fe&redirect_uri=https%3A%2F%2Fsso.acme.example%2Fcb&code_verifier=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    let public = request(&ClientAuth::None, CLIENT);
    assert_eq!(public.body, format!("{common}&client_id=vestibule"));
    assert_eq!(public.authorization, None);
    let post = request(&ClientAuth::SecretPost(secret()), CLIENT);
    let expected = "client_id=vestibule&client_secret=p%3A%C3%A4%25%26%2B+%3D";
    assert_eq!(post.body, format!("{common}&{expected}"));
    assert_eq!(post.authorization, None);
    let basic = request(&ClientAuth::SecretBasic(secret()), "a:b c");
    assert_eq!(basic.body, common);
    let header = basic
        .authorization
        .as_deref()
        .unwrap()
        .strip_prefix("Basic ")
        .unwrap();
    let pair = BASE64_STANDARD.decode(header).unwrap();
    assert_eq!(
        String::from_utf8(pair).unwrap(),
        "a%3Ab+c:p%3A%C3%A4%25%26%2B+%3D"
    );
    assert_eq!(format!("{basic:?}"), "TokenRequest(..)");
    assert!(!format!("{:?}", ClientAuth::SecretBasic(secret())).contains("p:"));
}

#[test]
fn answers_of_the_token_endpoint() {
    let good = json!({"access_token": "a", "token_type": "Bearer", "id_token": "x.y.z"});
    let with = |name: &str, value: Value| {
        let mut answer = good.clone();
        answer[name] = value;
        answer.to_string()
    };
    let twice = good.to_string().replacen('{', r#"{"id_token":"q.q.q","#, 1);
    let refused = json!({"error": "invalid_grant", "error_description": "Code not valid\n"});
    let cases = [
        (200, good.to_string(), "ok"),
        (200, with("token_type", json!("bearer")), "ok"),
        (200, with("expires_in", json!("3600")), "ok"),
        (200, with("scope", json!("openid email")), "ok"),
        (200, with("refresh_token", json!("r")), "ok"),
        (
            200,
            with("token_type", json!("DPoP")),
            "token_unsupported_token_type",
        ),
        (200, with("token_type", json!(null)), "token_malformed"),
        (200, with("access_token", json!(7)), "token_malformed"),
        (200, with("id_token", json!(null)), "token_no_id_token"),
        (200, with("id_token", json!("")), "token_no_id_token"),
        (200, with("id_token", json!(["x.y.z"])), "token_malformed"),
        (200, twice, "token_malformed"),
        (200, "<html>".to_owned(), "token_malformed"),
        (200, String::new(), "token_malformed"),
        (500, good.to_string(), "token_malformed"),
        (302, good.to_string(), "token_malformed"),
        (400, refused.to_string(), "token_refused"),
        (
            401,
            r#"{"error":"invalid_client"}"#.to_owned(),
            "token_refused",
        ),
        // Some providers send errors with 200.
        (200, with("error", json!("invalid_grant")), "token_refused"),
        (200, " ".repeat(MAX_RESPONSE_BYTES + 1), "token_too_large"),
    ];
    for (status, body, code) in cases {
        let found = parse_response(status, body.as_bytes());
        let found = found.map_or_else(|rejection| rejection.code(), |_| "ok");
        assert_eq!(found, code, "{status} {}", body.get(..90).unwrap_or(&body));
    }
    let tokens = parse_response(200, good.to_string().as_bytes()).unwrap();
    assert_eq!(
        (
            tokens.access_token.secret().as_str(),
            tokens.id_token.as_str()
        ),
        ("a", "x.y.z")
    );
    assert_eq!(format!("{tokens:?}"), "Tokens(..)");
    let words = parse_response(400, refused.to_string().as_bytes())
        .unwrap_err()
        .to_string();
    assert_eq!(
        words,
        "the token endpoint refused (HTTP 400): invalid_grant, Code not valid"
    );
}

#[test]
fn tokens_are_not_quoted_in_errors() {
    let answer = r#"{"access_token":{"secret-1":1},"token_type":"Bearer","id_token":"secret-2"}"#;
    let rejection = parse_response(200, answer.as_bytes()).unwrap_err();
    assert!(!format!("{rejection} {rejection:?}").contains("secret"));
}
