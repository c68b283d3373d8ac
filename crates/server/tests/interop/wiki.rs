//! The example as a reader of its page tries it: the realm `wiki` is the application, and Keycloak checks our
//! assertion.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use url::Url;
use vestibule_core::audit::{AuditEvent, AuditResult};
use vestibule_testkit::browser::{Browser, Page};

use crate::{
    messages::{forge, with_query},
    person::Person,
    scene::{Scene, Store},
};

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test(flavor = "multi_thread")]
async fn keycloak_takes_our_assertion_as_an_application() {
    let scene = Scene::set(Store::Sqlite).await;
    for way in ["keycloak-saml", "keycloak-oidc"] {
        let mut alice = Person::new("alice");
        let page = alice.passes_first_door(&console(&scene), way).await;
        let page = alice.enrols(page).await;
        let form = page.message_form().expect("a Response for the wiki");
        assert_eq!(
            form.action,
            scene.keycloak("/realms/wiki/broker/vestibule/endpoint")
        );
        // The account page is a script's; where it begins, Keycloak has let her in.
        let taken = alice.browser.submit(&form).await.unwrap();
        let account = scene.keycloak("/realms/wiki/account/");
        let inside = follow_to(&mut alice.browser, taken, &account).await;
        let claims = claims(&scene, &inside).await;
        assert_eq!(claims["email"], "alice@acme.example", "{claims}");
        assert_eq!(
            claims["preferred_username"], "alice@acme.example",
            "{claims}"
        );
        assert_eq!(claims["name"], "Alice Archer", "{claims}");
        assert_eq!(
            scene.last_login().await,
            (Some("Everyone else".to_owned()), AuditResult::Success)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_whose_metadata_promises_signed_requests_must_sign_them() {
    let scene = Scene::set_with_metadata_of_the_wiki(Store::Sqlite).await;
    let mut browser = Browser::new().unwrap();
    let page = browser.get(&console(&scene)).await.unwrap();
    let request = follow_to(&mut browser, page, &scene.vestibule("/saml/sso")).await;
    let query = request.query().unwrap();
    let unsigned = with_query(&request, query.split_once("&SigAlg=").unwrap().0);
    let forged = with_query(&request, &forge(query));
    for (url, expect) in [(&unsigned, 400), (&forged, 400), (&request, 200)] {
        let mut browser = Browser::new().unwrap();
        let page = browser.get(url).await.unwrap();
        let page = browser.follow(page).await.unwrap();
        assert_eq!(page.status, expect, "{}", page.unlike(url.as_str()));
    }
    let reasons = scene
        .records(AuditEvent::Request)
        .await
        .into_iter()
        .map(|record| record.reason);
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        ["signature_missing", "signature_mismatch"]
    );
}

/// What the account page asks Keycloak for; `kc_idp_hint` presses the button "Vestibule".
fn console(scene: &Scene) -> Url {
    let mut url = scene.keycloak("/realms/wiki/protocol/openid-connect/auth");
    url.query_pairs_mut().extend_pairs([
        ("client_id", "account-console"),
        (
            "redirect_uri",
            scene.keycloak("/realms/wiki/account/").as_str(),
        ),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("kc_idp_hint", "vestibule"),
    ]);
    url
}

/// Follows redirects until one that leads to `place`, and gives its address.
async fn follow_to(browser: &mut Browser, page: Page, place: &Url) -> Url {
    let mut page = page;
    for _ in 0..10 {
        let next = page
            .redirect()
            .unwrap_or_else(|| panic!("{}", page.unlike("no redirect")));
        if next.origin() == place.origin() && next.path() == place.path() {
            return next;
        }
        page = browser.visit(&page, &next).await.unwrap();
    }
    panic!("{}", page.unlike(&format!("not sent to {place}")));
}

/// What Keycloak says about the person, now that she is in.
async fn claims(scene: &Scene, inside: &Url) -> Value {
    let code = inside.query_pairs().find(|(name, _)| name == "code");
    let (_, code) = code.unwrap_or_else(|| panic!("no code: {inside}"));
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "account-console"),
        (
            "redirect_uri",
            scene.keycloak("/realms/wiki/account/").as_str(),
        ),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let token = scene.keycloak("/realms/wiki/protocol/openid-connect/token");
    // As the page's script asks: from Keycloak's own site.
    let origin = token.origin().ascii_serialization();
    let headers = std::iter::once(("origin".parse().unwrap(), origin.parse().unwrap()));
    let mut script = Browser::new().unwrap().with_headers(headers.collect());
    let answer = script.post_form(&token, &fields).await.unwrap();
    let tokens: Value = serde_json::from_str(&answer.body).unwrap();
    let id_token = tokens["id_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{tokens}"));
    let payload = id_token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
