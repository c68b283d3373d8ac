//! A realm of Keycloak whose people come through us, as its own account page sees it: a script that logs in there.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use url::Url;
use vestibule_testkit::browser::{Browser, Page};

use crate::scene::Scene;

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What the account page asks Keycloak for; `kc_idp_hint` presses the button "Vestibule".
pub(crate) fn console(scene: &Scene, realm: &str) -> Url {
    let mut url = scene.keycloak(&format!("/realms/{realm}/protocol/openid-connect/auth"));
    url.query_pairs_mut().extend_pairs([
        ("client_id", "account-console"),
        ("redirect_uri", account(scene, realm).as_str()),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("kc_idp_hint", "vestibule"),
    ]);
    url
}

/// Follows redirects until one that leads to `place`, and gives its address.
pub(crate) async fn follow_to(browser: &mut Browser, page: Page, place: &Url) -> Url {
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

/// The account page of a realm; where it begins, Keycloak has let the person in.
pub(crate) fn account(scene: &Scene, realm: &str) -> Url {
    scene.keycloak(&format!("/realms/{realm}/account/"))
}

/// The ID token that Keycloak gives the account page, now that the person is in.
pub(crate) async fn id_token(scene: &Scene, realm: &str, inside: &Url) -> String {
    let code = inside.query_pairs().find(|(name, _)| name == "code");
    let (_, code) = code.unwrap_or_else(|| panic!("no code: {inside}"));
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "account-console"),
        ("redirect_uri", account(scene, realm).as_str()),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let token = format!("/realms/{realm}/protocol/openid-connect/token");
    let token = scene.keycloak(&token);
    // As the page's script asks: from Keycloak's own site.
    let origin = token.origin().ascii_serialization();
    let headers = std::iter::once(("origin".parse().unwrap(), origin.parse().unwrap()));
    let mut script = Browser::new().unwrap().with_headers(headers.collect());
    let answer = script.post_form(&token, &fields).await.unwrap();
    let tokens: Value = serde_json::from_str(&answer.body).unwrap();
    let id_token = tokens["id_token"].as_str();
    id_token.unwrap_or_else(|| panic!("{tokens}")).to_owned()
}

/// What Keycloak says about the person in it.
pub(crate) fn claims(id_token: &str) -> Value {
    let payload = id_token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
