//! Keycloak as upstream over OpenID Connect, on SQLite.

use vestibule_core::audit::AuditResult;

use crate::{
    person::Person,
    scene::{Scene, Store},
};

const WAY: &str = "keycloak-oidc";

#[tokio::test(flavor = "multi_thread")]
async fn people_come_in_over_oidc_and_the_rule_of_their_group_holds() {
    let scene = Scene::set(Store::Sqlite).await;
    let start = scene.application();

    let mut alice = Person::new("alice");
    let page = alice.passes_first_door(start, WAY).await;
    let page = alice.enrols(page).await;
    let verdict = alice.goes_on(&page).await;
    assert_eq!(
        verdict.text("#code").as_deref(),
        Some("accepted"),
        "{}",
        verdict.body
    );
    assert_eq!(
        verdict.text("#name-id").as_deref(),
        Some("alice@acme.example")
    );
    let decision = scene.last_login().await;
    assert_eq!(
        decision,
        (Some("Everyone else".to_owned()), AuditResult::Success)
    );

    // Another browser, and the device is lost.
    alice.browser.forget();
    let code = alice.backup_codes.pop().expect("backup codes were shown");
    let page = alice.passes_first_door(start, WAY).await;
    let page = alice.types_backup_code(&page, &code).await;
    let verdict = alice.goes_on(&page).await;
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));

    // Each backup code works once.
    scene.ends_sessions();
    let page = alice.comes_to_keycloak(start, WAY).await;
    let page = alice.types_backup_code(&page, &code).await;
    assert_eq!(page.status, 422, "{}", page.body);
    let page = alice.takes_another_way(&page, "totp").await;
    let page = alice.types_app_code(&page).await;
    let verdict = alice.goes_on(&page).await;
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));

    // Administrators are asked for the app, and for nothing else.
    let mut dora = Person::new("dora");
    let page = dora.passes_first_door(start, WAY).await;
    let page = dora.enrols(page).await;
    let verdict = dora.goes_on(&page).await;
    assert_eq!(
        verdict.text("#name-id").as_deref(),
        Some("dora@acme.example")
    );
    let rule = "Administrators use their authenticator app".to_owned();
    assert_eq!(scene.last_login().await, (Some(rule), AuditResult::Success));
    scene.ends_sessions();
    let page = dora.comes_to_keycloak(start, WAY).await;
    assert!(
        !page
            .links()
            .iter()
            .any(|link| link.path().ends_with("/another-way"))
    );
}
