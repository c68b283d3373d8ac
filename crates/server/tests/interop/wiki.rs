//! The example as a reader of its page tries it: the realm `wiki` is the application, and Keycloak checks our
//! assertion.

use vestibule_core::audit::{AuditEvent, AuditResult};
use vestibule_testkit::browser::Browser;

use crate::{
    console::{account, claims, console, follow_to, id_token},
    messages::{forge, with_query},
    person::Person,
    scene::{Scene, Store},
};

/// What the wiki calls her.
const ALICE: &str = "alice@acme.example";

#[tokio::test(flavor = "multi_thread")]
async fn keycloak_takes_our_assertion_as_an_application() {
    let scene = Scene::set(Store::Sqlite).await;
    for way in ["keycloak-saml", "keycloak-oidc"] {
        let mut alice = Person::new("alice");
        let page = alice.passes_first_door(&console(&scene, "wiki"), way).await;
        let page = alice.enrols(page).await;
        let form = page.message_form().expect("a Response for the wiki");
        assert_eq!(
            form.action,
            scene.keycloak("/realms/wiki/broker/vestibule/endpoint")
        );
        // The account page is a script's; where it begins, Keycloak has let her in.
        let taken = alice.browser.submit(&form).await.unwrap();
        let account = account(&scene, "wiki");
        let inside = follow_to(&mut alice.browser, taken, &account).await;
        let claims = claims(&id_token(&scene, "wiki", &inside).await);
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
    let page = browser.get(&console(&scene, "wiki")).await.unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_at_the_wiki_is_signed_out_here_and_the_other_way_round() {
    let scene = Scene::set_with_metadata_of_the_wiki(Store::Sqlite).await;
    let administrator = scene.administrator().await;
    administrator.ends_sessions("wiki").await;
    let provider = "/wiki/identity-provider/instances/vestibule";
    let mut told = administrator.reads(provider).await;
    told["config"]["singleLogoutServiceUrl"] = scene.vestibule("/saml/slo").as_str().into();
    administrator.changes(provider, &told).await;
    let start = console(&scene, "wiki");
    let mut alice = Person::new("alice");
    let page = alice.passes_first_door(&start, "keycloak-saml").await;
    let page = alice.enrols(page).await;
    let form = page.message_form().expect("a Response for the wiki");
    let taken = alice.browser.submit(&form).await.unwrap();
    let account = account(&scene, "wiki");
    let inside = follow_to(&mut alice.browser, taken, &account).await;
    administrator.sees_sessions("wiki", ALICE, 1).await;

    // Begun there: Keycloak asks us, takes our answer, and only then lets her go.
    let id_token = id_token(&scene, "wiki", &inside).await;
    let mut leave = scene.keycloak("/realms/wiki/protocol/openid-connect/logout");
    leave.query_pairs_mut().extend_pairs([
        ("id_token_hint", id_token.as_str()),
        ("post_logout_redirect_uri", account.as_str()),
    ]);
    let page = alice.browser.get(&leave).await.unwrap();
    let page = alice.browser.settle(page).await.unwrap();
    assert_eq!(page.url.path(), account.path(), "{}", page.unlike("let go"));
    administrator.sees_sessions("wiki", ALICE, 0).await;
    let page = alice.browser.get(&start).await.unwrap();
    let page = alice.browser.settle(page).await.unwrap();
    assert!(
        page.form_to("/upstream").is_ok(),
        "{}",
        page.unlike("asked")
    );

    // Begun here: we ask Keycloak, and take its answer.
    let page = alice.comes_to_keycloak(&start, "keycloak-saml").await;
    let page = alice.types_app_code(&page).await;
    let form = page.message_form().expect("a Response for the wiki");
    let taken = alice.browser.submit(&form).await.unwrap();
    follow_to(&mut alice.browser, taken, &account).await;
    administrator.sees_sessions("wiki", ALICE, 1).await;
    let done = alice.signs_out(&scene.vestibule("/account")).await;
    let heading = done.text("h1");
    assert_eq!(
        heading.as_deref(),
        Some("You are signed out here"),
        "{}",
        done.body
    );
    administrator.sees_sessions("wiki", ALICE, 0).await;
}
