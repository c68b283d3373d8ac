//! What an application is told of a person, and by which name.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    super::{issued::Place, *},
    house::*,
};
use crate::told::Source;

fn scopes(names: &str) -> BTreeSet<String> {
    names.split(' ').map(str::to_owned).collect()
}

async fn told(house: &House, app: &str, more: &str) -> [Map<String, Value>; 2] {
    let request = house.request(app, "one", more).await.unwrap();
    let (_, code) = issued(&house.answer(request).await.unwrap());
    let registered = house.app(app);
    [Place::IdToken, Place::Userinfo].map(|place| {
        let scopes = &code.issued.scopes;
        code.issued.claims(place, scopes, registered)
    })
}

fn names(claims: &Map<String, Value>) -> String {
    claims
        .keys()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn scopes_bring_claims_and_no_others_come() {
    const ALL: &str = "email email_verified family_name given_name";
    // The application, what it asks for; the ID token, userinfo.
    for (app, more, id_token, userinfo) in [
        (WIKI, "scope=openid", "", ""),
        (WIKI, "scope=openid+email", "", "email email_verified"),
        (WIKI, "scope=openid+profile+email", "", ALL),
        // It may not have them.
        (WIKI, "scope=openid+groups", "", ""),
        (JIRA, "scope=openid+groups", "groups", "groups"),
        (JIRA, "scope=openid+profile+email", ALL, ALL),
        // Asked for by name, in one place; what no scope of its own would bring, it does not get.
        (
            WIKI,
            "scope=openid&claims={%22id_token%22:{%22email%22:null,%22groups%22:null},%22userinfo%22:{%22given_name%22:{%22essential%22:true}}}",
            "email",
            "given_name",
        ),
    ] {
        let found = told(&house(|_| {}), app, more).await;
        assert_eq!(
            found.each_ref().map(names),
            [id_token, userinfo],
            "{app} {more}"
        );
    }
}

#[tokio::test]
async fn claims_have_the_type_that_their_names_promise() {
    let [_, told] = told(&house(|_| {}), JIRA, "").await;
    assert_eq!(told["groups"], json!(["admins", "staff"]));
    assert_eq!(told["email_verified"], json!(true));
    assert_eq!(told["given_name"], json!("Alice"));
}

#[tokio::test]
async fn several_values_are_no_text_and_none_is_a_dummy_where_an_application_needs_one() {
    let extra = |settings: &mut OidcSettings| {
        let rules = &mut settings.apps.get_mut(&app_id(JIRA)).unwrap().claims;
        rules.push(ClaimRule {
            scope: None,
            ..ClaimRule::text("", "phone", Source::Attribute("phone".into()))
        });
    };
    let house = house(extra);
    let request = house.request(JIRA, "one", "").await.unwrap();
    let mut stranger = identity();
    stranger.attributes.remove("groups");
    let answered = house
        .provider
        .answer(grant(request, stranger, true))
        .await
        .unwrap();
    let (_, code) = issued(&answered);
    let scopes = &code.issued.scopes;
    let told = code.issued.claims(Place::Userinfo, scopes, house.app(JIRA));
    assert_eq!(told.get("phone"), None);
    assert_eq!(told["groups"], json!(["vestibule-no-groups"]));
}

/// What was asked for by name is told as long as the scope that it was granted with, or that the application may have.
#[tokio::test]
async fn a_claim_goes_with_the_scope_that_brought_it_however_it_was_asked_for() {
    let house = house(|_| {});
    let more =
        "scope=openid+email&claims={%22userinfo%22:{%22given_name%22:null,%22email%22:null}}";
    let request = house.request(WIKI, "one", more).await.unwrap();
    let (_, code) = issued(&house.answer(request).await.unwrap());
    let without = |scope: &str| {
        let mut app = house.app(WIKI).clone();
        app.client.scopes.remove(scope);
        app
    };
    let mut no_rule = house.app(WIKI).clone();
    no_rule.claims.retain(|rule| rule.name != "given_name");
    for (held, app, expected) in [
        (
            "openid email",
            house.app(WIKI),
            "email email_verified given_name",
        ),
        // A refresh that asks for fewer scopes: `profile` was never one of them.
        ("openid", house.app(WIKI), "given_name"),
        // The administrator took it away.
        ("openid email", &without("profile"), "email email_verified"),
        ("openid email", &without("email"), "given_name"),
        ("openid email", &no_rule, "email email_verified"),
    ] {
        let told = code.issued.claims(Place::Userinfo, &scopes(held), app);
        assert_eq!(names(&told), expected, "{held} {:?}", app.client.scopes);
    }
}

#[tokio::test]
async fn pairwise_names_differ_by_sector_and_are_the_same_at_each_login() {
    let pairwise = |sector: Option<&str>| {
        let sector = sector.map(str::to_owned);
        move |settings: &mut OidcSettings| {
            for app in settings.apps.values_mut() {
                app.client.subject_type = SubjectType::Pairwise {
                    sector: sector.clone(),
                };
            }
        }
    };
    let own = house(pairwise(None));
    let subject = async |house: &House, app: &str| {
        let request = house.request(app, "one", "").await.unwrap();
        issued(&house.answer(request).await.unwrap())
            .1
            .issued
            .subject
    };
    let jira = subject(&own, JIRA).await;
    assert_eq!((jira.len(), &jira), (43, &subject(&own, JIRA).await));
    assert_ne!(jira, subject(&own, WIKI).await);
    let shared = house(pairwise(Some("acme")));
    assert_eq!(subject(&shared, JIRA).await, subject(&shared, WIKI).await);
}

#[tokio::test]
async fn a_public_subject_is_one_value_or_nobody_gets_in() {
    for (source, expected) in [
        (Source::Mail, Ok("alice@acme.test")),
        (Source::Subject, Ok("alice-1")),
        (Source::Attribute("phone".into()), Err("subject_ambiguous")),
        (Source::Attribute("none".into()), Err("subject_missing")),
        (Source::Attribute("odd".into()), Err("subject_missing")),
    ] {
        let house = house(|settings| {
            settings.apps.get_mut(&app_id(WIKI)).unwrap().subject = source.clone();
        });
        let request = house.request(WIKI, "one", "").await.unwrap();
        let mut alice = identity();
        alice
            .attributes
            .insert("odd".into(), vec!["\u{e9}lodie".into()]);
        let answered = house.provider.answer(grant(request, alice, true)).await;
        let found = answered
            .map(|answered| issued(&answered).1.issued.subject)
            .map_err(|error| error.code);
        assert_eq!(found.as_deref().map_err(|code| *code), expected, "{source}");
    }
}

#[tokio::test]
async fn sessions_and_usual_subjects_are_told_apart() {
    let house = house(|_| {});
    let mut told = Vec::new();
    for app in [JIRA, WIKI] {
        let request = house.request(app, "one", "").await.unwrap();
        told.push(issued(&house.answer(request).await.unwrap()).1.issued);
    }
    assert_ne!(told[0].sid, told[1].sid);
    // The same opaque id as SAML applications get.
    assert_eq!(told[0].subject, told[1].subject);
    assert_eq!(told[0].subject.len(), 40);
}
