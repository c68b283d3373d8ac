//! A second factor that was passed at the identity provider, and what applications hear of it: over HTTP, with everything
//! real but the provider (attack rows AC-02, AC-03).

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use vestibule_saml::issue::{Assertion, Sign};
use vestibule_testkit::{authenticator::Authenticator, browser::Page};

use crate::support::{
    Asked, Browser, Heard, House, PORTAL, Provider, idp_key, json as answer_of, verified,
};

const REFEDS: &str = "https://refeds.org/profile/mfa";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
/// In minutes; the provider is believed for ten.
const TOO_LONG: i64 = 11;

/// The provider authenticated somebody of the staff like this, so many minutes ago.
async fn answers(
    browser: &mut Browser<'_>,
    asked: &Asked,
    name: &str,
    context: &str,
    minutes: i64,
) -> Page {
    let response = asked.vouched(name, "staff", |reply, assertion| {
        let assertion = Assertion {
            authn_context: context,
            authn_instant: Utc::now() - TimeDelta::minutes(minutes),
            ..assertion.clone()
        };
        reply.vouch(&assertion, Sign::Assertion, idp_key())
    });
    let parked = browser.brings(asked.posted(&response)).await;
    browser.follow(&parked).await
}

/// Is somebody asked for a code of the factor that they have?
fn asks_for_a_code(page: &Page) -> bool {
    page.form_to("/code").is_ok() && page.text("#key").is_none()
}

/// Is somebody asked to set one up?
fn asks_to_set_up(page: &Page) -> bool {
    page.form_to("/code").is_ok() && page.text("#key").is_some()
}

#[actix_web::test]
async fn ac_03_a_second_factor_passed_at_a_saml_provider_lets_in_and_is_told() {
    let provider = Provider::start().await;
    let house = House::believing(&provider.issuer).await;
    let metadata = house.browser().get("/saml/metadata").await.body;
    // Alice has a factor with us.
    let mut browser = house.browser();
    let asked = browser.is_sent("_alice").await;
    let page = answers(&mut browser, &asked, "alice", PASSWORD, 0).await;
    let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
    let code = page.form_to("/code").unwrap();
    let codes = browser.submit(&code.with("code", &app.code().await)).await;
    let done = browser.submit(&codes.form_to("/confirm").unwrap()).await;
    verified(&done, &metadata, "_alice");

    for (context, minutes, is_believed) in [
        (REFEDS, 0, true),
        (REFEDS, 9, true),
        (REFEDS, TOO_LONG, false),
        (PASSWORD, 0, false),
    ] {
        let mut browser = house.browser();
        let asked = browser.is_sent("_again").await;
        let page = answers(&mut browser, &asked, "alice", context, minutes).await;
        if is_believed {
            let assertion = verified(&page, &metadata, "_again");
            assert_eq!(assertion.authn_context(), Some(REFEDS));
        } else {
            assert!(asks_for_a_code(&page), "{context:?} {minutes}");
        }
    }
}

#[actix_web::test]
async fn ac_02_where_nobody_is_believed_the_same_words_lead_to_the_second_door() {
    let house = House::build().await;
    let mut browser = house.browser();
    let asked = browser.is_sent("_1").await;
    let page = answers(&mut browser, &asked, "bob", REFEDS, 0).await;
    assert!(asks_to_set_up(&page), "{}", page.body);
}

/// Who has no factor with us passes it there once more, instead of setting one up here.
#[actix_web::test]
async fn ac_03_whose_word_is_too_old_goes_there_again() {
    let provider = Provider::start().await;
    let house = House::believing(&provider.issuer).await;
    let metadata = house.browser().get("/saml/metadata").await.body;
    let mut browser = house.browser();
    let asked = browser.is_sent("_1").await;
    let page = answers(&mut browser, &asked, "bob", REFEDS, TOO_LONG).await;
    let anew = Asked::by(&page);
    let page = answers(&mut browser, &anew, "bob", REFEDS, 0).await;
    let assertion = verified(&page, &metadata, "_1");
    assert_eq!(assertion.authn_context(), Some(REFEDS));
}

/// From the relying party's request to what comes after the provider's answer.
async fn by_openid(
    browser: &mut Browser<'_>,
    provider: &Provider,
    name: &str,
    claims: Value,
) -> Page {
    let page = browser.get(&PORTAL.asks().address()).await;
    let mail = format!("{name}@corp.example");
    let form = page.form_to("/mail").unwrap().with("mail", &mail);
    let sent = browser.submit(&form).await;
    assert_eq!(parameter(&sent, "max_age").as_deref(), Some("600"));
    let back = provider.says(&sent, name, "s-1", claims);
    let parked = browser.get(&back).await;
    browser.follow(&parked).await
}

/// What a redirect carries.
fn parameter(sent: &Page, name: &str) -> Option<String> {
    let there = sent.redirect().unwrap();
    let found = there.query_pairs().find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

#[actix_web::test]
async fn ac_03_a_second_factor_passed_at_an_openid_provider_lets_in_and_is_told() {
    let provider = Provider::start().await;
    let house = House::believing(&provider.issuer).await;
    let staff = |amr: Value, minutes: i64| {
        let at = (Utc::now() - TimeDelta::minutes(minutes)).timestamp();
        json!({"groups": ["staff"], "amr": amr, "auth_time": at})
    };
    let claims = staff(json!(["mfa", "otp", "pwd"]), 1);
    let page = by_openid(&mut house.browser(), &provider, "alice", claims).await;
    let answer = PORTAL.redeems(&house, Heard::of(&page).code()).await;
    let answer = answer_of(&answer);
    let told = PORTAL.verified(&house, &answer, Some("n-1")).await;
    let methods = told.auth_method_refs().unwrap();
    let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    // Which factor it was is not told: that it was another than the password is all that is believed.
    assert_eq!(methods, ["mfa", "pwd"]);
    assert_eq!(
        told.auth_context_ref().map(|class| class.as_str()),
        Some(REFEDS)
    );
    for claims in [
        staff(json!(["pwd"]), 1),
        // Without a time.
        json!({"groups": ["staff"], "amr": ["pwd", "mfa"]}),
    ] {
        let page = by_openid(&mut house.browser(), &provider, "alice", claims.clone()).await;
        assert!(asks_to_set_up(&page), "{claims}");
    }
    let old = staff(json!(["pwd", "mfa"]), TOO_LONG);
    let again = by_openid(&mut house.browser(), &provider, "alice", old).await;
    assert_eq!(parameter(&again, "max_age").as_deref(), Some("0"));
    assert_eq!(parameter(&again, "prompt").as_deref(), Some("login"));
}
