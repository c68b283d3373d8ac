//! Keycloak as a relying party of ours over OpenID Connect: it reads our discovery document, and is told when a session
//! ends.

use serde_json::json;
use url::Url;

use crate::{
    console::{account, claims, console, id_token},
    person::Person,
    scene::{Applications, Scene, keycloak_url, vestibule_url},
};

const WAY: &str = "keycloak-saml";
const REALM: &str = "handbook";
const SECRET: &str = "a client secret of Keycloak that only this run knows";
/// What Keycloak calls her.
const ALICE: &str = "alice@acme.example";

/// A Vestibule that knows the realm, and the realm, made as its administrator would: from our discovery document.
async fn set() -> Scene {
    let endpoint = keycloak_url(&format!("/realms/{REALM}/broker/vestibule/endpoint"));
    let back_channel = format!("/realms/{REALM}/protocol/openid-connect/logout/backchannel-logout");
    let yaml = format!(
        "  {REALM}:
    oidc:
      redirect_uris: {endpoint}
      danger_allow_localhost: true
      client_secret_file: {REALM}-secret
      back_channel_logout_uri: {}
",
        // Our server asks by the address that Keycloak listens on.
        keycloak_url(&back_channel).replace("localhost", "127.0.0.1")
    );
    let files = vec![("handbook-secret", SECRET.to_owned())];
    let scene = Scene::set_with(Applications::new(yaml, files)).await;
    let administrator = scene.administrator().await;
    let realm = json!({ "realm": REALM, "enabled": true });
    administrator.makes("", &realm).await;
    let mut config = administrator.discovers(REALM, &vestibule_url()).await;
    for (key, value) in [
        ("clientId", REALM),
        ("clientSecret", SECRET),
        ("clientAuthMethod", "client_secret_basic"),
        ("defaultScope", "openid profile email"),
        ("pkceEnabled", "true"),
        ("pkceMethod", "S256"),
        ("validateSignature", "true"),
        ("useJwksUrl", "true"),
        ("backchannelSupported", "true"),
        ("syncMode", "FORCE"),
    ] {
        config[key] = value.into();
    }
    let provider = json!({
        "alias": "vestibule", "displayName": "Vestibule", "providerId": "oidc", "enabled": true,
        "trustEmail": true, "config": config,
    });
    let providers = format!("/{REALM}/identity-provider/instances");
    administrator.makes(&providers, &provider).await;
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloak_takes_our_id_tokens_through_a_change_of_keys_and_hears_of_the_end() {
    let scene = set().await;
    let start = console(&scene, REALM);
    let administrator = scene.administrator().await;

    let mut alice = Person::new("alice");
    let page = alice.passes_first_door(&start, WAY).await;
    let inside = inside(&scene, alice.enrols(page).await.url);
    let claims = claims(&id_token(&scene, REALM, &inside).await);
    assert_eq!(claims["email"], ALICE, "{claims}");
    assert_eq!(claims["email_verified"], true, "{claims}");
    assert_eq!(claims["name"], "Alice Archer", "{claims}");
    administrator.sees_sessions(REALM, ALICE, 1).await;

    // Our server tells Keycloak's: no browser is there.
    scene.ends_sessions();
    administrator.sees_sessions(REALM, ALICE, 0).await;
    let page = alice.browser.get(&start).await.unwrap();
    let page = alice.browser.settle(page).await.unwrap();
    assert!(
        page.form_to("/upstream").is_ok(),
        "{}",
        page.unlike("asked")
    );

    // Another key of ours, which Keycloak has not seen.
    scene.replaces_key("openid-rs256");
    let page = alice.comes_to_keycloak(&start, WAY).await;
    let account = account(&scene, REALM);
    let page = alice.types_app_code(&page).await;
    assert_eq!(page.url.path(), account.path(), "{}", page.unlike("inside"));
    administrator.sees_sessions(REALM, ALICE, 1).await;
}

/// The address of the account page that the browser came to, if it did.
fn inside(scene: &Scene, at: Url) -> Url {
    assert_eq!(at.path(), account(scene, REALM).path(), "{at}");
    at
}
