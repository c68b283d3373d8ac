//! What is refused, and where that is told.

use super::*;

/// The benign request with parameters added behind it, so that there may be two of one name.
fn raw_and(more: &str) -> String {
    format!("{}&{more}", raw_with(&[]))
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
        "http://127.0.0.1/cb",
        "javascript:alert(1)",
        "*",
    ] {
        // Other faults beside it must not turn the page into a redirect.
        for more in [
            ("state", "s"),
            ("response_type", "token"),
            ("request", "eyJ"),
        ] {
            let refusal = judge(&raw_with(&[("redirect_uri", uri), more]), &client()).unwrap_err();
            assert_eq!(
                refusal.code(),
                "authorization_unknown_redirect_uri",
                "{uri}"
            );
            assert_eq!(refusal.answer(ISSUER), None, "{uri}");
        }
    }
    // Benign controls.
    for uri in [CALLBACK, OTHER] {
        assert_eq!(code_for(&[("redirect_uri", uri)], &client()), "ok");
    }
}

#[test]
fn oo_01_oo_12_what_only_a_page_is_told() {
    let body = |name: &str, bytes: usize| raw_with(&[(name, &"x".repeat(bytes))]);
    let many = "&x".repeat(MAX_PARAMETERS);
    let cases = [
        (raw_with(&[]), "ok"),
        (raw_and("unknown=1&state2=2"), "ok"),
        (body("state", 4096), "ok"),
        // Absent: with several registered, and with one.
        (
            raw_with(&[("redirect_uri", "")]),
            "authorization_missing_parameter",
        ),
        (
            raw_with(&[("client_id", "")]),
            "authorization_missing_parameter",
        ),
        (
            raw_with(&[("client_id", "APP")]),
            "authorization_unknown_client",
        ),
        (
            raw_and("redirect_uri=x"),
            "authorization_repeated_parameter",
        ),
        (raw_and("client_id=app"), "authorization_repeated_parameter"),
        (raw_and("scope=openid"), "authorization_repeated_parameter"),
        (raw_and("state="), "authorization_repeated_parameter"),
        (raw_and("%73tate=x"), "authorization_repeated_parameter"),
        (
            raw_and("unknown=1&unknown=1"),
            "authorization_repeated_parameter",
        ),
        (raw_and("x=%ff"), "authorization_encoding"),
        (raw_and(&many), "authorization_too_many_parameters"),
        (body("x", MAX_REQUEST_BYTES), "authorization_too_large"),
        (body("state", 4097), "authorization_parameter_too_long"),
        (body("nonce", 1025), "authorization_parameter_too_long"),
        (body("login_hint", 513), "authorization_parameter_too_long"),
        (
            body("id_token_hint", 16_385),
            "authorization_parameter_too_long",
        ),
        (body("claims", 8193), "authorization_parameter_too_long"),
        (body("scope", 2049), "authorization_parameter_too_long"),
        (
            raw_with(&[("state", "a\r\nSet-Cookie: x")]),
            "authorization_control_character",
        ),
        (
            raw_with(&[("login_hint", "a\u{0}")]),
            "authorization_control_character",
        ),
        (
            raw_with(&[("redirect_uri", "https://app.example/cb\n")]),
            "authorization_control_character",
        ),
        (String::new(), "authorization_missing_parameter"),
    ];
    for (raw, code) in cases {
        let found = judge(&raw, &client());
        let shown = raw.get(..160).unwrap_or(&raw);
        match found {
            Ok(_) => assert_eq!("ok", code, "{shown}"),
            Err(refusal) => {
                assert_eq!(refusal.code(), code, "{shown}");
                assert_eq!(refusal.answer(ISSUER), None, "{shown}");
            }
        }
    }
    let mut lone = Client::new("app", ClientKind::Confidential);
    lone.register_redirect_uri(CALLBACK).unwrap();
    let absent = [("redirect_uri", "")];
    assert_eq!(code_for(&absent, &lone), "authorization_missing_parameter");
}

#[test]
fn oo_12_a_post_has_its_parameters_in_its_body_only() {
    let both = IncomingAuthorization::from_form("state=x", &raw_with(&[])).unwrap_err();
    assert_eq!(both.code(), "authorization_query_and_body");
    assert!(IncomingAuthorization::from_form("", &raw_with(&[])).is_ok());
}

/// What is changed, the reason, and what the client is told.
type Told<'a> = (Changes<'a>, &'a str, &'a str);

fn check_told(rows: &[Told<'_>], client: &Client) {
    for (changes, code, error) in rows {
        let refusal = judge(&raw_with(changes), client).unwrap_err();
        assert_eq!(
            (refusal.code(), refusal.error().code()),
            (*code, *error),
            "{changes:?}"
        );
        let Some(Answer::Redirect(url)) = refusal.answer(ISSUER) else {
            panic!("an answer to the client was expected: {changes:?}")
        };
        let begins = format!("https://app.example/cb?error={error}&error_description=");
        assert!(url.starts_with(&begins), "{url}");
        assert!(
            url.ends_with("&state=s+1&iss=https%3A%2F%2Fidp.example"),
            "{url}"
        );
    }
}

#[test]
fn oo_03_requests_without_a_good_challenge() {
    let rows: [Told<'_>; 8] = [
        (
            &[("code_challenge", ""), ("code_challenge_method", "")],
            "authorization_pkce_missing",
            "invalid_request",
        ),
        (
            &[("code_challenge", "")],
            "authorization_pkce_missing",
            "invalid_request",
        ),
        (
            &[("code_challenge_method", "")],
            "authorization_pkce_method",
            "invalid_request",
        ),
        (
            &[("code_challenge_method", "plain")],
            "authorization_pkce_method",
            "invalid_request",
        ),
        (
            &[("code_challenge_method", "S256 ")],
            "authorization_pkce_method",
            "invalid_request",
        ),
        (
            &[("code_challenge_method", "s256")],
            "authorization_pkce_method",
            "invalid_request",
        ),
        (
            &[("code_challenge", "tooshort")],
            "authorization_pkce_challenge",
            "invalid_request",
        ),
        (
            &[(
                "code_challenge",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=",
            )],
            "authorization_pkce_challenge",
            "invalid_request",
        ),
    ];
    check_told(&rows, &client());
    // A client that may leave it out may not do it by halves.
    let mut lax = client();
    lax.danger_pkce_optional = true;
    check_told(&rows[1..], &lax);
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let request = judge(&raw_with(&without), &lax).unwrap();
    assert_eq!(request.challenge, None);
    assert!(judge(&raw_with(&[]), &lax).unwrap().challenge.is_some());
    // A public client may never leave it out.
    let mut public = Client::new("app", ClientKind::Public);
    public.register_redirect_uri(CALLBACK).unwrap();
    public.danger_pkce_optional = true;
    check_told(&rows, &public);
}

#[test]
fn oo_08_prompts_and_ages_that_are_refused() {
    let (combined, unknown, age) = (
        "authorization_prompt_none_combined",
        "authorization_prompt_unknown",
        "authorization_max_age",
    );
    check_told(
        &[
            (&[("prompt", "none login")], combined, "invalid_request"),
            (&[("prompt", "consent none")], combined, "invalid_request"),
            (&[("prompt", "Login")], unknown, "invalid_request"),
            (&[("prompt", "login,consent")], unknown, "invalid_request"),
            (&[("prompt", "create")], unknown, "invalid_request"),
            (&[("max_age", "-1")], age, "invalid_request"),
            (&[("max_age", "+1")], age, "invalid_request"),
            (&[("max_age", "1.5")], age, "invalid_request"),
            (&[("max_age", "1h")], age, "invalid_request"),
            (&[("max_age", "315360001")], age, "invalid_request"),
            (
                &[("max_age", "99999999999999999999")],
                age,
                "invalid_request",
            ),
        ],
        &client(),
    );
}

#[test]
fn oo_10_requests_in_requests() {
    let (object, uri) = ("authorization_request_object", "authorization_request_uri");
    // {"alg":"none"}.{}. and a signed one make no difference: neither is looked at.
    let none = "eyJhbGciOiJub25lIn0.e30.";
    check_told(
        &[
            (&[("request", none)], object, "request_not_supported"),
            (
                &[("request", none), ("request_uri", "https://app.example/r")],
                object,
                "request_not_supported",
            ),
            (
                &[
                    ("request", none),
                    ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
                ],
                object,
                "request_not_supported",
            ),
            (
                &[("request_uri", "https://app.example/r")],
                uri,
                "request_uri_not_supported",
            ),
            (
                &[("request_uri", "http://127.0.0.1/r")],
                uri,
                "request_uri_not_supported",
            ),
            (
                &[("request_uri", "urn:ietf:params:oauth:request_uri:")],
                uri,
                "request_uri_not_supported",
            ),
            (
                &[("registration", "{}")],
                "authorization_registration",
                "registration_not_supported",
            ),
            (
                &[("resource", "https://api.example")],
                "authorization_resource",
                "invalid_target",
            ),
        ],
        &client(),
    );
}

#[test]
fn oo_11_response_types_and_modes_that_are_refused() {
    let (kind, mode) = ("authorization_response_type", "authorization_response_mode");
    let unsupported = "unsupported_response_type";
    check_told(
        &[
            (&[("response_type", "token")], kind, unsupported),
            (&[("response_type", "id_token")], kind, unsupported),
            (&[("response_type", "code id_token")], kind, unsupported),
            (&[("response_type", "code token")], kind, unsupported),
            (&[("response_type", "none")], kind, unsupported),
            (&[("response_type", "Code")], kind, unsupported),
            (&[("response_type", "code ")], kind, unsupported),
            (&[("response_mode", "fragment")], mode, "invalid_request"),
            (&[("response_mode", "web_message")], mode, "invalid_request"),
            (&[("response_mode", "jwt")], mode, "invalid_request"),
            (&[("response_mode", "QUERY")], mode, "invalid_request"),
        ],
        &client(),
    );
    // What is not allowed for a client is refused; then the answer travels as it always can.
    let mut query_only = client();
    query_only.response_modes = vec![ResponseMode::Query];
    let rows: [Told<'_>; 1] = [(&[("response_mode", "form_post")], mode, "invalid_request")];
    check_told(&rows, &query_only);
    assert_eq!(code_for(&[], &query_only), "ok");
    let mut post_only = client();
    post_only.response_modes = vec![ResponseMode::FormPost];
    assert_eq!(code_for(&[], &post_only), mode);
    assert_eq!(
        code_for(&[("response_mode", "form_post")], &post_only),
        "ok"
    );
}

#[test]
fn oo_12_values_without_end() {
    let scopes = vec!["openid"; 65].join(" ");
    let acrs = vec!["a"; MAX_ACR_VALUES + 1].join(" ");
    check_told(
        &[
            (
                &[("scope", &scopes)],
                "authorization_scope_too_many",
                "invalid_scope",
            ),
            (
                &[("scope", "openid em\"ail")],
                "authorization_scope_malformed",
                "invalid_scope",
            ),
            (
                &[("scope", "openid \u{e9}")],
                "authorization_scope_malformed",
                "invalid_scope",
            ),
            (
                &[("scope", "email")],
                "authorization_scope_openid",
                "invalid_scope",
            ),
            (
                &[("scope", "OpenID")],
                "authorization_scope_openid",
                "invalid_scope",
            ),
            (
                &[("scope", "")],
                "authorization_scope_openid",
                "invalid_scope",
            ),
            (
                &[("acr_values", &acrs)],
                "authorization_acr_values_too_many",
                "invalid_request",
            ),
            (
                &[("claims", "{")],
                "authorization_claims_malformed",
                "invalid_request",
            ),
        ],
        &client(),
    );
}

#[test]
fn a_client_that_must_push_cannot_come_directly() {
    let mut client = client();
    client.require_pushed = true;
    check_told(
        &[(&[], "authorization_push_required", "invalid_request")],
        &client,
    );
}

#[test]
fn oo_14_no_secret_is_in_an_error_that_the_client_is_told() {
    let changes = [
        ("prompt", "x"),
        ("nonce", "secret"),
        ("id_token_hint", "secret"),
    ];
    let refusal = judge(&raw_with(&changes), &client()).unwrap_err();
    let Some(Answer::Redirect(url)) = refusal.answer(ISSUER) else {
        panic!("an answer to the client was expected")
    };
    assert!(!url.contains("secret") && !url.contains('#'), "{url}");
    assert!(!format!("{refusal:?}").contains("secret"));
}
