//! Logouts that go on to Keycloak: its session is really over, and the next login begins with a password.

use vestibule_core::audit::AuditEvent;

use crate::{
    administrator::Administrator,
    person::Person,
    scene::{Scene, Store},
};

const ALICE: &str = "alice@acme.example";

/// In at the application, with a session at Keycloak.
async fn in_by(scene: &Scene, administrator: &Administrator, way: &str) -> Person {
    administrator.ends_sessions("acme").await;
    let mut alice = Person::new("alice");
    let page = alice.passes_first_door(scene.application(), way).await;
    let page = alice.enrols(page).await;
    let verdict = alice.goes_on(&page).await;
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));
    administrator.sees_sessions("acme", ALICE, 1).await;
    alice
}

/// Keycloak says that nobody is there, and asks for a password again.
async fn is_forgotten(scene: &Scene, administrator: &Administrator, alice: &mut Person, way: &str) {
    administrator.sees_sessions("acme", ALICE, 0).await;
    let page = alice.comes_to_keycloak(scene.application(), way).await;
    assert!(
        page.form_with("password").is_ok(),
        "{}",
        page.unlike("a password is asked for")
    );
    let logouts = scene.records(AuditEvent::Logout).await;
    let reasons: Vec<_> = logouts
        .iter()
        .map(|record| record.reason.as_str())
        .collect();
    assert!(reasons.contains(&"upstream_logout_complete"), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_is_signed_out_of_keycloak_where_each_logout_goes_on() {
    for way in ["keycloak-saml", "keycloak-oidc"] {
        let scene = Scene::set_with_logout_there(Store::Sqlite).await;
        let administrator = scene.administrator().await;
        let mut alice = in_by(&scene, &administrator, way).await;
        let done = alice.signs_out(&scene.vestibule("/account")).await;
        assert!(
            done.body.contains("You are signed out there, too."),
            "{way}: {}",
            done.body
        );
        is_forgotten(&scene, &administrator, &mut alice, way).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_may_sign_out_of_keycloak_with_a_button() {
    for way in ["keycloak-saml", "keycloak-oidc"] {
        let scene = Scene::set(Store::Sqlite).await;
        let administrator = scene.administrator().await;
        let mut alice = in_by(&scene, &administrator, way).await;
        let offered = alice.signs_out(&scene.vestibule("/account")).await;
        // Without the button nothing ends there.
        administrator.sees_sessions("acme", ALICE, 1).await;
        let onward = offered
            .form_to("/onward")
            .unwrap_or_else(|_| panic!("{way}: {}", offered.body));
        let sent = alice.browser.submit(&onward).await.unwrap();
        let done = alice.browser.settle(sent).await.unwrap();
        assert!(
            done.body.contains("You are signed out there, too."),
            "{way}: {}",
            done.body
        );
        is_forgotten(&scene, &administrator, &mut alice, way).await;
    }
}
