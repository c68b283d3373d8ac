//! Paths, and what may be joined.

use serde_json::json;

use super::*;
use crate::{
    fixture::{SUBJECT, object, verified},
    userinfo,
};

fn values(values: &[&str]) -> Lookup {
    Lookup::Values(values.iter().map(|value| (*value).to_owned()).collect())
}

#[test]
fn groups_are_found_wherever_providers_put_them() {
    let claims = Claims::new(object(json!({
        "groups": ["/staff", "/admins/jira"],
        "group": "staff",
        "empty": [],
        "mixed": ["a", 1, true],
        "nested": [["a"]],
        "nothing": null,
        "realm_access": {"roles": ["user"]},
        "resource_access": {"jira": {"roles": ["dev"]}, "my.client": {"roles": ["ops"]}},
        "https://acme.example/groups": ["url"],
        "a.b": {"c": "long"},
        "a": {"b": {"c": "short", "d": "only"}},
    })));
    let cases = [
        ("groups", values(&["/staff", "/admins/jira"])),
        ("group", values(&["staff"])),
        ("empty", values(&[])),
        ("mixed", values(&["a", "1", "true"])),
        ("nested", Lookup::Unreadable),
        ("nothing", Lookup::Unreadable),
        ("realm_access", Lookup::Unreadable),
        ("realm_access.roles", values(&["user"])),
        ("resource_access.jira.roles", values(&["dev"])),
        ("resource_access.my.client.roles", values(&["ops"])),
        ("https://acme.example/groups", values(&["url"])),
        ("a.b.c", values(&["long"])),
        ("a.b.d", values(&["only"])),
        ("Groups", Lookup::Absent),
        ("groups.staff", Lookup::Absent),
        ("realm_access.", Lookup::Absent),
        (".", Lookup::Absent),
        ("", Lookup::Absent),
    ];
    for (path, expected) in cases {
        assert_eq!(claims.lookup(path), expected, "{path}");
    }
    let names: Vec<_> = claims.iter().map(|(name, _)| name).collect();
    assert!(names.is_sorted());
}

#[test]
fn groups_that_are_to_be_fetched_elsewhere_are_not_no_groups() {
    let overage = json!({
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": "https://graph.example/groups"}},
    });
    let cases = [
        (overage, Lookup::Elsewhere),
        (json!({"hasgroups": true}), Lookup::Elsewhere),
        (json!({"hasgroups": false}), Lookup::Absent),
        (json!({"_claim_names": {"roles": "src1"}}), Lookup::Absent),
        (json!({"_claim_names": "groups"}), Lookup::Absent),
        (
            json!({"groups": ["a"], "_claim_names": {"groups": "src1"}}),
            values(&["a"]),
        ),
    ];
    for (claims, expected) in cases {
        assert_eq!(
            Claims::new(object(claims.clone())).lookup("groups"),
            expected,
            "{claims}"
        );
    }
}

#[test]
fn oi_159_only_the_boolean_verifies_an_address() {
    let cases = [
        (json!(true), Some("a@b.example")),
        (json!(false), None),
        (json!("true"), None),
        (json!(1), None),
        (json!([true]), None),
        (json!(null), None),
    ];
    for (flag, expected) in cases {
        let claims = object(json!({"email": "a@b.example", "email_verified": flag}));
        assert_eq!(Claims::new(claims).verified_email(), expected, "{flag}");
    }
    assert_eq!(
        Claims::new(object(json!({"email": "a@b.example"}))).verified_email(),
        None
    );
    assert_eq!(
        Claims::new(object(json!({"email_verified": true}))).verified_email(),
        None
    );
}

#[test]
fn oi_158_verification_stays_with_its_source() {
    let (own, other) = ("alice@acme.example", "victim@acme.example");
    // (ID token, userinfo, address after joining, verified)
    let cases = [
        (
            json!({"email": own, "email_verified": true}),
            json!({}),
            Some(own),
            true,
        ),
        (
            json!({}),
            json!({"email": own, "email_verified": true}),
            Some(own),
            true,
        ),
        (
            json!({"email_verified": true}),
            json!({"email": other}),
            Some(other),
            false,
        ),
        (
            json!({"email": other}),
            json!({"email_verified": true}),
            Some(other),
            false,
        ),
        (
            json!({"email": own, "email_verified": true}),
            json!({"email": other, "email_verified": false}),
            Some(own),
            true,
        ),
        (
            json!({"email": own, "email_verified": false}),
            json!({"email": other, "email_verified": true}),
            Some(own),
            false,
        ),
        (
            json!({"email_verified": true}),
            json!({"email": other, "email_verified": false}),
            Some(other),
            false,
        ),
        (
            json!({"email": null}),
            json!({"email": other, "email_verified": true}),
            None,
            false,
        ),
        (
            json!({"xms_edov": true}),
            json!({"email": other}),
            Some(other),
            false,
        ),
    ];
    for (id_token, info, email, is_verified) in cases {
        let mut info = object(info);
        info.insert("sub".to_owned(), SUBJECT.into());
        let info = userinfo::parse(json!(info).to_string().as_bytes(), &verified(json!({})));
        let joined = Claims::new(object(id_token.clone())).with_userinfo(&info.unwrap());
        assert_eq!(joined.text("email"), email, "{id_token}");
        assert_eq!(joined.verified_email().is_some(), is_verified, "{id_token}");
        assert!(joined.value("xms_edov").is_none(), "{id_token}");
    }
}

#[test]
fn userinfo_adds_what_the_token_did_not_say() {
    let info = json!({"sub": SUBJECT, "groups": ["staff"], "acr": "9", "name": "Alice"});
    let info = userinfo::parse(info.to_string().as_bytes(), &verified(json!({}))).unwrap();
    let joined = verified(json!({})).claims().clone().with_userinfo(&info);
    assert_eq!(joined.lookup("groups"), values(&["staff"]));
    assert_eq!(joined.text("name"), Some("Alice"));
    assert_eq!(
        joined.text("acr"),
        Some("1"),
        "the ID token is right where both speak"
    );
}
