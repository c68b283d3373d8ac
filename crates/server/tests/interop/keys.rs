//! Keys that change while people log in: assertions encrypted for us, and an identity provider that signs with a new
//! key.

use vestibule_core::audit::{AuditEvent, AuditResult};

use crate::{
    person::{Person, response_on},
    scene::{Scene, Store},
};

const OIDC: &str = "keycloak-oidc";
const SAML: &str = "keycloak-saml";

/// SI-B4, and the usual shape of Shibboleth: Keycloak signs the Response and the assertion, and encrypts the assertion.
#[tokio::test(flavor = "multi_thread")]
async fn si_b4_an_encrypted_assertion_of_keycloak_is_read() {
    let scene = Scene::set_with_encryption(Store::Sqlite).await;
    let mut alice = Person::new("alice");
    let page = alice.comes_to_keycloak(scene.application(), SAML).await;
    let answer = alice.types_password(&page, "alice-password").await;
    let response = response_on(&answer);
    assert!(response.contains("EncryptedAssertion"), "{response}");
    assert!(!response.contains("alice@acme.example"), "{response}");

    let page = alice.browser.settle(answer).await.unwrap();
    let page = alice.enrols(page).await;
    let verdict = alice.goes_on(&page).await;
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));
    let name = verdict.text("#name-id");
    assert_eq!(name.as_deref(), Some("alice@acme.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_of_keycloak_is_found_between_two_logins_over_oidc() {
    let scene = Scene::set(Store::Sqlite).await;
    let mut alice = Person::new("alice");
    let page = alice.passes_first_door(scene.application(), OIDC).await;
    let page = alice.enrols(page).await;
    let verdict = alice.goes_on(&page).await;
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));

    scene.ends_sessions();
    scene.rotate_keys_of_keycloak().await;
    let page = alice.comes_to_keycloak(scene.application(), OIDC).await;
    let page = alice.types_app_code(&page).await;
    let verdict = alice.goes_on(&page).await;
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));
}

/// MD-06: metadata that nobody signed does not plant a key. The administrator sees it, and restarts.
#[tokio::test(flavor = "multi_thread")]
async fn md_06_a_new_key_of_keycloak_over_saml_waits_for_the_administrator() {
    let mut scene = Scene::set(Store::Sqlite).await;
    let mut alice = Person::new("alice");
    let page = alice.passes_first_door(scene.application(), SAML).await;
    let page = alice.enrols(page).await;
    let verdict = alice.goes_on(&page).await;
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));

    scene.ends_sessions();
    scene.rotate_keys_of_keycloak().await;
    let page = alice.comes_to_keycloak(scene.application(), SAML).await;
    assert!(page.status >= 400, "{}", page.unlike("refused"));
    let refused = scene.records(AuditEvent::Upstream).await.pop().unwrap();
    assert_eq!(refused.result, AuditResult::Failure);
    assert_eq!(refused.reason, "signature_mismatch");

    scene.restart();
    let page = alice.comes_to_keycloak(scene.application(), SAML).await;
    let page = alice.types_app_code(&page).await;
    let verdict = alice.goes_on(&page).await;
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));
}
