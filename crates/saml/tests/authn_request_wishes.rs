//! What a request may ask for: how the person is called, and how authenticated.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;

use vestibule_saml::{
    authn_request::{
        AcceptedAuthnRequest, AuthnRequest, Comparison, NameIdPolicy, ParsedAuthnRequest, Received,
        Receiver, RegisteredSp, RequestError, RequestedAuthnContext,
    },
    binding::{MessageKind, redirect},
    instant::Skew,
    metadata::AssertionConsumerService,
};

use self::keys::now;

const SP: &str = "https://sp.example/saml";
const SSO: &str = "https://sso.example/saml/sso";

/// The benign request with `wishes` in it.
fn asking(wishes: &str) -> Result<AcceptedAuthnRequest, RequestError> {
    let request = AuthnRequest {
        id: "_a1",
        issue_instant: now(),
        destination: SSO,
        issuer: SP,
        acs_url: "https://sp.example/acs",
        force_authn: false,
        is_passive: false,
        name_id_policy: None,
        requested_authn_context: None,
    };
    let end = "</samlp:AuthnRequest>";
    let xml = request
        .to_xml()
        .unwrap()
        .replace(end, &format!("{wishes}{end}"));
    let url = redirect::encode(SSO, MessageKind::Request, &xml, None, None).unwrap();
    let received = Received::Redirect(redirect::decode(url.split_once('?').unwrap().1)?);
    let services = [AssertionConsumerService::only("https://sp.example/acs")];
    let sp = RegisteredSp {
        entity_id: SP,
        assertion_consumer_services: &services,
        signing_keys: &[],
        require_signature: false,
        danger_accept_sha1: false,
    };
    let receiver = Receiver {
        sso_url: SSO,
        now: now(),
        skew: Skew::default(),
    };
    ParsedAuthnRequest::parse(received)?.accept(&sp, &receiver)
}

#[test]
fn so_10_all_that_a_policy_for_names_says_is_read() {
    let policy = |format: Option<&str>, qualifier: Option<&str>, allow_create| NameIdPolicy {
        format: format.map(str::to_owned),
        sp_name_qualifier: qualifier.map(str::to_owned),
        allow_create,
    };
    for (attributes, expected) in [
        ("", Ok(policy(None, None, false))),
        ("Format=\"urn:f\"", Ok(policy(Some("urn:f"), None, false))),
        (
            "SPNameQualifier=\"urn:q\"",
            Ok(policy(None, Some("urn:q"), false)),
        ),
        ("AllowCreate=\"true\"", Ok(policy(None, None, true))),
        ("AllowCreate=\"1\"", Ok(policy(None, None, true))),
        ("AllowCreate=\"0\"", Ok(policy(None, None, false))),
        (
            "AllowCreate=\"false\" Format=\"urn:f\" SPNameQualifier=\"urn:q\"",
            Ok(policy(Some("urn:f"), Some("urn:q"), false)),
        ),
        ("AllowCreate=\"TRUE\"", Err("request_value_invalid")),
        ("AllowCreate=\"\"", Err("request_value_invalid")),
    ] {
        let read = asking(&format!("<samlp:NameIDPolicy {attributes}/>"));
        let read = read
            .map(|it| it.name_id_policy)
            .map_err(|error| error.code());
        assert_eq!(read, expected.map(Some), "{attributes}");
    }
    assert_eq!(asking("").unwrap().name_id_policy, None);
    let twice = asking("<samlp:NameIDPolicy/><samlp:NameIDPolicy/>").unwrap_err();
    assert_eq!(twice.code(), "element_repeated");
}

#[test]
fn so_11_all_four_comparisons_are_read() {
    let reference = |kind: &str, uri: &str| {
        format!(
            "<saml:{kind} xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{uri}</saml:{kind}>"
        )
    };
    let class = |uri| reference("AuthnContextClassRef", uri);
    let two = format!("{}{}", class("urn:a"), class(" urn:b\n"));
    for (comparison, expected) in [
        ("", Ok(Comparison::Exact)),
        ("Comparison=\"exact\"", Ok(Comparison::Exact)),
        ("Comparison=\"minimum\"", Ok(Comparison::Minimum)),
        ("Comparison=\"maximum\"", Ok(Comparison::Maximum)),
        ("Comparison=\"better\"", Ok(Comparison::Better)),
        ("Comparison=\"Exact\"", Err("request_value_invalid")),
        ("Comparison=\"any\"", Err("request_value_invalid")),
        ("Comparison=\"\"", Err("request_value_invalid")),
    ] {
        let wish = |inner: &str| {
            format!(
                "<samlp:RequestedAuthnContext {comparison}>{inner}</samlp:RequestedAuthnContext>"
            )
        };
        let read = asking(&wish(&two)).map_err(|error| error.code());
        let expected = expected.map(|comparison| RequestedAuthnContext {
            comparison,
            class_refs: vec!["urn:a".to_owned(), "urn:b".to_owned()],
        });
        let read = read.map(|it| it.requested_authn_context);
        assert_eq!(read, expected.map(Some), "{comparison}");
    }
    let declared = format!(
        "<samlp:RequestedAuthnContext>{}</samlp:RequestedAuthnContext>",
        reference("AuthnContextDeclRef", "urn:d")
    );
    let read = asking(&declared).unwrap().requested_authn_context.unwrap();
    assert_eq!(read.class_refs, ["urn:d"]);
    let nothing = asking("<samlp:RequestedAuthnContext/>").unwrap_err();
    assert_eq!(nothing.code(), "request_value_invalid");
}
