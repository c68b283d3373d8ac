//! What is said about a person, in the words of each protocol.
//!
//! Owns the names of attributes and claims. Does not own who is told.

use serde_json::{Map, Value, json};
use vestibule_saml::issue::Attribute;

use crate::people::Person;

/// Names of attributes as AD FS gives them.
const CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const GROUP: &str = "http://schemas.xmlsoap.org/claims/Group";

/// Over OpenID Connect, in the ID token and at the userinfo endpoint.
pub(super) fn oidc(person: &Person) -> Map<String, Value> {
    let claims = [
        ("email", json!(person.mail())),
        ("email_verified", json!(true)),
        ("family_name", json!(person.family_name)),
        ("given_name", json!(person.given_name)),
        ("groups", json!([person.group])),
        ("name", json!(person.display_name())),
        ("preferred_username", json!(person.username)),
    ];
    claims
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

/// Over SAML, as AD FS does.
pub(super) fn saml(person: &Person) -> Vec<Attribute> {
    let attribute = |name: String, value: String| Attribute {
        name,
        name_format: None,
        friendly_name: None,
        values: vec![value],
    };
    vec![
        attribute(format!("{CLAIMS}emailaddress"), person.mail()),
        attribute(format!("{CLAIMS}givenname"), person.given_name.to_owned()),
        attribute(format!("{CLAIMS}surname"), person.family_name.to_owned()),
        attribute(format!("{CLAIMS}name"), person.display_name()),
        attribute(GROUP.to_owned(), person.group.to_owned()),
    ]
}
