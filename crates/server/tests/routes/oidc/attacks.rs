//! Rows OO-01, 02, 03, 08, 10, 11, 12, 14 and 16 over HTTP, each beside something that passes.

use crate::support::{Authorization, Heard, House};

/// The request is answered by our own page, and nothing leaves.
async fn nothing_leaves(house: &House, request: &Authorization, code: &str) {
    let mut browser = house.browser();
    let page = browser.get(&request.address()).await;
    assert_eq!(page.status, 400, "{}", request.address());
    assert!(Heard::in_page(&page).is_none(), "{}", page.body);
    assert!(!page.body.contains("evil.example"), "{}", page.body);
    let told = house.command("audit list --json");
    assert!(told.contains(code), "{code}: {told}");
}

#[actix_web::test]
async fn oo_01_spellings_of_a_redirect_uri() {
    let house = House::with_parties().await;
    // Control.
    house
        .browser()
        .authorizes(&Authorization::of_portal(), "bob")
        .await
        .code();
    for uri in [
        "http://portal.example/callback",
        "HTTPS://portal.example/callback",
        "https://PORTAL.example/callback",
        "https://portal.example:443/callback",
        "https://portal.example:8443/callback",
        "https://portal.example/Callback",
        "https://portal.example/callback/",
        "https://portal.example//callback",
        "https://portal.example/x/../callback",
        "https://portal.example/./callback",
        "https://portal.example/%63allback",
        "https://portal.example/callback?",
        "https://portal.example/callback?x=1",
        "https://portal.example/callback#f",
        "https://portal.example/callback;x",
        "https://portal.example./callback",
        "https://portal.example.evil.example/callback",
        "https://evil.example/callback",
        "https://evil.example/https://portal.example/callback",
        "https://portal.example@evil.example/callback",
        "https://a@b@portal.example/callback",
        "https://evil.example\\@portal.example/callback",
        "https://portal.example\\.evil.example/callback",
        "https:portal.example/callback",
        "//portal.example/callback",
        " https://portal.example/callback",
        "https://portal.example/callback ",
        "https://portal.example/call%0aback",
        "https://p\u{f6}rtal.example/callback",
        "https://*.example/callback",
        "http://127.0.0.1/callback",
        "javascript:alert(1)",
        "data:text/html,x",
    ] {
        let request = Authorization::of_portal().with("redirect_uri", uri);
        nothing_leaves(&house, &request, "authorization_unknown_redirect_uri").await;
    }
    let absent = Authorization::of_portal().without("redirect_uri");
    nothing_leaves(&house, &absent, "authorization_missing_parameter").await;
    let anothers = Authorization::of("other-client", "https://portal.example/callback");
    nothing_leaves(&house, &anothers, "authorization_unknown_redirect_uri").await;
    let stranger = Authorization::of("evil", "https://evil.example/callback");
    nothing_leaves(&house, &stranger, "app_unknown").await;
}

#[actix_web::test]
async fn oo_01_only_an_installed_app_may_choose_its_port_and_only_on_loopback() {
    let house = House::with_parties().await;
    for uri in [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:51234/callback",
    ] {
        let request = Authorization::of("pad", uri);
        let heard = house.browser().authorizes(&request, "bob").await;
        assert_eq!(heard.address, uri);
        heard.code();
    }
    for uri in [
        "http://[::1]:51234/callback",
        "http://localhost:51234/callback",
        "http://127.0.0.1.evil.example:51234/callback",
        "http://127.0.0.2:51234/callback",
        "https://127.0.0.1:51234/callback",
        "http://127.0.0.1:51234/other",
    ] {
        let request = Authorization::of("pad", uri);
        nothing_leaves(&house, &request, "authorization_unknown_redirect_uri").await;
    }
}

/// The request is refused at the application, with this error.
async fn is_told(house: &House, request: Authorization, error: &str, code: &str) {
    let page = house.browser().get(&request.address()).await;
    let heard = Heard::of(&page);
    assert_eq!(heard.address, "https://portal.example/callback");
    assert_eq!(heard.error(), error, "{}", request.address());
    let told = house.command("audit list --json");
    assert!(told.contains(code), "{code}: {told}");
}

#[actix_web::test]
async fn oo_03_pkce_is_needed_and_s256() {
    let house = House::with_parties().await;
    let good = Authorization::of_portal;
    house.browser().authorizes(&good(), "bob").await.code();
    let missing = "authorization_pkce_missing";
    let method = "authorization_pkce_method";
    let challenge = "authorization_pkce_challenge";
    for (request, code) in [
        (
            good()
                .without("code_challenge")
                .without("code_challenge_method"),
            missing,
        ),
        (good().without("code_challenge"), missing),
        (good().without("code_challenge_method"), method),
        (good().with("code_challenge_method", "plain"), method),
        (good().with("code_challenge_method", "S256 "), method),
        (good().with("code_challenge_method", "s256"), method),
        (good().with("code_challenge", &"a".repeat(42)), challenge),
        (good().with("code_challenge", &"a".repeat(44)), challenge),
    ] {
        is_told(&house, request, "invalid_request", code).await;
    }
    // A client that may leave it out may not leave out half of it.
    let other = Authorization::of("other-client", "https://other.example/callback");
    let without = other.without("code_challenge");
    let heard = Heard::of(&house.browser().get(&without.address()).await);
    assert_eq!(heard.error(), "invalid_request");
    let without = without.without("code_challenge_method");
    house.browser().authorizes(&without, "bob").await.code();
    // A public client never may.
    let pad = Authorization::of("pad", "http://127.0.0.1/callback");
    let without = pad
        .without("code_challenge")
        .without("code_challenge_method");
    let heard = Heard::of(&house.browser().get(&without.address()).await);
    assert_eq!(heard.error(), "invalid_request");
}

#[actix_web::test]
async fn oo_08_prompts_ages_and_hints() {
    let house = House::with_parties().await;
    let good = Authorization::of_portal;
    for (name, value, code) in [
        ("prompt", "none login", "authorization_prompt_none_combined"),
        ("prompt", "create", "authorization_prompt_unknown"),
        ("max_age", "-1", "authorization_max_age"),
        ("max_age", "+1", "authorization_max_age"),
        ("max_age", "99999999999999999999", "authorization_max_age"),
        ("id_token_hint", "alice", "id_token_hint_invalid"),
    ] {
        is_told(&house, good().with(name, value), "invalid_request", code).await;
    }
    // A hint is shown as text, and lets nobody in.
    let hostile = "\"><script>alert(1)</script>";
    let page = house
        .browser()
        .get(&good().with("login_hint", hostile).address())
        .await;
    assert!(
        page.form_to("/mail").is_ok() && !page.body.contains("<script>alert"),
        "{}",
        page.body
    );
    // Consent was given by the administrator; an account is chosen at the provider.
    let consents = good().with("prompt", "consent");
    house.browser().authorizes(&consents, "bob").await.code();
    let mut browser = house.browser();
    browser.authorizes(&good(), "bob").await.code();
    for (name, value) in [
        ("max_age", "0"),
        ("prompt", "select_account"),
        ("prompt", "login"),
    ] {
        let page = browser.get(&good().with(name, value).address()).await;
        assert!(page.form_to("/mail").is_ok(), "{name}={value}");
    }
    let page = browser
        .get(&good().with("prompt", "none").with("max_age", "0").address())
        .await;
    assert_eq!(Heard::of(&page).error(), "login_required");
}

#[actix_web::test]
async fn oo_10_oo_11_ways_that_are_closed_stay_closed() {
    let house = House::with_parties().await;
    let good = Authorization::of_portal;
    let object = "eyJhbGciOiJIUzI1NiJ9.e30.AAAA";
    for (name, value, error, code) in [
        (
            "request",
            object,
            "request_not_supported",
            "authorization_request_object",
        ),
        (
            "request_uri",
            "https://127.0.0.1/r",
            "request_uri_not_supported",
            "authorization_request_uri",
        ),
        (
            "request_uri",
            "https://evil.example/r",
            "request_uri_not_supported",
            "authorization_request_uri",
        ),
        (
            "registration",
            "{}",
            "registration_not_supported",
            "authorization_registration",
        ),
        (
            "response_type",
            "token",
            "unsupported_response_type",
            "authorization_response_type",
        ),
        (
            "response_type",
            "id_token",
            "unsupported_response_type",
            "authorization_response_type",
        ),
        (
            "response_type",
            "code id_token",
            "unsupported_response_type",
            "authorization_response_type",
        ),
        (
            "response_type",
            "none",
            "unsupported_response_type",
            "authorization_response_type",
        ),
        (
            "response_mode",
            "fragment",
            "invalid_request",
            "authorization_response_mode",
        ),
        (
            "response_mode",
            "web_message",
            "invalid_request",
            "authorization_response_mode",
        ),
        (
            "resource",
            "https://api.example",
            "invalid_target",
            "authorization_resource",
        ),
    ] {
        is_told(&house, good().with(name, value), error, code).await;
    }
    // A pushed request that nobody pushed.
    let name = format!("urn:ietf:params:oauth:request_uri:vsp_{}", "A".repeat(43));
    let pushed = good().with("request_uri", &name);
    nothing_leaves(&house, &pushed, "authorization_pushed_unknown").await;
}

#[actix_web::test]
async fn oo_11_a_state_stays_a_value_in_a_form_and_in_an_address() {
    let house = House::with_parties().await;
    for state in [
        "\"><script>alert(1)</script>",
        "'><img src=x onerror=alert(1)>",
        "</form><form action=https://evil.example>",
        "&code=forged&x=",
        "#code=forged",
    ] {
        for mode in ["query", "form_post"] {
            let request = Authorization::of_portal()
                .with("state", state)
                .with("response_mode", mode);
            let mut browser = house.browser();
            let page = browser.get(&request.address()).await;
            let page = browser.passes_the_first_door(&page, "bob", "kiosk").await;
            let heard = Heard::of(&page);
            assert_eq!(heard.fields["state"], state);
            assert_ne!(heard.code(), "forged");
            for word in ["<script>alert", "<img src=x", "<form action=https"] {
                assert!(!page.body.contains(word), "{}", page.body);
            }
        }
    }
}

#[actix_web::test]
async fn oo_12_parameters_twice_in_two_places_or_in_floods() {
    let house = House::with_parties().await;
    let good = Authorization::of_portal;
    for name in [
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "response_type",
        "nonce",
        "code_challenge",
    ] {
        let twice = good().and(name, "x");
        nothing_leaves(&house, &twice, "authorization_repeated_parameter").await;
    }
    let flood = |value: String| good().with("scope", &value);
    is_told(
        &house,
        flood(format!("openid {}", "a ".repeat(900).trim())),
        "invalid_scope",
        "authorization_scope_too_many",
    )
    .await;
    nothing_leaves(
        &house,
        &flood("a".repeat(4096)),
        "authorization_parameter_too_long",
    )
    .await;
    nothing_leaves(
        &house,
        &good().with("ui_locales", &"de ".repeat(300)),
        "authorization_parameter_too_long",
    )
    .await;
    let mut many = good();
    for number in 0..80 {
        many = many.and(&format!("x{number}"), "1");
    }
    nothing_leaves(&house, &many, "authorization_too_many_parameters").await;
    let mut browser = house.browser();
    let both = format!("/oauth2/authorize?{}", good().encoded());
    let page = browser
        .post_raw(&both, "https://portal.example", &good().encoded())
        .await;
    assert_eq!((page.status, page.redirect()), (400, None));
    // Control: eighty scopes less.
    let few = flood("openid a b c".to_owned());
    house.browser().authorizes(&few, "bob").await.code();
}

#[actix_web::test]
async fn oo_14_no_frame_no_repeated_post_and_no_leak_of_the_code() {
    let house = House::with_parties().await;
    for mode in ["query", "form_post"] {
        let request = Authorization::of_portal().with("response_mode", mode);
        let mut browser = house.browser();
        let asked = browser.get(&request.address()).await;
        let policy = asked.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        let page = browser.passes_the_first_door(&asked, "bob", "kiosk").await;
        Heard::of(&page).code();
        assert_eq!(page.status, if mode == "query" { 303 } else { 200 });
        assert_eq!(page.header("cache-control"), Some("no-store"));
        // Of us, other sites learn nothing that stands behind the host's name, and not even that.
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    }
}
