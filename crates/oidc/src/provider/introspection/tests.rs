//! OO-15: who may know what of a token.

use super::*;
use crate::{
    fixture::{ISSUER, NOW, SUBJECT, at},
    provider::{
        fixture::{confidential, form, public},
        revocation,
        shown_token::TokenHint,
    },
};

fn scopes() -> BTreeSet<String> {
    BTreeSet::from(["email".to_owned(), "openid".to_owned()])
}

fn token(scopes: &BTreeSet<String>) -> ActiveToken<'_> {
    ActiveToken {
        client_id: "a",
        audiences: &["api"],
        issuer: ISSUER,
        subject: SUBJECT,
        scopes,
        issued_at: at(NOW),
        expires_at: at(NOW + 300),
        auth_time: at(NOW - 60),
        acr: Some("gold"),
        is_access_token: true,
    }
}

#[test]
fn the_owner_is_told_everything() {
    let scopes = scopes();
    let expected = json!({
        "active": true, "client_id": "a", "aud": ["api"], "iss": ISSUER, "sub": SUBJECT, "scope": "email openid",
        "iat": NOW, "exp": NOW + 300, "auth_time": NOW - 60, "acr": "gold", "token_type": "Bearer",
    });
    assert_eq!(answer(&confidential("a"), Some(&token(&scopes))), expected);
}

#[test]
fn oo_15_others_are_told_nothing() {
    let scopes = scopes();
    let refresh = ActiveToken {
        is_access_token: false,
        ..token(&scopes)
    };
    let is_active = |client: &str, token: Option<&ActiveToken<'_>>| {
        let answer = answer(&confidential(client), token);
        if answer["active"] == false {
            assert_eq!(answer, json!({ "active": false }));
        }
        answer["active"] == true
    };
    assert!(is_active("a", Some(&token(&scopes))));
    assert!(is_active("api", Some(&token(&scopes))));
    assert!(is_active("a", Some(&refresh)));
    assert!(!is_active("api", Some(&refresh)));
    assert!(!is_active("b", Some(&token(&scopes))));
    assert!(!is_active("A", Some(&token(&scopes))));
    assert!(!is_active("a", None));
    let body = answer(&confidential("a"), Some(&refresh));
    assert_eq!(body.get("token_type"), None);
}

#[test]
fn oo_15_a_public_client_may_not_ask() {
    let body = "token=t&token_type_hint=access_token";
    let shown = read(&mut form(body), &confidential("a")).unwrap();
    assert_eq!(
        (shown.token.as_str(), shown.hint),
        ("t", Some(TokenHint::AccessToken))
    );
    assert_eq!(
        format!("{shown:?}"),
        "ShownToken { hint: Some(AccessToken), .. }"
    );
    let refused = read(&mut form(body), &public("a")).unwrap_err();
    assert_eq!(refused.code(), "endpoint_confidential_clients_only");
    assert_eq!(refused.error().name(), "unauthorized_client");
    let refused = read(&mut form("token="), &confidential("a")).unwrap_err();
    assert_eq!(refused.code(), "client_form_missing_parameter");
}

#[test]
fn oo_15_a_token_is_revoked_by_its_owner_only() {
    let shown = revocation::read(&mut form("token=t&token_type_hint=refresh_token")).unwrap();
    assert_eq!(shown.hint, Some(TokenHint::RefreshToken));
    let shown = revocation::read(&mut form("token=t&token_type_hint=saml")).unwrap();
    assert_eq!(shown.hint, None);
    let refused = revocation::read(&mut form("token_type_hint=access_token")).unwrap_err();
    assert_eq!(refused.code(), "client_form_missing_parameter");
    assert!(revocation::may_revoke(&public("a"), "a"));
    assert!(!revocation::may_revoke(&confidential("b"), "a"));
}
