//! Paths, and what counts as verified.

use serde_json::json;

use super::*;
use crate::fixture::object;

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
