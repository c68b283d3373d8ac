//! What Keycloak says of how it authenticated somebody, and whether that lets in.
//!
//! Keycloak says `acr` 1 of a password, unless its administrator gave that level a name. One that means a second factor
//! would belong to a level that a password does not reach; here it is given to this one, so that nothing else changes.

use serde_json::json;
use vestibule_core::{audit::AuditEvent, id::FactorKind};

use crate::{person::Person, scene::Scene};

const WAY: &str = "keycloak-oidc";
const REFEDS: &str = "https://refeds.org/profile/mfa";

/// Names the first level of authentication for our client at Keycloak; `None`: it has no name.
async fn is_called(scene: &Scene, name: Option<&str>) {
    let administrator = scene.administrator().await;
    let found = administrator
        .reads("/acme/clients?clientId=vestibule")
        .await;
    let mut client = found[0].clone();
    let levels = name.map_or_else(|| json!({}), |name| json!({ name: 1 }));
    client["attributes"]["acr.loa.map"] = levels.to_string().into();
    let id = client["id"].as_str().unwrap_or_else(|| panic!("{found}"));
    let place = format!("/acme/clients/{id}");
    administrator.changes(&place, &client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ac_03_what_keycloak_says_lets_in_where_it_is_what_is_believed() {
    let scene = Scene::set_believing(REFEDS).await;
    let start = scene.application();
    let mut alice = Person::new("alice");
    let page = alice.passes_first_door(start, WAY).await;
    assert!(page.text("#key").is_some(), "{}", page.body);

    is_called(&scene, Some(REFEDS)).await;
    let mut alice = Person::new("alice");
    let verdict = alice.passes_first_door(start, WAY).await;
    assert_eq!(verdict.text("#code").as_deref(), Some("accepted"));
    assert_eq!(verdict.text("#authn-context").as_deref(), Some(REFEDS));
    let login = scene.records(AuditEvent::Login).await.pop().unwrap();
    assert_eq!(login.factor, Some(FactorKind::upstream()));
    is_called(&scene, None).await;
}
