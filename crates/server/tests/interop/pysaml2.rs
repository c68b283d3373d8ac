//! pysaml2 as a service provider: it reads our metadata, asks, is answered, and takes part in logouts.

use serde_json::{Value, json};
use vestibule_core::audit::AuditEvent;
use vestibule_testkit::{
    browser::Page,
    python::{Peer, Program},
    xmlsec::{Schema, validate},
};

use crate::{
    person::Person,
    scene::{Applications, Scene, read, vestibule_url},
};

const WAY: &str = "keycloak-saml";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// The service provider, and a Vestibule that knows its metadata.
async fn set() -> (Peer, Scene) {
    let metadata = json!(format!("{}/saml/metadata", vestibule_url()));
    let service = Program::SamlService.start(&[("idp_metadata_url", metadata)]);
    let service = service.unwrap();
    let metadata = read(&service.address().join("metadata").unwrap()).await;
    validate(&metadata, Schema::Metadata).unwrap();
    let yaml = "  pysaml2:
    saml:
      metadata_file: pysaml2.xml
      attributes: { mail: mail, givenName: given_name, surname: family_name, groups: groups }
"
    .to_owned();
    let files = vec![("pysaml2.xml", metadata)];
    let scene = Scene::set_with(Applications::new(yaml, files)).await;
    (service, scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn pysaml2_signs_people_in_over_both_bindings() {
    let (service, scene) = set().await;
    let begins = |words: &str| service.address().join(&format!("login?{words}")).unwrap();

    let mut alice = Person::new("alice");
    let page = alice
        .passes_first_door(&begins("binding=redirect"), WAY)
        .await;
    let page = alice.enrols(page).await;
    let page = alice.goes_on(&page).await;
    let first = said(&service, &page);
    assert_eq!(first["name_id"], "alice@acme.example");
    assert_eq!(
        first["format"],
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    );
    assert_eq!(first["issuer"], scene.vestibule("/saml/metadata").as_str());
    assert_eq!(first["relay_state"], "where she was");
    assert_eq!(first["contexts"], json!(["https://refeds.org/profile/mfa"]));
    let attributes = json!({
        "mail": ["alice@acme.example"], "givenName": ["Alice"], "surname": ["Archer"],
        "groups": ["staff"],
    });
    assert_eq!(first["attributes"], attributes);

    // The session carries her through, whatever way the request comes, and is the same one.
    for words in [
        "binding=post",
        "binding=redirect",
        "binding=post&context=https://refeds.org/profile/mfa",
    ] {
        let page = alice.browser.get(&begins(words)).await.unwrap();
        let page = alice.browser.settle(page).await.unwrap();
        let again = said(&service, &page);
        assert_eq!(again["name_id"], first["name_id"], "{words}");
        assert_eq!(again["session_index"], first["session_index"], "{words}");
    }
    // ForceAuthn: both doors anew.
    let page = alice.browser.get(&begins("binding=post&force=1")).await;
    let page = alice.browser.settle(page.unwrap()).await.unwrap();
    assert!(
        page.form_to("/upstream").is_ok(),
        "{}",
        page.unlike("asked")
    );

    // A signature with SHA-1 says little about who asks.
    let page = alice.browser.get(&begins("binding=redirect&sha1=1")).await;
    let page = alice.browser.settle(page.unwrap()).await.unwrap();
    assert_eq!(page.status, 400, "{}", page.unlike("refused"));
    let refused = scene.records(AuditEvent::Request).await.pop().unwrap();
    assert_eq!(refused.reason, "sha1_refused");

    // What is asked for and was not proved is an error that pysaml2 knows by its name.
    let words = "binding=redirect&context=urn:oasis:names:tc:SAML:2.0:ac:classes:X509";
    let page = alice.browser.get(&begins(words)).await.unwrap();
    let page = alice.browser.settle(page).await.unwrap();
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(page.body.contains("StatusNoAuthnContext"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn pysaml2_signs_people_out_and_hears_that_they_are() {
    let (service, scene) = set().await;
    let address = |path: &str| service.address().join(path).unwrap();
    let mut alice = Person::new("alice");

    let page = alice
        .passes_first_door(&address("login?binding=redirect"), WAY)
        .await;
    let page = alice.enrols(page).await;
    let page = alice.goes_on(&page).await;
    said(&service, &page);
    for binding in ["redirect", "post"] {
        // Begun there.
        let begun = address(&format!("logout?binding={binding}"));
        let page = alice.browser.get(&begun).await.unwrap();
        let page = alice.browser.settle(page).await.unwrap();
        let heard = said(&service, &page);
        assert_eq!(heard["status"], SUCCESS, "{binding}: {heard}");
        assert_eq!(heard["second_status"], Value::Null, "{binding}");
        is_signed_in(&service, &mut alice, false).await;

        // Our session is over: she is asked again.
        let page = alice.browser.get(&address("login?binding=redirect")).await;
        let page = alice.browser.settle(page.unwrap()).await.unwrap();
        assert!(
            page.form_to("/upstream").is_ok(),
            "{}",
            page.unlike("asked")
        );
        let page = alice
            .comes_to_keycloak(&address("login?binding=post"), WAY)
            .await;
        let page = alice.types_app_code(&page).await;
        let page = alice.goes_on(&page).await;
        said(&service, &page);
    }

    // Begun here: pysaml2 is told, and answers.
    is_signed_in(&service, &mut alice, true).await;
    let done = alice.signs_out(&scene.vestibule("/account")).await;
    let heading = done.text("h1");
    assert_eq!(
        heading.as_deref(),
        Some("You are signed out here"),
        "{}",
        done.body
    );
    is_signed_in(&service, &mut alice, false).await;
}

async fn is_signed_in(service: &Peer, person: &mut Person, expect: bool) {
    let session = service.address().join("session").unwrap();
    let page = person.browser.get(&session).await.unwrap();
    assert_eq!(said(service, &page)["signed_in"], expect);
}

/// What the service provider says, if it is content.
fn said(service: &Peer, page: &Page) -> Value {
    assert_eq!(page.status, 200, "{}\n{}", page.body, service.log());
    serde_json::from_str(&page.body).unwrap_or_else(|_| panic!("{}", page.unlike("not JSON")))
}
