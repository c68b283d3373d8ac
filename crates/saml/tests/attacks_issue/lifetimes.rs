//! How long what we issue is good for, for whom, and what it is called (SO-14, SO-15).

use super::*;

#[test]
fn so_14_an_assertion_is_short_lived_and_bound() {
    for (lifetime, expected) in [
        (TimeDelta::seconds(1), None),
        (MAX_LIFETIME, None),
        (MAX_LIFETIME + TimeDelta::seconds(1), Some("issue_lifetime")),
        (TimeDelta::zero(), Some("issue_lifetime")),
        (TimeDelta::seconds(-1), Some("issue_lifetime")),
    ] {
        let assertion = Assertion {
            lifetime,
            ..assertion(&[])
        };
        let code = reply()
            .vouch(&assertion, Sign::Both, &EC)
            .err()
            .map(|error| error.code());
        assert_eq!(code, expected, "{lifetime}");
    }
    let empty = |assertion: Assertion<'_>, reply: Reply<'_>| {
        refused(reply.vouch(&assertion, Sign::Both, &EC))
    };
    assert_eq!(
        empty(
            Assertion {
                audience: "",
                ..assertion(&[])
            },
            reply()
        ),
        "issue_value_empty"
    );
    assert_eq!(
        empty(
            assertion(&[]),
            Reply {
                acs_url: "",
                ..reply()
            }
        ),
        "issue_value_empty"
    );
    assert_eq!(
        empty(
            assertion(&[]),
            Reply {
                issuer: "",
                ..reply()
            }
        ),
        "issue_value_empty"
    );
    let nobody = NameId {
        value: "",
        format: None,
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    assert_eq!(
        empty(
            Assertion {
                name_id: nobody,
                ..assertion(&[])
            },
            reply()
        ),
        "issue_value_empty"
    );
}

#[test]
fn so_14_clocks_that_differ_a_little() {
    let issued = reply().vouch(&assertion(&[]), Sign::Both, &EC).unwrap();
    let keys = [verifying(&EC)];
    for (offset, expected) in [
        (-1, Some("issued_in_future")),
        (0, None),
        (299, None),
        (300, Some("confirmation_expired")),
    ] {
        let expectation = Expectation {
            acs_url: ACS,
            danger_accept_sha1: false,
            decryption: Decryption::default(),
            idp_entity_id: ISSUER,
            in_response_to: REQUEST,
            keys: &keys,
            now: now() + TimeDelta::seconds(offset),
            require_signed_response: false,
            skew: Skew::capped(0),
            sp_entity_id: AUDIENCE,
        };
        let code = response::verify(issued.as_str().as_bytes(), &expectation)
            .err()
            .map(|error| error.code());
        assert_eq!(code, expected, "{offset}");
    }
}

#[test]
fn so_14_unsolicited_responses_say_so_and_our_own_reader_refuses_them() {
    let unsolicited = Reply {
        in_response_to: None,
        ..reply()
    };
    let issued = unsolicited.vouch(&assertion(&[]), Sign::Both, &EC).unwrap();
    assert!(!issued.as_str().contains("InResponseTo"));
    assert_eq!(
        verify(&issued, &EC).unwrap_err().code(),
        "unsolicited_refused"
    );
}

#[test]
fn so_15_ids_are_names_and_differ() {
    let code = |reply: Reply<'_>, id| {
        refused(reply.vouch(
            &Assertion {
                id,
                ..assertion(&[])
            },
            Sign::Both,
            &EC,
        ))
    };
    for id in [
        "",
        "1a",
        "_a b",
        "_\"",
        "a:b",
        "alice@acme.example",
        "\u{e4}",
    ] {
        assert_eq!(code(reply(), id), "issue_id_invalid", "{id:?}");
        assert_eq!(
            code(Reply { id, ..reply() }, "_assertion"),
            "issue_id_invalid",
            "{id:?}"
        );
    }
    for sign in [Sign::Response, Sign::Both, Sign::Assertion] {
        let same = Assertion {
            id: "_response",
            ..assertion(&[])
        };
        assert_eq!(refused(reply().vouch(&same, sign, &EC)), "duplicate_id");
    }
}
