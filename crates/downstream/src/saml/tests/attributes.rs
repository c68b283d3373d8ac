//! What applications are told besides the name.

use vestibule_saml::response::VerifiedAssertion;

use super::*;
use crate::told::{GroupFilter, Template};

/// The attributes that the wiki reads after `change`, in the order of the message.
async fn told(
    change: impl FnOnce(&mut SamlApp),
    identity: vestibule_core::identity::VerifiedIdentity,
) -> (String, VerifiedAssertion) {
    let idp = idp(|settings| change(settings.apps.get_mut(&app_id("wiki")).unwrap()));
    let reply = answered(&idp, &by_redirect(&wiki(), None), identity, true)
        .await
        .unwrap();
    let (_, xml, _) = sent(&reply);
    let read = verify(&xml, WIKI, WIKI_ACS).unwrap();
    (String::from_utf8(xml).unwrap(), read)
}

fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

#[tokio::test]
async fn all_values_of_an_attribute_stand_in_one_element() {
    let (xml, read) = told(
        |app| {
            app.attributes = vec![AttributeRule {
                friendly_name: Some("memberOf".into()),
                values: ["groups", "constant:everybody", "constant:staff"]
                    .map(template)
                    .into(),
                ..AttributeRule::named("urn:acme:groups", Source::Groups)
            }];
        },
        identity(),
    )
    .await;
    assert_eq!(xml.matches("<saml:Attribute ").count(), 1, "{xml}");
    assert!(xml.contains("FriendlyName=\"memberOf\"") && xml.contains("attrname-format:uri"));
    let groups: Vec<_> = read.attributes().texts("urn:acme:groups").collect();
    assert_eq!(groups, ["admins", "staff", "everybody"]);
}

/// What a person lacks is left out, unless the application cannot do without.
#[tokio::test]
async fn an_attribute_is_missing_or_has_a_value() {
    let rules = |app: &mut SamlApp| {
        app.attributes = vec![
            AttributeRule::named("full", template("{given_name} {family_name}")),
            AttributeRule::named("groups", Source::Groups).or("none"),
            AttributeRule::named("plain", Source::Groups),
        ];
    };
    let mut nobody = identity();
    nobody.attributes.remove("groups");
    nobody.attributes.remove("family");
    for (identity, expected) in [
        (
            identity(),
            [
                &["Alice Liddell"][..],
                &["admins", "staff"],
                &["admins", "staff"],
            ],
        ),
        (nobody, [&[], &["none"], &[]]),
    ] {
        let (_, read) = told(rules, identity).await;
        let found = ["full", "groups", "plain"]
            .map(|name| read.attributes().texts(name).collect::<Vec<_>>());
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn an_application_hears_of_its_own_groups_under_its_own_names() {
    let (_, read) = told(
        |app| {
            app.groups = GroupFilter {
                only: ["admins".to_owned()].into(),
                rename: [("admins".to_owned(), "wiki-admins".to_owned())].into(),
                ..GroupFilter::default()
            };
        },
        identity(),
    )
    .await;
    let groups: Vec<_> = read.attributes().texts("groups").collect();
    assert_eq!(groups, ["wiki-admins"]);
}

/// SO-06: with templates around it, a hostile value is still one value.
#[tokio::test]
async fn so_06_a_template_does_not_make_markup_of_values() {
    let hostile = r#"</saml:AttributeValue><saml:Attribute Name="admin">{groups}]]>&"#;
    let mut alice = identity();
    alice
        .attributes
        .insert("given".into(), vec![hostile.into()]);
    let (_, read) = told(
        |app| {
            app.attributes = vec![AttributeRule::named("hello", template("<{given_name}>"))];
        },
        alice,
    )
    .await;
    let expected = format!("<{hostile}>");
    assert_eq!(
        read.attributes().single("hello"),
        Ok(Some(expected.as_str()))
    );
    assert!(read.attributes().find("admin").is_none());
}

#[tokio::test]
async fn a_session_there_ends_when_it_is_told_to() {
    for lifetime in [None, Some(chrono::TimeDelta::hours(8))] {
        let (xml, _) = told(|app| app.session_lifetime = lifetime, identity()).await;
        let end = lifetime.map(|lifetime| now() + lifetime);
        let expected = end.map(|end| {
            format!(
                "SessionNotOnOrAfter=\"{}\"",
                end.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
            )
        });
        match expected {
            Some(expected) => assert!(xml.contains(&expected), "{xml}"),
            None => assert!(!xml.contains("SessionNotOnOrAfter"), "{xml}"),
        }
    }
}

/// AC: the moment is that of the first door, as the upstream tells it; its clock cannot make it lie in the future.
#[tokio::test]
async fn so_11_the_moment_of_authentication_is_the_true_one() {
    let seconds = chrono::TimeDelta::seconds;
    for (said, expected) in [
        (Some(now() - seconds(3600)), now() - seconds(3600)),
        (Some(now() + seconds(3600)), now()),
        (None, now()),
    ] {
        let mut alice = identity();
        alice.authenticated_at = said;
        let (_, read) = told(|_| {}, alice).await;
        assert_eq!(read.authn_instant(), expected, "{said:?}");
    }
}
