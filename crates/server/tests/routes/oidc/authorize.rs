//! The conformance suite of the OpenID Foundation, basic OP and form post OP, re-told: what it asks of the authorization
//! endpoint. Each test is named for its module, or for several that differ in one parameter.

use vestibule_testkit::{authenticator::Authenticator, browser::Page};

use crate::support::{Authorization, Browser, Heard, House, PORTAL, json, text};

const MFA: &str = "https://refeds.org/profile/mfa";

/// Is somebody asked who they are?
fn asks(page: &Page) -> bool {
    page.status == 200 && page.form_to("/mail").is_ok()
}

/// Each module in both response modes.
const MODES: [&str; 2] = ["query", "form_post"];

#[actix_web::test]
async fn oidcc_server() {
    let house = House::with_parties().await;
    for mode in MODES {
        let request = Authorization::of_portal().with("response_mode", mode);
        let heard = house.browser().authorizes(&request, "bob").await;
        assert_eq!(heard.by_form, mode == "form_post");
        assert_eq!(heard.address, "https://portal.example/callback");
        assert_eq!(heard.fields["state"], "s-1");
        // 256 bits behind a prefix.
        assert_eq!(heard.code().len(), 47);
        let names: Vec<&str> = heard.fields.keys().map(String::as_str).collect();
        assert_eq!(names, ["code", "iss", "state"]);
    }
}

#[actix_web::test]
async fn oidcc_response_type_missing() {
    let house = House::with_parties().await;
    for mode in MODES {
        let request = Authorization::of_portal().with("response_mode", mode);
        let page = house
            .browser()
            .get(&request.without("response_type").address())
            .await;
        let heard = Heard::of(&page);
        assert_eq!(
            (heard.error(), heard.by_form),
            ("invalid_request", mode == "form_post")
        );
        assert_eq!(heard.fields["state"], "s-1");
    }
}

#[actix_web::test]
async fn oidcc_prompt_login() {
    let house = House::with_parties().await;
    let mut browser = house.browser();
    let request = Authorization::of_portal();
    browser.authorizes(&request, "bob").await.code();
    // Control: who is known is not asked.
    Heard::of(&browser.get(&request.address()).await).code();
    let page = browser
        .get(&request.with("prompt", "login").address())
        .await;
    assert!(asks(&page), "{}", page.body);
    Heard::of(&browser.passes_the_first_door(&page, "bob", "kiosk").await).code();
}

#[actix_web::test]
async fn oidcc_prompt_none_logged_in() {
    let house = House::with_parties().await;
    for mode in MODES {
        let mut browser = house.browser();
        let request = Authorization::of_portal().with("response_mode", mode);
        browser.authorizes(&request, "bob").await.code();
        let page = browser.get(&request.with("prompt", "none").address()).await;
        let heard = Heard::of(&page);
        assert_eq!(
            (heard.code().len(), heard.by_form),
            (47, mode == "form_post")
        );
    }
}

#[actix_web::test]
async fn oidcc_prompt_none_not_logged_in() {
    let house = House::with_parties().await;
    for mode in MODES {
        let request = Authorization::of_portal().with("response_mode", mode);
        let page = house
            .browser()
            .get(&request.with("prompt", "none").address())
            .await;
        let heard = Heard::of(&page);
        assert_eq!(heard.error(), "login_required");
        assert_eq!(
            (&*heard.fields["state"], heard.by_form),
            ("s-1", mode == "form_post")
        );
    }
}

#[actix_web::test]
async fn oidcc_max_age_1() {
    let house = House::with_parties().await;
    let mut browser = house.browser();
    let request = Authorization::of_portal();
    browser.authorizes(&request, "bob").await.code();
    house.wait(2);
    let page = browser
        .get(&request.clone().with("max_age", "1").address())
        .await;
    assert!(asks(&page), "{}", page.body);
    // Where nothing may be asked, that is what the application hears.
    let passive = request.with("max_age", "1").with("prompt", "none");
    let heard = Heard::of(&browser.get(&passive.address()).await);
    assert_eq!(heard.error(), "login_required");
}

#[actix_web::test]
async fn oidcc_max_age_10000() {
    let house = House::with_parties().await;
    let mut browser = house.browser();
    let request = Authorization::of_portal().with("max_age", "10000");
    browser.authorizes(&request, "bob").await.code();
    house.wait(2);
    Heard::of(&browser.get(&request.address()).await).code();
}

#[actix_web::test]
async fn oidcc_id_token_hint() {
    let house = House::with_parties().await;
    let mut browser = house.browser();
    let heard = browser.authorizes(&PORTAL.asks(), "bob").await;
    let first = json(&PORTAL.redeems(&house, heard.code()).await);
    house.wait(2);
    let hint = text(&first, "id_token");
    let again = PORTAL
        .asks()
        .with("prompt", "none")
        .with("id_token_hint", hint);
    let heard = Heard::of(&browser.get(&again.address()).await);
    let second = json(&PORTAL.redeems(&house, heard.code()).await);
    let [first, second] =
        [&first, &second].map(|answer| PORTAL.verified(&house, answer, Some("n-1")));
    let (first, second) = (first.await, second.await);
    assert_eq!(first.subject(), second.subject());
    assert_eq!(first.auth_time(), second.auth_time());
    // Somebody else's token is about nobody here.
    let stranger = house.browser().authorizes(&PORTAL.asks(), "alice").await;
    let stranger = json(&PORTAL.redeems(&house, stranger.code()).await);
    let other = again.with("id_token_hint", text(&stranger, "id_token"));
    let heard = Heard::of(&browser.get(&other.address()).await);
    assert_eq!(heard.error(), "login_required");
}

#[actix_web::test]
async fn oidcc_login_hint() {
    let house = House::with_parties().await;
    let request = Authorization::of_portal();
    // A mail address of a domain that is known leads straight to its provider; others are asked for.
    for (hint, leads_on) in [("buffy@acme.example", true), ("buffy", false)] {
        let request = request.clone().with("login_hint", hint);
        let page = house.browser().get(&request.address()).await;
        assert_eq!(page.redirect().is_some(), leads_on, "{hint}: {}", page.body);
        assert_eq!(asks(&page), !leads_on, "{hint}");
    }
}

/// oidcc_ui_locales, oidcc_claims_locales, oidcc_display_page, oidcc_display_popup,
/// oidcc_ensure_request_with_unknown_parameter_succeeds.
#[actix_web::test]
async fn oidcc_ui_locales_claims_locales_display_and_unknown_parameters() {
    let house = House::with_parties().await;
    for (name, value) in [
        ("ui_locales", "se"),
        ("ui_locales", "en-US de xx-not-a-language-at-all !"),
        ("claims_locales", "se"),
        ("display", "page"),
        ("display", "popup"),
        ("extra", "foobar"),
    ] {
        for mode in MODES {
            let request = Authorization::of_portal().with("response_mode", mode);
            let request = request.with(name, value);
            house.browser().authorizes(&request, "bob").await.code();
        }
    }
}

#[actix_web::test]
async fn oidcc_ensure_request_with_acr_values_succeeds() {
    let house = House::with_parties().await;
    for (wished, mode) in [
        ("1 2", "query"),
        ("urn:mace:incommon:iap:silver", "form_post"),
    ] {
        let request = Authorization::of_portal().with("response_mode", mode);
        let request = request.with("acr_values", wished);
        house.browser().authorizes(&request, "bob").await.code();
    }
}

#[actix_web::test]
async fn oidcc_ensure_registered_redirect_uri() {
    let house = House::with_parties().await;
    let request = Authorization::of_portal().with("redirect_uri", "https://portal.example/other");
    let page = house.browser().get(&request.address()).await;
    assert_eq!(page.status, 400);
    assert!(Heard::in_page(&page).is_none(), "{}", page.body);
}

#[actix_web::test]
async fn oidcc_redirect_uri_query_ok_mismatch_and_added() {
    let house = House::with_parties().await;
    let registered = "https://portal.example/second?tenant=1&x=%2f";
    let request = |uri: &str| Authorization::of_portal().with("redirect_uri", uri);
    let mut browser = house.browser();
    let page = browser.get(&request(registered).address()).await;
    let page = browser.passes_the_first_door(&page, "bob", "kiosk").await;
    let there = page.redirect().unwrap();
    // What was registered is sent as it was written.
    assert!(
        there.as_str().starts_with(&format!("{registered}&code=")),
        "{there}"
    );
    for uri in [
        "https://portal.example/second",
        "https://portal.example/second?tenant=1",
        "https://portal.example/second?tenant=1&x=/",
        "https://portal.example/callback?foo=bar",
    ] {
        let page = house.browser().get(&request(uri).address()).await;
        assert_eq!(page.status, 400, "{uri}");
        assert!(Heard::in_page(&page).is_none(), "{uri}");
    }
}

#[actix_web::test]
async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow() {
    let house = House::with_parties().await;
    for mode in MODES {
        let request = Authorization::of_portal().with("response_mode", mode);
        let request = request.without("nonce");
        house.browser().authorizes(&request, "bob").await.code();
    }
}

/// oidcc_ensure_request_with_valid_pkce_succeeds.
#[actix_web::test]
async fn oidcc_ensure_request_with_valid_pkce_succeeds_and_without_scope_openid_fails() {
    let house = House::with_parties().await;
    house
        .browser()
        .authorizes(&Authorization::of_portal(), "bob")
        .await
        .code();
    let request = Authorization::of_portal().with("scope", "profile");
    let heard = Heard::of(&house.browser().get(&request.address()).await);
    assert_eq!(heard.error(), "invalid_scope");
}

/// Also oidcc_ensure_request_object_with_redirect_uri: one that names another address is not looked at, either.
#[actix_web::test]
async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported() {
    let house = House::with_parties().await;
    // {} and {"redirect_uri":"https://evil.example"}, both with {"alg":"none"} in front.
    for object in [
        "eyJhbGciOiJub25lIn0.e30.",
        "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZSJ9.",
    ] {
        for mode in MODES {
            let request = Authorization::of_portal().with("response_mode", mode);
            let request = request.with("request", object);
            let heard = Heard::of(&house.browser().get(&request.address()).await);
            assert_eq!(heard.error(), "request_not_supported");
            assert_eq!(heard.address, "https://portal.example/callback");
        }
    }
}

/// What would have us fetch something.
#[actix_web::test]
async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported() {
    let house = House::with_parties().await;
    for mode in MODES {
        let request = Authorization::of_portal().with("response_mode", mode);
        let request = request.with("request_uri", "https://portal.example/request.jwt");
        let heard = Heard::of(&house.browser().get(&request.address()).await);
        assert_eq!(heard.error(), "request_uri_not_supported");
    }
}

#[actix_web::test]
async fn oidcc_ensure_other_scope_order_succeeds() {
    let house = House::with_parties().await;
    for mode in MODES {
        let request = Authorization::of_portal().with("response_mode", mode);
        let request = request.with("scope", "email openid profile");
        house.browser().authorizes(&request, "bob").await.code();
    }
}

#[actix_web::test]
async fn oidcc_ensure_post_request_succeeds() {
    let house = House::with_parties().await;
    let mut browser = house.browser();
    let request = Authorization::of_portal();
    // From the application's page: another site, so that no cookie of ours comes with it.
    let page = browser
        .post_raw(
            "/oauth2/authorize",
            "https://portal.example",
            &request.encoded(),
        )
        .await;
    let page = browser.follow(&page).await;
    assert!(asks(&page), "{}", page.body);
    Heard::of(&browser.passes_the_first_door(&page, "bob", "kiosk").await).code();
}

/// oidcc_scope_profile, oidcc_scope_email, oidcc_scope_address, oidcc_scope_phone, oidcc_scope_all, oidcc_claims_essential.
#[actix_web::test]
async fn oidcc_scope_profile_email_address_phone_all_and_claims_essential() {
    let house = House::with_parties().await;
    let claims =
        r#"{"userinfo":{"name":{"essential":true}},"id_token":{"auth_time":{"essential":true}}}"#;
    for (name, value) in [
        ("scope", "openid profile"),
        ("scope", "openid email"),
        ("scope", "openid address"),
        ("scope", "openid phone"),
        ("scope", "openid profile email address phone"),
        ("scope", "openid offline_access"),
        ("claims", claims),
    ] {
        let request = Authorization::of_portal().with(name, value);
        house.browser().authorizes(&request, "bob").await.code();
    }
}

/// Registers an authenticator app on the page that offers it.
async fn sets_up(browser: &mut Browser<'_>, page: &Page) -> (Authenticator, Page) {
    let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
    let code = page.form_to("/code").unwrap();
    let codes = browser.submit(&code.with("code", &app.code().await)).await;
    let done = browser.submit(&codes.form_to("/confirm").unwrap()).await;
    (app, done)
}

#[actix_web::test]
async fn ac_01_a_second_factor_is_asked_for_once_for_all_applications() {
    let house = House::with_parties().await;
    let mut browser = house.browser();
    let page = browser.get(&Authorization::of_portal().address()).await;
    let page = browser.passes_the_first_door(&page, "alice", "staff").await;
    let (_, done) = sets_up(&mut browser, &page).await;
    Heard::of(&done).code();
    let other = Authorization::of("other-client", "https://other.example/callback");
    let heard = Heard::of(&browser.get(&other.address()).await);
    assert_eq!(heard.code().len(), 47);
    // And where nothing may be asked.
    let passive = other.with("prompt", "none");
    Heard::of(&browser.get(&passive.address()).await).code();
}

#[actix_web::test]
async fn oo_09_an_application_that_insists_gets_a_second_factor_from_somebody_who_needs_none() {
    let house = House::with_parties().await;
    let mut browser = house.browser();
    let request = Authorization::of_portal();
    browser.authorizes(&request, "ben").await.code();
    let claims = format!(r#"{{"id_token":{{"acr":{{"essential":true,"value":"{MFA}"}}}}}}"#);
    let insists = request.clone().with("claims", &claims);
    // Passive: the application hears that something would have to be done.
    let passive = insists.clone().with("prompt", "none");
    let heard = Heard::of(&browser.get(&passive.address()).await);
    assert_eq!(heard.error(), "interaction_required");
    let page = browser.get(&insists.address()).await;
    let (_, done) = sets_up(&mut browser, &page).await;
    Heard::of(&done).code();
    // What nobody here can prove is refused before anybody is asked for anything.
    let vain = claims.replace(MFA, "urn:smartcard");
    let page = house
        .browser()
        .get(&request.with("claims", &vain).address())
        .await;
    assert_eq!(
        Heard::of(&page).error(),
        "unmet_authentication_requirements"
    );
}
