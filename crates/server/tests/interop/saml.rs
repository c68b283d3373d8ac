//! Keycloak as upstream over SAML, on PostgreSQL.

use vestibule_core::audit::AuditResult;

use crate::{
    person::Person,
    scene::{Scene, Store},
};

const WAY: &str = "keycloak-saml";

#[tokio::test(flavor = "multi_thread")]
async fn people_come_in_over_saml_and_the_rule_of_their_group_holds() {
    let scene = Scene::set(Store::Postgres).await;
    let start = scene.application();

    let mut alice = Person::new("alice");
    let page = alice.passes_first_door(start, WAY).await;
    let page = alice.enrols(page).await;
    assert!(!alice.backup_codes.is_empty());
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
    for name in ["Alice", "Archer"] {
        assert!(
            verdict.body.contains(&format!(">{name}<")),
            "{name} in {}",
            verdict.body
        );
    }
    let decision = scene.last_login().await;
    assert_eq!(
        decision,
        (Some("Everyone else".to_owned()), AuditResult::Success)
    );

    // The same message again is not.
    let again = alice.goes_on(&page).await;
    assert_eq!(again.text("#code").as_deref(), Some("replayed"));

    // The session carries her through. Without it, Keycloak knows her browser, and only our door is left: the app's code.
    let verdict = alice.browser.get(start).await.unwrap();
    let verdict = alice.browser.settle(verdict).await.unwrap();
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));
    scene.ends_sessions();
    let page = alice.comes_to_keycloak(start, WAY).await;
    assert_eq!(page.text("h1").as_deref(), Some("Enter your code"));
    let wrong = alice.types_code(&page, "000000").await;
    assert_eq!(wrong.status, 422);
    let page = alice.types_app_code(&wrong).await;
    let verdict = alice.goes_on(&page).await;
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));

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
}
