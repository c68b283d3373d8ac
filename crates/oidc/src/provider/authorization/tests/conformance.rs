//! The modules of the OpenID conformance suite that concern the authorization request, each by its name, as far as
//! the wire alone decides.

use super::*;

/// What the request becomes: `ok`, or what the client is told, or `page`.
fn outcome(changes: Changes<'_>) -> &'static str {
    match judge(&raw_with(changes), &client()) {
        Ok(_) => "ok",
        Err(refusal) if refusal.answer(ISSUER).is_none() => "page",
        Err(refusal) => refusal.error().code(),
    }
}

#[test]
fn modules_of_the_conformance_suite() {
    let cases: [(&str, Changes<'_>, &str); 32] = [
        ("oidcc_server", &[], "ok"),
        (
            "oidcc_response_type_missing",
            &[("response_type", "")],
            "invalid_request",
        ),
        (
            "oidcc_ensure_request_without_nonce_succeeds_for_code_flow",
            &[("nonce", "")],
            "ok",
        ),
        ("oidcc_scope_profile", &[("scope", "openid profile")], "ok"),
        ("oidcc_scope_email", &[("scope", "openid email")], "ok"),
        ("oidcc_scope_address", &[("scope", "openid address")], "ok"),
        ("oidcc_scope_phone", &[("scope", "openid phone")], "ok"),
        (
            "oidcc_scope_all",
            &[("scope", "openid profile email phone address")],
            "ok",
        ),
        (
            "oidcc_ensure_other_scope_order_succeeds",
            &[("scope", "email openid")],
            "ok",
        ),
        ("oidcc_display_page", &[("display", "page")], "ok"),
        ("oidcc_display_popup", &[("display", "popup")], "ok"),
        ("oidcc_prompt_login", &[("prompt", "login")], "ok"),
        (
            "oidcc_prompt_none_not_logged_in",
            &[("prompt", "none")],
            "ok",
        ),
        ("oidcc_prompt_none_logged_in", &[("prompt", "none")], "ok"),
        ("oidcc_max_age_1", &[("max_age", "1")], "ok"),
        ("oidcc_max_age_10000", &[("max_age", "10000")], "ok"),
        (
            "oidcc_ensure_request_with_unknown_parameter_succeeds",
            &[("extra", "foobar")],
            "ok",
        ),
        (
            "oidcc_id_token_hint",
            &[("prompt", "none"), ("id_token_hint", "a.b.c")],
            "ok",
        ),
        (
            "oidcc_login_hint",
            &[("login_hint", "buffy@op.example")],
            "ok",
        ),
        (
            "oidcc_ui_locales",
            &[("ui_locales", "se fr-CA fr en")],
            "ok",
        ),
        ("oidcc_claims_locales", &[("claims_locales", "se")], "ok"),
        (
            "oidcc_ensure_request_with_acr_values_succeeds",
            &[("acr_values", "1 2")],
            "ok",
        ),
        (
            "oidcc_ensure_registered_redirect_uri",
            &[("redirect_uri", "https://app.example/cb/fU2tGAbXd0")],
            "page",
        ),
        (
            "oidcc_redirect_uri_query_ok",
            &[("redirect_uri", OTHER)],
            "ok",
        ),
        (
            "oidcc_redirect_uri_query_mismatch",
            &[("redirect_uri", "https://app.example/other?y=1")],
            "page",
        ),
        (
            "oidcc_redirect_uri_query_added",
            &[("redirect_uri", "https://app.example/cb?foo=bar")],
            "page",
        ),
        (
            "oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported",
            &[("request", "eyJhbGciOiJub25lIn0.e30.")],
            "request_not_supported",
        ),
        (
            "oidcc_ensure_request_object_with_redirect_uri",
            &[("request", "eyJhbGciOiJub25lIn0.e30.")],
            "request_not_supported",
        ),
        (
            "oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported",
            &[("request_uri", "https://app.example/requests/1#x")],
            "request_uri_not_supported",
        ),
        (
            "oidcc_claims_essential",
            &[("claims", r#"{"userinfo":{"name":{"essential":true}}}"#)],
            "ok",
        ),
        (
            "oidcc_ensure_request_with_valid_pkce_succeeds",
            &[("code_challenge_method", "S256")],
            "ok",
        ),
        (
            "oidcc_refresh_token",
            &[("scope", "openid offline_access"), ("prompt", "consent")],
            "ok",
        ),
    ];
    for (module, changes, expected) in cases {
        assert_eq!(outcome(changes), expected, "{module}");
    }
}

#[test]
fn oidcc_ensure_post_request_succeeds() {
    let incoming = IncomingAuthorization::from_form("", &raw_with(&[])).unwrap();
    assert_eq!(incoming.client_id(), "app");
    let IncomingAuthorization::Direct(request) = incoming else {
        panic!("nothing was pushed")
    };
    assert!(request.judge(&client()).is_ok());
}

#[test]
fn oidcc_prompt_none_not_logged_in_and_logged_in() {
    // Who is logged in, the caller knows; that nothing may be shown, the request says.
    let request = accept(&[("prompt", "none")]);
    assert!(request.is_passive() && !request.forces_login());
    let answer = request.reply.with_error(
        crate::provider::answer::ErrorCode::LoginRequired,
        "nobody is logged in",
        ISSUER,
    );
    let Answer::Redirect(url) = answer else {
        panic!("the default is a redirect")
    };
    assert!(url.starts_with("https://app.example/cb?error=login_required&"));
}
