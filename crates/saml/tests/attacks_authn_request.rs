//! The attacks of the catalogue on requests that applications send us, beside benign controls.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;
#[path = "attacks_authn_request/signatures.rs"]
mod signatures;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::TimeDelta;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_saml::{
    authn_request::{
        AcceptedAuthnRequest, AuthnRequest, Comparison, NameIdPolicy, ParsedAuthnRequest, Received,
        Receiver, RegisteredSp, RequestError, RequestedAuthnContext,
    },
    binding::{MessageKind, post, redirect},
    crypto::{VerifyingKey, sign::SigningKey},
    instant::{self, Skew},
    metadata::AssertionConsumerService,
};

use self::keys::{ATTACKER, EC, RSA, now, verifying};

const SP: &str = "https://sp.example/saml/1234";
const ACS: &str = "https://sp.example/login/callback?connection=saml-1234";
const SECOND_ACS: &str = "https://sp.example/second";
const SSO: &str = "https://sso.example/saml/sso";

fn services() -> Vec<AssertionConsumerService> {
    [(ACS, 0, Some(true)), (SECOND_ACS, 7, None)]
        .map(|(location, index, is_default)| AssertionConsumerService {
            location: location.to_owned(),
            index,
            is_default,
        })
        .to_vec()
}

/// What an application sends; each test bends it.
fn request() -> AuthnRequest<'static> {
    AuthnRequest {
        id: "_a1",
        issue_instant: now(),
        destination: SSO,
        issuer: SP,
        acs_url: ACS,
        force_authn: false,
        is_passive: false,
        name_id_policy: None,
        requested_authn_context: None,
    }
}

fn by_redirect(xml: &str, relay_state: Option<&str>, key: Option<&SigningKey>) -> Received {
    let url = redirect::encode(SSO, MessageKind::Request, xml, relay_state, key).unwrap();
    Received::Redirect(redirect::decode(url.split_once('?').unwrap().1).unwrap())
}

fn by_post(xml: &str) -> Received {
    let message = utf8_percent_encode(&BASE64.encode(xml), NON_ALPHANUMERIC).to_string();
    Received::Post(post::decode(format!("SAMLRequest={message}&RelayState=r").as_bytes()).unwrap())
}

struct Policy {
    keys: Vec<VerifyingKey>,
    require_signature: bool,
}

const UNSIGNED: Policy = Policy {
    keys: Vec::new(),
    require_signature: false,
};

fn signed() -> Policy {
    Policy {
        keys: vec![verifying(&EC), verifying(&RSA)],
        require_signature: true,
    }
}

fn accept(received: Received, policy: &Policy) -> Result<AcceptedAuthnRequest, RequestError> {
    let services = services();
    let sp = RegisteredSp {
        entity_id: SP,
        assertion_consumer_services: &services,
        signing_keys: &policy.keys,
        require_signature: policy.require_signature,
        danger_accept_sha1: false,
    };
    let receiver = Receiver {
        sso_url: SSO,
        now: now(),
        skew: Skew::capped(60),
    };
    ParsedAuthnRequest::parse(received)?.accept(&sp, &receiver)
}

/// The reason code for `xml` from an application that does not sign; "accepted" if there is none.
fn verdict(xml: &str) -> &'static str {
    accept(by_redirect(xml, None, None), &UNSIGNED)
        .map_or_else(|error| error.code(), |_| "accepted")
}

/// The benign request with `from` replaced.
fn bent(from: &str, to: &str) -> String {
    let xml = request().to_xml().unwrap();
    assert!(xml.contains(from), "{from} is not in {xml}");
    xml.replacen(from, to, 1)
}

#[test]
fn control_a_plain_request_is_accepted() {
    let xml = request().to_xml().unwrap();
    let accepted = accept(by_redirect(&xml, Some("r"), None), &UNSIGNED).unwrap();
    assert_eq!(
        (
            accepted.id.as_str(),
            accepted.issuer.as_str(),
            accepted.acs_url.as_str()
        ),
        ("_a1", SP, ACS)
    );
    assert_eq!(
        (accepted.force_authn, accepted.is_passive, accepted.signed),
        (false, false, false)
    );
    assert_eq!(
        (
            accepted.name_id_policy,
            accepted.requested_authn_context,
            accepted.subject
        ),
        (None, None, None)
    );
    assert_eq!(
        (accepted.proxy_count, accepted.relay_state.as_deref()),
        (None, Some("r"))
    );
    assert!(accept(by_post(&xml), &UNSIGNED).is_ok());
}

#[test]
fn control_everything_that_a_request_can_ask_for_is_read() {
    let context = RequestedAuthnContext {
        comparison: Comparison::Minimum,
        class_refs: vec![
            "https://refeds.org/profile/mfa".to_owned(),
            "urn:b".to_owned(),
        ],
    };
    let policy = NameIdPolicy {
        format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned()),
        sp_name_qualifier: Some("https://other.example".to_owned()),
        allow_create: true,
    };
    let full = AuthnRequest {
        force_authn: true,
        is_passive: true,
        name_id_policy: Some(policy.clone()),
        requested_authn_context: Some(context.clone()),
        ..request()
    };
    let xml = full.to_xml().unwrap().replace(
        "</samlp:AuthnRequest>",
        "<samlp:Scoping ProxyCount=\"0\"/></samlp:AuthnRequest>",
    );
    let subject = "</saml:Issuer><saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
                   <saml:NameID Format=\"f\">a@b</saml:NameID></saml:Subject>";
    let accepted = accept(
        by_redirect(&xml.replace("</saml:Issuer>", subject), None, None),
        &UNSIGNED,
    )
    .unwrap();
    assert!(accepted.force_authn && accepted.is_passive);
    assert_eq!(accepted.name_id_policy, Some(policy));
    assert_eq!(accepted.requested_authn_context, Some(context));
    assert_eq!(accepted.proxy_count, Some(0));
    let subject = accepted.subject.unwrap();
    assert_eq!(
        (subject.value.as_str(), subject.format.as_deref()),
        ("a@b", Some("f"))
    );
}

#[test]
fn control_signed_requests_are_accepted_on_both_bindings() {
    for key in [&*RSA, &*EC] {
        let xml = request().to_xml().unwrap();
        let accepted = accept(by_redirect(&xml, Some("r"), Some(key)), &signed()).unwrap();
        assert!(accepted.signed);
        let xml = request().to_signed_xml(key).unwrap();
        assert!(accept(by_post(xml.as_str()), &signed()).unwrap().signed);
    }
}

#[test]
fn so_01_only_registered_addresses() {
    for evil in [
        "https://evil.example/",
        "http://sp.example/login/callback?connection=saml-1234",
        "https://sp.example:443/login/callback?connection=saml-1234",
        "https://SP.example/login/callback?connection=saml-1234",
        "https://sp.example/Login/callback?connection=saml-1234",
        "https://sp.example/login/callback/?connection=saml-1234",
        "https://sp.example/login/callback",
        "https://sp.example/login/callback?connection=saml-12345",
        "https://sp.example/login/callback?connection=saml-1234&amp;x=1",
        "https://sp.example/login/callback?connection=saml-1234#f",
        "https://sp.example/login/../login/callback?connection=saml-1234",
        "https://sp.example//login/callback?connection=saml-1234",
        "https://sp.example/login/c%61llback?connection=saml-1234",
        "https://sp.example/login%2fcallback?connection=saml-1234",
        "https://sp.example@evil.example/login/callback?connection=saml-1234",
        "https://sp.example.evil.example/login/callback?connection=saml-1234",
        "https://evilsp.example/login/callback?connection=saml-1234",
        "https:\\\\sp.example\\login\\callback?connection=saml-1234",
        " https://sp.example/login/callback?connection=saml-1234",
        "https://sp.example/login/callback?connection=saml-1234&#x9;",
        "https://sp.example\u{3002}evil.example/",
        "https://sp\u{0435}xample/login/callback?connection=saml-1234",
        "javascript:alert(1)",
        "",
    ] {
        let xml = bent(
            &format!("AssertionConsumerServiceURL=\"{ACS}\""),
            &format!("AssertionConsumerServiceURL=\"{evil}\""),
        );
        assert_eq!(verdict(&xml), "acs_url_unregistered", "{evil}");
    }
}

#[test]
fn so_02_indexes_and_bindings() {
    let url = format!("AssertionConsumerServiceURL=\"{ACS}\"");
    for (instead, expected) in [
        ("AssertionConsumerServiceIndex=\"0\"".to_owned(), "accepted"),
        ("AssertionConsumerServiceIndex=\"7\"".to_owned(), "accepted"),
        (String::new(), "accepted"),
        (
            "AssertionConsumerServiceIndex=\"1\"".to_owned(),
            "acs_index_unregistered",
        ),
        (
            "AssertionConsumerServiceIndex=\"-1\"".to_owned(),
            "acs_index_unregistered",
        ),
        (
            "AssertionConsumerServiceIndex=\"+7\"".to_owned(),
            "acs_index_unregistered",
        ),
        (
            "AssertionConsumerServiceIndex=\"07\"".to_owned(),
            "acs_index_unregistered",
        ),
        (
            "AssertionConsumerServiceIndex=\"65536\"".to_owned(),
            "acs_index_unregistered",
        ),
        (
            "AssertionConsumerServiceIndex=\"\"".to_owned(),
            "acs_index_unregistered",
        ),
        (
            format!("{url} AssertionConsumerServiceIndex=\"0\""),
            "acs_ambiguous",
        ),
    ] {
        assert_eq!(verdict(&bent(&url, &instead)), expected, "{instead}");
    }
    for binding in ["HTTP-Artifact", "PAOS", "HTTP-Redirect", "SOAP", "unknown"] {
        assert_eq!(
            verdict(&bent("bindings:HTTP-POST", &format!("bindings:{binding}"))),
            "protocol_binding_unsupported"
        );
    }
    let none = bent(
        " ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"",
        "",
    );
    assert_eq!(verdict(&none), "accepted");
}

#[test]
fn so_04_another_registered_address_of_the_same_application_may_be_named() {
    let url = format!("AssertionConsumerServiceURL=\"{ACS}\"");
    for (instead, expected) in [
        ("AssertionConsumerServiceIndex=\"7\"".to_owned(), SECOND_ACS),
        ("AssertionConsumerServiceIndex=\"0\"".to_owned(), ACS),
        (
            format!("AssertionConsumerServiceURL=\"{SECOND_ACS}\""),
            SECOND_ACS,
        ),
        (String::new(), ACS),
    ] {
        let xml = bent(&url, &instead);
        let accepted = accept(by_redirect(&xml, None, None), &UNSIGNED).unwrap();
        assert_eq!(accepted.acs_url, expected, "{instead}");
    }
}

#[test]
fn so_02_the_default_address_is_chosen_as_metadata_says() {
    let service = |location: &str, is_default| AssertionConsumerService {
        location: location.to_owned(),
        index: 0,
        is_default,
    };
    for (flags, expected) in [
        ([None, Some(true)], Some("1")),
        ([Some(false), None], Some("1")),
        ([Some(false), Some(false)], Some("0")),
        ([None, None], Some("0")),
        ([Some(true), Some(true)], Some("0")),
    ] {
        let services = [service("0", flags[0]), service("1", flags[1])];
        let chosen = AssertionConsumerService::default_of(&services).map(|it| it.location.as_str());
        assert_eq!(chosen, expected, "{flags:?}");
    }
    assert_eq!(AssertionConsumerService::default_of(&[]), None);
}

#[test]
fn so_05_issuers() {
    for (from, to, expected) in [
        (SP, "https://sp.example/saml/9999", "issuer_mismatch"),
        (SP, "https://sp.example/saml/1234/", "issuer_mismatch"),
        (SP, " https://sp.example/saml/1234", "issuer_mismatch"),
        (SP, "https://sp.example/saml/<!---->1234", "text_not_plain"),
        (
            "<saml:Issuer",
            "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\"",
            "issuer_mismatch",
        ),
        (
            "<saml:Issuer",
            "<saml:Issuer NameQualifier=\"x\"",
            "issuer_mismatch",
        ),
        (
            "<saml:Issuer",
            "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\"",
            "accepted",
        ),
        (
            "</samlp:AuthnRequest>",
            "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">x</saml:Issuer></samlp:AuthnRequest>",
            "element_repeated",
        ),
    ] {
        assert_eq!(verdict(&bent(from, to)), expected, "{to}");
    }
}

#[test]
fn so_05_moments() {
    for (age, expected) in [
        (TimeDelta::zero(), "accepted"),
        (TimeDelta::seconds(-60), "accepted"),
        (TimeDelta::seconds(-61), "issued_in_future"),
        (TimeDelta::seconds(359), "accepted"),
        (TimeDelta::seconds(360), "issued_too_long_ago"),
        (TimeDelta::days(400), "issued_too_long_ago"),
    ] {
        let xml = AuthnRequest {
            issue_instant: now() - age,
            ..request()
        }
        .to_xml()
        .unwrap();
        assert_eq!(verdict(&xml), expected, "{age}");
    }
    assert_eq!(
        verdict(&bent(&instant::format(now()), "yesterday")),
        "instant_invalid"
    );
}

#[test]
fn so_05_destinations() {
    let own = format!(" Destination=\"{SSO}\"");
    let foreign = bent(SSO, "https://other.example/saml/sso");
    assert_eq!(verdict(&foreign), "destination_mismatch");
    let without = bent(&own, "");
    assert_eq!(verdict(&without), "accepted");
    // A signed message must say where it goes, or it could be replayed elsewhere.
    let received = by_redirect(&without, None, Some(&RSA));
    assert_eq!(
        accept(received, &signed()).unwrap_err().code(),
        "destination_mismatch"
    );
}

#[test]
fn so_05_malformed_requests() {
    for (from, to, expected) in [
        ("Version=\"2.0\"", "Version=\"1.1\"", "version_unsupported"),
        ("Version=\"2.0\"", "", "attribute_missing"),
        ("ID=\"_a1\"", "ID=\"1a\"", "request_id_invalid"),
        ("ID=\"_a1\"", "ID=\"\"", "request_id_invalid"),
        ("ID=\"_a1\"", "ID=\"_a b\"", "request_id_invalid"),
        (
            "ID=\"_a1\"",
            "ID=\"_&quot;&gt;&lt;script&gt;\"",
            "request_id_invalid",
        ),
        ("ID=\"_a1\"", "", "attribute_missing"),
        (
            "Version=",
            "ForceAuthn=\"yes\" Version=",
            "request_value_invalid",
        ),
        (
            "Version=",
            "IsPassive=\"TRUE\" Version=",
            "request_value_invalid",
        ),
        (
            "<samlp:AuthnRequest",
            "<!DOCTYPE x><samlp:AuthnRequest",
            "doctype_refused",
        ),
        (
            "</samlp:AuthnRequest>",
            "<samlp:RequestedAuthnContext/></samlp:AuthnRequest>",
            "request_value_invalid",
        ),
        (
            "</samlp:AuthnRequest>",
            "<samlp:Scoping ProxyCount=\"-1\"/></samlp:AuthnRequest>",
            "request_value_invalid",
        ),
    ] {
        assert_eq!(verdict(&bent(from, to)), expected, "{to}");
    }
    let long = format!("ID=\"_{}\"", "a".repeat(256));
    assert_eq!(verdict(&bent("ID=\"_a1\"", &long)), "request_id_invalid");
    let other = request()
        .to_xml()
        .unwrap()
        .replace("samlp:AuthnRequest", "samlp:LogoutRequest");
    assert_eq!(verdict(&other), "not_an_authn_request");
}

#[test]
fn so_05_a_subject_that_cannot_be_read_is_not_ignored() {
    let encrypted = "</saml:Issuer><saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
                     <saml:EncryptedID/></saml:Subject>";
    assert_eq!(
        verdict(&bent("</saml:Issuer>", encrypted)),
        "element_missing"
    );
}

/// The benign request with these elements after its issuer, and these at its end.
fn wishing(subject: &str, wishes: &str) -> String {
    bent("</saml:Issuer>", &format!("</saml:Issuer>{subject}")).replacen(
        "</samlp:AuthnRequest>",
        &format!("{wishes}</samlp:AuthnRequest>"),
        1,
    )
}

/// A query of some hundred bytes inflates to a quarter of a megabyte, and what a request asks for is kept until its
/// answer.
#[test]
fn wa_21_so_05_so_10_so_11_what_is_kept_of_a_request_has_a_bound() {
    const NS: &str = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let x = |many: usize| "x".repeat(many);
    let subject = |value: usize, format: usize| {
        format!(
            "<saml:Subject {NS}><saml:NameID Format=\"{}\">{}</saml:NameID></saml:Subject>",
            x(format),
            x(value)
        )
    };
    let policy = |format: usize, qualifier: usize| {
        format!(
            "<samlp:NameIDPolicy Format=\"{}\" SPNameQualifier=\"{}\"/>",
            x(format),
            x(qualifier)
        )
    };
    let classes = |name: &str, many: usize, each: usize| {
        let class = format!("<saml:{name} {NS}>{}</saml:{name}>", x(each));
        format!(
            "<samlp:RequestedAuthnContext>{}</samlp:RequestedAuthnContext>",
            class.repeat(many)
        )
    };
    let (class, declaration) = ("AuthnContextClassRef", "AuthnContextDeclRef");
    let (long, many) = ("request_value_too_long", "request_classes_too_many");
    for (subject, wishes, expected) in [
        (subject(1024, 256), String::new(), "accepted"),
        (subject(1025, 0), String::new(), long),
        (subject(240_000, 0), String::new(), long),
        (subject(1, 257), String::new(), long),
        (String::new(), policy(256, 1024), "accepted"),
        (String::new(), policy(257, 0), long),
        (String::new(), policy(0, 1025), long),
        (String::new(), classes(class, 16, 256), "accepted"),
        (String::new(), classes(class, 1, 257), long),
        (String::new(), classes(declaration, 1, 257), long),
        (String::new(), classes(class, 17, 1), many),
        (String::new(), classes(declaration, 1000, 1), many),
    ] {
        let shown = format!("{subject:.120} {wishes:.120}");
        assert_eq!(verdict(&wishing(&subject, &wishes)), expected, "{shown}");
    }
}

#[test]
fn so_05_a_response_is_not_a_request() {
    let xml = request().to_xml().unwrap();
    let url = redirect::encode(SSO, MessageKind::Response, &xml, None, None).unwrap();
    let received = Received::Redirect(redirect::decode(url.split_once('?').unwrap().1).unwrap());
    assert_eq!(
        accept(received, &UNSIGNED).unwrap_err().code(),
        "not_an_authn_request"
    );
}

#[test]
fn so_05_who_claims_to_ask_is_told_before_anything_is_checked() {
    let xml = bent(SP, "https://unknown.example/");
    let parsed = ParsedAuthnRequest::parse(by_redirect(&xml, None, None)).unwrap();
    assert_eq!(parsed.claimed_issuer(), "https://unknown.example/");
}
