//! Requests of clients, honest and not. Owns the benign request; each test changes something about it.

mod conformance;
mod refused;

use super::*;
use crate::{
    authorize::{Prompt, ResponseMode},
    provider::{
        answer::Answer,
        client::{Client, ClientKind},
    },
};

const CALLBACK: &str = "https://app.example/cb";
const OTHER: &str = "https://app.example/other?x=1";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const ISSUER: &str = "https://idp.example";

/// Parameters that replace those of the benign request.
type Changes<'a> = &'a [(&'a str, &'a str)];

fn client() -> Client {
    let mut client = Client::new("app", ClientKind::Confidential);
    client.register_redirect_uri(CALLBACK).unwrap();
    client.register_redirect_uri(OTHER).unwrap();
    client.scopes = ["email", "profile", "offline_access"]
        .map(str::to_owned)
        .into();
    client.acr_values = ["urn:mfa", "urn:pwd"].map(str::to_owned).into();
    client
}

/// The benign request with parameters replaced; an empty value removes one.
fn raw_with(changes: Changes<'_>) -> String {
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

fn judge(raw: &str, client: &Client) -> Result<AcceptedAuthorization, Refusal> {
    match IncomingAuthorization::from_query(raw).map_err(Refusal::OnPage)? {
        IncomingAuthorization::Direct(request) => request.judge(client),
        IncomingAuthorization::Pushed { .. } => panic!("nothing was pushed"),
    }
}

fn accept(changes: Changes<'_>) -> AcceptedAuthorization {
    judge(&raw_with(changes), &client()).unwrap()
}

/// The reason code; `ok` if there is none.
fn code_for(changes: Changes<'_>, client: &Client) -> &'static str {
    judge(&raw_with(changes), client).map_or_else(|refusal| refusal.code(), |_| "ok")
}

#[test]
fn a_correct_request_is_read() {
    let changes = [
        ("scope", "profile openid email openid"),
        ("prompt", "login consent"),
        ("max_age", "60"),
        ("acr_values", "urn:mfa urn:x"),
        ("login_hint", "alice@acme.example"),
        ("ui_locales", "de-AT en"),
        ("id_token_hint", "a.b.c"),
        ("response_mode", "form_post"),
    ];
    let request = accept(&changes);
    assert_eq!(request.client_id, "app");
    assert_eq!(request.reply.redirect_uri(), CALLBACK);
    assert_eq!(request.reply.mode(), ResponseMode::FormPost);
    assert_eq!(
        Vec::from_iter(&request.scopes),
        ["email", "openid", "profile"]
    );
    assert_eq!(request.nonce.as_deref(), Some("n"));
    assert_eq!(request.challenge.as_ref().unwrap().as_str(), CHALLENGE);
    assert!(request.prompts.contains(Prompt::Consent) && request.forces_login());
    assert!(!request.is_passive());
    assert_eq!(request.max_age, Some(60));
    assert_eq!(request.acr_values, ["urn:mfa", "urn:x"]);
    assert_eq!(request.login_hint.as_deref(), Some("alice@acme.example"));
    assert_eq!(request.ui_locales, ["de-AT", "en"]);
    assert_eq!(request.id_token_hint.as_deref(), Some("a.b.c"));
    assert!(request.essential_acr.is_empty());
}

#[test]
fn an_accepted_request_is_read_back_as_it_was_stored_and_shows_no_secret() {
    let changes = [
        (
            "claims",
            r#"{"id_token":{"acr":{"essential":true,"value":"urn:mfa"}}}"#,
        ),
        ("prompt", "none"),
        ("state", "secret"),
        ("nonce", "secret"),
        ("login_hint", "secret"),
        ("id_token_hint", "secret"),
    ];
    let request = accept(&changes);
    let stored = serde_json::to_string(&request).unwrap();
    let read: AcceptedAuthorization = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, request);
    assert!(!format!("{request:?}").contains("secret"));
    // A challenge is none because it was stored.
    let spoilt = stored.replace(CHALLENGE, "plain");
    assert!(serde_json::from_str::<AcceptedAuthorization>(&spoilt).is_err());
}

#[test]
fn answers_go_where_the_request_came_from() {
    let request = accept(&[("redirect_uri", OTHER), ("state", "")]);
    assert_eq!(
        request.reply.with_code("c&d", ISSUER),
        Answer::Redirect(
            "https://app.example/other?x=1&code=c%26d&iss=https%3A%2F%2Fidp.example".to_owned()
        )
    );
    let refusal = judge(&raw_with(&[("response_type", "token")]), &client()).unwrap_err();
    assert_eq!(
        refusal.answer(ISSUER),
        Some(Answer::Redirect(
            "https://app.example/cb?error=unsupported_response_type\
             &error_description=response_type+must+be+code&state=s+1&iss=https%3A%2F%2Fidp.example"
                .to_owned()
        ))
    );
    // An error travels as the request wants it, even if what is wrong comes before in the table.
    let posted = raw_with(&[("response_type", "token"), ("response_mode", "form_post")]);
    let refusal = judge(&posted, &client()).unwrap_err();
    assert!(matches!(
        refusal.answer(ISSUER),
        Some(Answer::FormPost { .. })
    ));
}

#[test]
fn oo_08_prompts_and_ages_that_are_allowed() {
    let cases: [(Changes<'_>, bool, bool); 8] = [
        (&[], false, false),
        (&[("prompt", "none")], true, false),
        (&[("prompt", "login")], false, true),
        (&[("prompt", "consent")], false, false),
        (&[("prompt", "select_account")], false, false),
        (&[("max_age", "1")], false, false),
        // Core section 3.1.2.1: the same as prompt=login.
        (&[("max_age", "0")], false, true),
        (&[("max_age", "0"), ("prompt", "none")], true, true),
    ];
    for (changes, passive, forced) in cases {
        let request = accept(changes);
        let found = (request.is_passive(), request.forces_login());
        assert_eq!(found, (passive, forced), "{changes:?}");
    }
    let hint = "<script>alert(1)</script>";
    assert_eq!(
        accept(&[("login_hint", hint)]).login_hint.as_deref(),
        Some(hint)
    );
}

#[test]
fn oo_09_wishes_and_demands_for_a_context() {
    let claims = |acr: &str| format!(r#"{{"id_token":{{"acr":{acr}}}}}"#);
    let wish = claims(r#"{"values":["urn:unreachable","urn:pwd"]}"#);
    let demand = claims(r#"{"essential":true,"values":["urn:unreachable","urn:mfa","urn:pwd"]}"#);
    let one = claims(r#"{"essential":true,"value":"urn:mfa"}"#);
    let any = claims(r#"{"essential":true}"#);
    let cases: [(Changes<'_>, &[&str], &[&str]); 5] = [
        (
            &[("acr_values", "urn:unreachable")],
            &["urn:unreachable"],
            &[],
        ),
        (
            &[("acr_values", "urn:x"), ("claims", &wish)],
            &["urn:x", "urn:unreachable", "urn:pwd"],
            &[],
        ),
        (&[("claims", &demand)], &[], &["urn:mfa", "urn:pwd"]),
        (&[("claims", &one)], &[], &["urn:mfa"]),
        (&[("claims", &any)], &[], &[]),
    ];
    for (changes, wishes, demands) in cases {
        let request = accept(changes);
        assert_eq!(request.acr_values, wishes, "{changes:?}");
        assert_eq!(request.essential_acr, demands, "{changes:?}");
    }
    for demand in [
        r#"{"essential":true,"value":"urn:unreachable"}"#,
        r#"{"essential":true,"values":["urn:MFA"]}"#,
        r#"{"essential":true,"value":1}"#,
    ] {
        let raw = raw_with(&[("claims", &claims(demand))]);
        let refusal = judge(&raw, &client()).unwrap_err();
        assert_eq!(refusal.code(), "authorization_acr_unreachable", "{demand}");
        assert_eq!(refusal.error().code(), "unmet_authentication_requirements");
    }
}

#[test]
fn scopes_beyond_the_clients_are_left_out() {
    let granted = |scope: &str| Vec::from_iter(accept(&[("scope", scope)]).scopes);
    assert_eq!(granted("openid phone admin"), ["openid"]);
    assert_eq!(
        granted("offline_access openid"),
        ["offline_access", "openid"]
    );
}

#[test]
fn languages_that_cannot_be_languages_are_left_out() {
    let flood = "aa ".repeat(100);
    let cases: [(&str, &[&str]); 4] = [
        ("de-CH-1996 fr", &["de-CH-1996", "fr"]),
        ("<b> de_DE ${x} en", &["en"]),
        ("verylongtag en", &["en"]),
        (&flood, &["aa"; 16]),
    ];
    for (asked, found) in cases {
        assert_eq!(
            accept(&[("ui_locales", asked)]).ui_locales,
            found,
            "{asked}"
        );
    }
}
