//! Who must not come in: over both protocols.

use vestibule_core::audit::{AuditEvent, AuditResult};
use vestibule_testkit::{
    browser::Page,
    xmlsec::{Schema, Signed, validate, verify},
};

use crate::{
    messages::certificate_in,
    person::{Person, response_on},
    scene::{Scene, Store},
};

const WAYS: [&str; 2] = ["keycloak-saml", "keycloak-oidc"];

#[tokio::test(flavor = "multi_thread")]
async fn who_is_stopped_at_keycloak_never_reaches_us() {
    let scene = Scene::set(Store::Sqlite).await;
    for way in WAYS {
        for (name, password) in [
            ("alice", "wrong-password"),
            ("carol", "carol-password"),
            ("nobody", "alice-password"),
        ] {
            let mut person = Person::new(name);
            let page = person.comes_to_keycloak(scene.application(), way).await;
            let answer = person.types_password(&page, password).await;
            assert!(
                is_keycloaks(&scene, &answer),
                "{}",
                answer.unlike("not Keycloak's")
            );
            assert_eq!(answer.redirect(), None, "{name} over {way}");
            assert!(answer.message_form().is_none(), "{name} over {way}");
        }
    }
    assert_eq!(scene.records(AuditEvent::Upstream).await, []);
    assert_eq!(scene.records(AuditEvent::Login).await, []);

    // The same page takes the right password: the person is sent on to us.
    let mut alice = Person::new("alice");
    let page = alice.comes_to_keycloak(scene.application(), WAYS[0]).await;
    let page = alice.types_password(&page, "wrong-password").await;
    let answer = alice.types_password(&page, "alice-password").await;
    let page = alice.browser.settle(answer).await.unwrap();
    assert!(
        page.text("#key").is_some(),
        "{}",
        page.unlike("no enrolment")
    );
    assert_eq!(scene.records(AuditEvent::Upstream).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_a_denied_group_is_told_so_and_the_application_too() {
    let scene = Scene::set(Store::Postgres).await;
    let idp = certificate_in(&scene.metadata("/saml/metadata").await);
    for way in WAYS {
        let mut bob = Person::new("bob");
        let page = bob.passes_first_door(scene.application(), way).await;
        assert_eq!(page.status, 403, "{}", page.body);
        assert_eq!(page.text("h1").as_deref(), Some("You may not sign in here"));
        assert!(page.text(".reference").is_some(), "{}", page.body);

        let page = bob.goes_back(&page).await;
        let response = response_on(&page);
        validate(&response, Schema::Protocol).unwrap();
        verify(&response, &idp, Signed::Root).unwrap();
        assert!(!response.contains("Assertion "), "{response}");
        let verdict = bob.goes_on(&page).await;
        assert_eq!(
            verdict.text("#code").as_deref(),
            Some("refusal_signed"),
            "{}",
            verdict.body
        );

        let rule = "Contractors stay outside".to_owned();
        assert_eq!(scene.last_login().await, (Some(rule), AuditResult::Failure));
    }
}

fn is_keycloaks(scene: &Scene, page: &Page) -> bool {
    page.url.origin() == scene.keycloak("/").origin() && page.form_with("password").is_ok()
}
