//! The attacks of the catalogue on what we issue, beside benign controls: our Responses, read by our own reader.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;
#[path = "attacks_issue/lifetimes.rs"]
mod lifetimes;

use chrono::TimeDelta;
use proptest::prelude::*;
use vestibule_saml::{
    crypto::{VerifyingKey, sign::SigningKey},
    encryption::Decryption,
    instant::Skew,
    issue::{
        Assertion, Attribute, Blame, IssueError, IssuedResponse, MAX_LIFETIME, NameId, Reason,
        Refusal, Reply, Sign,
    },
    response::{self, Expectation, ResponseError, VerifiedAssertion},
};

use self::keys::{ATTACKER, EC, RSA, now, verifying};

const ACS: &str = "https://sp.example/login/callback?connection=saml-1234&x=\"'";
const AUDIENCE: &str = "https://sp.example/saml/1234";
const ISSUER: &str = "https://sso.example/saml/metadata";
const REQUEST: &str = "_r1";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

fn reply() -> Reply<'static> {
    Reply {
        id: "_response",
        issue_instant: now(),
        issuer: ISSUER,
        acs_url: ACS,
        in_response_to: Some(REQUEST),
    }
}

fn assertion(attributes: &[Attribute]) -> Assertion<'_> {
    Assertion {
        id: "_assertion",
        audience: AUDIENCE,
        name_id: NameId {
            value: "alice@acme.example",
            format: Some(EMAIL),
            name_qualifier: None,
            sp_name_qualifier: Some(AUDIENCE),
        },
        attributes,
        authn_context: PASSWORD,
        authn_instant: now(),
        session_index: Some("_s1"),
        lifetime: MAX_LIFETIME,
        session_not_on_or_after: Some(now() + TimeDelta::hours(8)),
    }
}

fn attribute(name: &str, values: &[&str]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        name_format: Some("urn:oasis:names:tc:SAML:2.0:attrname-format:uri".to_owned()),
        friendly_name: Some("a name".to_owned()),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    }
}

fn verify_with(xml: &str, keys: &[VerifyingKey]) -> Result<VerifiedAssertion, ResponseError> {
    let expectation = Expectation {
        acs_url: ACS,
        danger_accept_sha1: false,
        decryption: Decryption::default(),
        idp_entity_id: ISSUER,
        in_response_to: REQUEST,
        keys,
        now: now(),
        require_signed_response: false,
        skew: Skew::capped(0),
        sp_entity_id: AUDIENCE,
    };
    response::verify(xml.as_bytes(), &expectation)
}

fn verify(response: &IssuedResponse, key: &SigningKey) -> Result<VerifiedAssertion, ResponseError> {
    verify_with(response.as_str(), &[verifying(key)])
}

fn refused(result: Result<IssuedResponse, IssueError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn control_what_we_issue_is_read_as_meant() {
    let attributes = [
        attribute("mail", &["alice@acme.example"]),
        attribute("groups", &["staff", "jira \u{2013} admins", ""]),
    ];
    for key in [&*RSA, &*EC] {
        for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
            let issued = reply().vouch(&assertion(&attributes), sign, key).unwrap();
            let read = verify(&issued, key).unwrap();
            assert_eq!(read.id(), "_assertion");
            assert_eq!(read.issuer(), ISSUER);
            let name_id = read.name_id();
            assert_eq!(
                (name_id.value.as_str(), name_id.format.as_str()),
                ("alice@acme.example", EMAIL)
            );
            assert_eq!(
                (
                    name_id.sp_name_qualifier.as_deref(),
                    &name_id.name_qualifier
                ),
                (Some(AUDIENCE), &None)
            );
            assert_eq!(read.authn_context(), Some(PASSWORD));
            assert_eq!(read.authn_instant(), now());
            assert_eq!(read.session_index(), Some("_s1"));
            assert_eq!(
                read.session_not_on_or_after(),
                Some(now() + TimeDelta::hours(8))
            );
            assert_eq!(
                read.attributes().texts("mail").collect::<Vec<_>>(),
                ["alice@acme.example"]
            );
            let groups: Vec<_> = read.attributes().texts("groups").collect();
            assert_eq!(groups, ["staff", "jira \u{2013} admins", ""]);
            let groups = read.attributes().find("groups").unwrap();
            assert_eq!(groups.name_format, attributes[1].name_format);
            assert_eq!(groups.friendly_name, attributes[1].friendly_name);
        }
    }
}

#[test]
fn control_several_values_stand_in_one_element() {
    let issued = reply()
        .vouch(
            &assertion(&[attribute("groups", &["a", "b"])]),
            Sign::Assertion,
            &RSA,
        )
        .unwrap();
    assert_eq!(issued.as_str().matches("<saml:Attribute ").count(), 1);
    assert_eq!(issued.as_str().matches("<saml:AttributeValue>").count(), 2);
    let twice = [attribute("groups", &["a"]), attribute("groups", &["b"])];
    assert_eq!(
        refused(reply().vouch(&assertion(&twice), Sign::Both, &RSA)),
        "issue_attribute_repeated"
    );
}

#[test]
fn control_each_wish_gives_its_signatures() {
    for (sign, signatures, references) in [
        (Sign::Assertion, 1, vec!["#_assertion"]),
        (Sign::Response, 1, vec!["#_response"]),
        (Sign::Both, 2, vec!["#_response", "#_assertion"]),
    ] {
        let issued = reply().vouch(&assertion(&[]), sign, &RSA).unwrap();
        assert_eq!(
            issued.as_str().matches("<ds:Signature ").count(),
            signatures
        );
        for reference in references {
            assert!(
                issued
                    .as_str()
                    .contains(&format!("<ds:Reference URI=\"{reference}\">"))
            );
        }
        assert!(!issued.as_str().contains("AttributeStatement"));
    }
}

#[test]
fn control_of_both_signatures_each_is_good_alone() {
    let issued = reply().vouch(&assertion(&[]), Sign::Both, &RSA).unwrap();
    let keys = [verifying(&RSA)];
    assert!(verify_with(issued.as_str(), &keys).is_ok());
    // The Response's signature comes first; without it the assertion's own still holds.
    let start = issued.as_str().find("<ds:Signature").unwrap();
    let end = issued.as_str().find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let mut without = issued.as_str().to_owned();
    without.replace_range(start..end, "");
    assert!(verify_with(&without, &keys).is_ok());
    // With it, a broken signature of the assertion is not overlooked.
    let position =
        issued.as_str().rfind("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let mut broken = issued.into_string();
    let flipped = if broken[position..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    broken.replace_range(position..=position, flipped);
    assert!(verify_with(&broken, &keys).is_err());
}

#[test]
fn si_49_another_key_does_not_verify() {
    let issued = reply()
        .vouch(&assertion(&[]), Sign::Both, &ATTACKER)
        .unwrap();
    assert_eq!(
        verify(&issued, &RSA).unwrap_err().code(),
        "signature_mismatch"
    );
}

#[test]
fn control_refusals_are_signed_and_say_why() {
    for (reason, blame, code) in [
        (Reason::AuthnFailed, "Responder", "AuthnFailed"),
        (
            Reason::InvalidNameIdPolicy,
            "Requester",
            "InvalidNameIDPolicy",
        ),
        (Reason::NoAuthnContext, "Responder", "NoAuthnContext"),
        (Reason::NoAvailableIdp, "Responder", "NoAvailableIDP"),
        (Reason::NoPassive, "Responder", "NoPassive"),
        (
            Reason::ProxyCountExceeded,
            "Responder",
            "ProxyCountExceeded",
        ),
        (Reason::RequestDenied, "Responder", "RequestDenied"),
        (
            Reason::RequestUnsupported,
            "Requester",
            "RequestUnsupported",
        ),
        (Reason::UnknownPrincipal, "Requester", "UnknownPrincipal"),
    ] {
        let issued = reply()
            .refuse(
                &Refusal::because(reason).with_message("<b>no</b> & no"),
                &RSA,
            )
            .unwrap();
        let error = verify(&issued, &RSA).unwrap_err();
        let ResponseError::Status(status) = error else {
            panic!("{error}")
        };
        assert!(status.signed);
        assert_eq!(
            status.code,
            format!("urn:oasis:names:tc:SAML:2.0:status:{blame}")
        );
        assert_eq!(
            status.second_level,
            Some(format!("urn:oasis:names:tc:SAML:2.0:status:{code}"))
        );
        assert_eq!(status.message.as_deref(), Some("<b>no</b> & no"));
        assert!(!issued.as_str().contains("Assertion "));
    }
    let blamed = Refusal {
        blame: Blame::Requester,
        ..Refusal::because(Reason::NoAuthnContext)
    };
    assert!(
        reply()
            .refuse(&blamed, &RSA)
            .unwrap()
            .as_str()
            .contains("status:Requester")
    );
    let illegal = Refusal::because(Reason::AuthnFailed).with_message("\u{0}");
    assert_eq!(
        refused(reply().refuse(&illegal, &RSA)),
        "xml_illegal_character"
    );
}

#[test]
fn so_06_markup_in_values_stays_text() {
    for value in [
        "]]>",
        "</saml:AttributeValue><saml:Attribute Name=\"admin\">",
        "</saml:NameID><saml:NameID>admin@acme.example",
        "<!---->",
        "alice<!---->@acme.example",
        "&",
        "&amp;",
        "&#0;",
        "\"'",
        "<![CDATA[x]]>",
        "<?x?>",
        "\t\r\n",
        " a ",
        "\u{feff}a",
        "\u{202e}moc.emca@nimda",
        "e\u{301}\u{1f600}\u{10ffff}",
    ] {
        let attributes = [Attribute {
            friendly_name: Some(value.to_owned()),
            ..attribute(value, &[value])
        }];
        let name_id = NameId {
            value,
            format: Some(value),
            name_qualifier: Some(value),
            sp_name_qualifier: Some(value),
        };
        let assertion = Assertion {
            name_id,
            session_index: Some(value),
            authn_context: PASSWORD,
            ..assertion(&attributes)
        };
        for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
            let issued = reply().vouch(&assertion, sign, &EC).unwrap();
            let read = verify(&issued, &EC).unwrap();
            assert_eq!(read.name_id().value, value);
            assert_eq!(read.name_id().format, value);
            assert_eq!(read.name_id().name_qualifier.as_deref(), Some(value));
            assert_eq!(read.session_index(), Some(value));
            assert_eq!(read.attributes().iter().count(), 1);
            assert_eq!(read.attributes().single(value), Ok(Some(value)));
            assert_eq!(
                read.attributes()
                    .find(value)
                    .unwrap()
                    .friendly_name
                    .as_deref(),
                Some(value)
            );
        }
    }
}

#[test]
fn so_06_characters_that_xml_cannot_carry_are_refused_everywhere() {
    for character in ['\0', '\u{1}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
        let evil = format!("a{character}b");
        let code = |reply: Reply<'_>, assertion: Assertion<'_>| {
            refused(reply.vouch(&assertion, Sign::Both, &EC))
        };
        let named = |value, format| NameId {
            value,
            format,
            name_qualifier: None,
            sp_name_qualifier: None,
        };
        let attributes = [
            [Attribute {
                values: vec![evil.clone()],
                ..attribute("a", &[])
            }],
            [attribute(&evil, &[])],
            [Attribute {
                friendly_name: Some(evil.clone()),
                ..attribute("a", &[])
            }],
            [Attribute {
                name_format: Some(evil.clone()),
                ..attribute("a", &[])
            }],
        ];
        for attributes in &attributes {
            assert_eq!(
                code(reply(), assertion(attributes)),
                "xml_illegal_character"
            );
        }
        for assertion in [
            Assertion {
                name_id: named(&evil, None),
                ..assertion(&[])
            },
            Assertion {
                name_id: named("a", Some(&evil)),
                ..assertion(&[])
            },
            Assertion {
                session_index: Some(&evil),
                ..assertion(&[])
            },
            Assertion {
                authn_context: &evil,
                ..assertion(&[])
            },
            Assertion {
                audience: &evil,
                ..assertion(&[])
            },
        ] {
            assert_eq!(code(reply(), assertion), "xml_illegal_character");
        }
        for reply in [
            Reply {
                in_response_to: Some(&evil),
                ..reply()
            },
            Reply {
                issuer: &evil,
                ..reply()
            },
            Reply {
                acs_url: &evil,
                ..reply()
            },
        ] {
            assert_eq!(code(reply, assertion(&[])), "xml_illegal_character");
        }
    }
}

#[test]
fn so_06_too_much_is_refused() {
    let mebibyte = "x".repeat(1024 * 1024);
    let attributes = [attribute("a", &[&mebibyte])];
    for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
        assert_eq!(
            refused(reply().vouch(&assertion(&attributes), sign, &EC)),
            "xml_too_large"
        );
    }
}

/// Any text that XML can carry.
fn xml_text() -> impl Strategy<Value = String> {
    let legal = |character: &char| !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    let character = prop_oneof![
        any::<char>(),
        proptest::sample::select(vec![
            '<', '>', '&', '"', '\'', ']', '-', '!', '\r', '\n', '\t', ' ', ';', '#', ':'
        ]),
    ];
    proptest::collection::vec(character.prop_filter("XML cannot carry it", legal), 0..64)
        .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn so_06_any_text_survives_the_way_unchanged(
        values in proptest::collection::vec(xml_text(), 0..4),
        name in xml_text(),
        name_id in xml_text(),
        sign in proptest::sample::select(vec![Sign::Assertion, Sign::Response, Sign::Both]),
    ) {
        prop_assume!(!name.is_empty() && !name_id.is_empty());
        let attributes = [Attribute { values: values.clone(), ..attribute(&name, &[]) }];
        let name_id_in = NameId { value: &name_id, format: None, name_qualifier: None, sp_name_qualifier: None };
        let assertion = Assertion { name_id: name_id_in, ..assertion(&attributes) };
        let issued = reply().vouch(&assertion, sign, &EC).unwrap();
        let read = verify(&issued, &EC).unwrap();
        prop_assert_eq!(&read.name_id().value, &name_id);
        let texts: Vec<_> = read.attributes().texts(&name).collect();
        prop_assert_eq!(texts, values);
    }
}
