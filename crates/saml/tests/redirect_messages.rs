//! Signed messages of an identity provider by HTTP-Redirect, and what a captured Response says of itself.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod support;

use chrono::{DateTime, Utc};
use vestibule_saml::{
    binding::{MessageKind, redirect},
    crypto::{VerifyingKey, generate::CertificateProfile, sign::SigningKey},
    instant::{self, Skew},
    message::{MessageTerms, RedirectKind, VerifiedMessage, verify_redirect},
    response::{self, Expectation},
};

use self::support::{IDP, NOW, REQUEST, SAML, SAMLP};

const SLO: &str = "https://sp.test/upstream/a/saml/slo";

fn now() -> DateTime<Utc> {
    instant::parse(NOW).unwrap()
}

/// A provider that signs queries.
struct Idp {
    key: SigningKey,
    keys: [VerifyingKey; 1],
}

impl Idp {
    fn new() -> Self {
        let profile = CertificateProfile::starting(now(), "idp.test");
        let key = SigningKey::generate_ec_p256(&profile).unwrap();
        let keys = [key.verifying_key().unwrap()];
        Self { key, keys }
    }

    fn query(&self, kind: MessageKind, xml: &str) -> String {
        let url = redirect::encode(SLO, kind, xml, Some("there"), Some(&self.key)).unwrap();
        url.split_once('?').unwrap().1.to_owned()
    }

    fn terms(&self) -> MessageTerms<'_> {
        MessageTerms {
            idp_entity_id: IDP,
            keys: &self.keys,
            destination: Some(SLO),
            danger_accept_sha1: false,
            skew: Skew::capped(60),
            now: now(),
        }
    }

    fn judge(&self, kind: MessageKind, xml: &str) -> Result<VerifiedMessage, &'static str> {
        verify_redirect(&self.query(kind, xml), &self.terms()).map_err(|error| error.code())
    }
}

fn message(name: &str, more: &str) -> String {
    format!(
        r#"<samlp:{name} xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" Destination="{SLO}" ID="_m1" IssueInstant="2026-01-01T12:00:00Z" Version="2.0"><saml:Issuer>{IDP}</saml:Issuer>{more}</samlp:{name}>"#
    )
}

const SUBJECT: &str =
    "<saml:NameID>alice</saml:NameID><samlp:SessionIndex>_s1</samlp:SessionIndex>";

#[test]
fn a_signed_logout_request_says_whom_it_is_about() {
    let idp = Idp::new();
    let logout = message("LogoutRequest", SUBJECT);
    let read = idp.judge(MessageKind::Request, &logout).unwrap();
    assert_eq!(read.kind, RedirectKind::LogoutRequest);
    assert_eq!((read.id.as_str(), read.issuer.as_str()), ("_m1", IDP));
    assert_eq!(read.destination.as_deref(), Some(SLO));
    assert_eq!(read.relay_state.as_deref(), Some("there"));
    assert_eq!(read.name_id.as_ref().unwrap().value, "alice");
    assert_eq!(read.session_index.as_deref(), Some("_s1"));
    assert!(!format!("{read:?}").contains("alice"), "{read:?}");
}

#[test]
fn only_messages_that_travel_so_are_read_and_in_their_own_parameter() {
    use MessageKind::{Request, Response};
    let idp = Idp::new();
    for (name, kind, expected) in [
        ("AuthnRequest", Request, Ok(RedirectKind::AuthnRequest)),
        ("LogoutRequest", Request, Ok(RedirectKind::LogoutRequest)),
        ("LogoutResponse", Response, Ok(RedirectKind::LogoutResponse)),
        ("AuthnRequest", Response, Err("message_kind_refused")),
        ("LogoutRequest", Response, Err("message_kind_refused")),
        ("LogoutResponse", Request, Err("message_kind_refused")),
        ("Response", Response, Err("message_kind_refused")),
        ("ArtifactResolve", Request, Err("message_kind_refused")),
    ] {
        let read = idp.judge(kind, &message(name, SUBJECT));
        if name != "LogoutRequest"
            && let Ok(read) = &read
        {
            assert_eq!(
                (&read.name_id, &read.session_index),
                (&None, &None),
                "{name}"
            );
        }
        assert_eq!(read.map(|read| read.kind), expected, "{name} {kind:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_for_its_own_reason() {
    let idp = Idp::new();
    let logout = message("LogoutRequest", SUBJECT);
    let inner = format!(r#"<x:Signature xmlns:x="{}"/>"#, support::DS);
    for (name, xml, expected) in [
        (
            "issuer",
            logout.replace(IDP, "https://other.test"),
            "issuer_mismatch",
        ),
        (
            "issuer with a format",
            logout.replace("<saml:Issuer>", r#"<saml:Issuer Format="urn:x">"#),
            "issuer_mismatch",
        ),
        (
            "no issuer",
            logout.replace("saml:Issuer", "saml:Other"),
            "element_missing",
        ),
        (
            "version",
            logout.replace("\"2.0\"", "\"2.1\""),
            "version_unsupported",
        ),
        ("id", logout.replace("_m1", "m 1"), "message_id_invalid"),
        (
            "no id",
            logout.replace(" ID=\"_m1\"", ""),
            "attribute_missing",
        ),
        (
            "destination",
            logout.replace(SLO, "https://sp.test/other"),
            "destination_mismatch",
        ),
        (
            "no destination",
            logout.replace("Destination", "Place"),
            "destination_mismatch",
        ),
        ("instant", logout.replace("00Z", "00"), "instant_invalid"),
        (
            "old",
            logout.replace("12:00:00Z", "11:54:30Z"),
            "issued_too_long_ago",
        ),
        (
            "new",
            logout.replace("12:00:00Z", "12:01:31Z"),
            "issued_in_future",
        ),
        (
            "over",
            logout.replace(" ID=", " NotOnOrAfter=\"2026-01-01T11:59:30Z\" ID="),
            "message_expired",
        ),
        (
            "signature inside",
            message("LogoutRequest", &inner),
            "signature_misplaced",
        ),
        (
            "comment",
            logout.replace("alice", "al<!---->ice"),
            "text_not_plain",
        ),
        (
            "two names",
            message("LogoutRequest", &SUBJECT.repeat(2)),
            "element_repeated",
        ),
        (
            "DOCTYPE",
            format!("<!DOCTYPE x>{logout}"),
            "doctype_refused",
        ),
    ] {
        let outcome = idp.judge(MessageKind::Request, &xml);
        assert_eq!(outcome.err(), Some(expected), "{name}");
    }
    // The bounds of age and of the end, to the second.
    for (from, to) in [
        ("12:00:00Z", "11:54:31Z"),
        ("12:00:00Z", "12:01:30Z"),
        (" ID=", " NotOnOrAfter=\"2026-01-01T11:59:31Z\" ID="),
    ] {
        let outcome = idp.judge(MessageKind::Request, &logout.replace(from, to));
        assert_eq!(outcome.err(), None, "{to}");
    }
}

#[test]
fn sr_02_13_nothing_is_read_without_the_providers_signature() {
    let (idp, stranger) = (Idp::new(), Idp::new());
    // Neither XML nor a message: the signature is asked first.
    for xml in [message("LogoutRequest", SUBJECT), "<".to_owned()] {
        let theirs = stranger.query(MessageKind::Request, &xml);
        let code = verify_redirect(&theirs, &idp.terms()).unwrap_err().code();
        assert_eq!(code, "signature_mismatch");
        let bare = theirs.split("&SigAlg").next().unwrap();
        let code = verify_redirect(bare, &idp.terms()).unwrap_err().code();
        assert_eq!(code, "signature_missing");
    }
    let elsewhere = MessageTerms {
        destination: None,
        ..idp.terms()
    };
    let query = idp.query(MessageKind::Request, &message("LogoutRequest", SUBJECT));
    assert!(verify_redirect(&query, &elsewhere).is_ok());
}

#[test]
fn si_57b_58_a_claimed_request_only_holds_a_message_against_itself() {
    let keys = [support::keys::idp().verifying.clone()];
    let judged = |xml: &str| {
        let claimed = response::claimed_request(xml.as_bytes()).unwrap();
        let expectation = Expectation {
            in_response_to: claimed.as_deref().unwrap_or_default(),
            ..support::expectation(&keys)
        };
        support::outcome(response::verify(xml.as_bytes(), &expectation))
    };
    let answer = support::around_signed(&support::assertion("_a1"));
    let named = format!(" InResponseTo=\"{REQUEST}\"");
    let unsolicited = {
        let assertion = support::assertion("_a1").replace(&named, "");
        support::around_signed(&assertion).replace(&named, "")
    };
    let empty = {
        let assertion = support::assertion("_a1").replace(REQUEST, "");
        support::around_signed(&assertion).replace(REQUEST, "")
    };
    for (name, xml, expected) in [
        ("answer", answer.clone(), "accepted alice@a.test"),
        (
            "differs",
            answer.replacen(REQUEST, "_q2", 1),
            "in_response_to_mismatch",
        ),
        (
            "only the assertion",
            answer.replacen(&named, "", 1),
            "unsolicited_refused",
        ),
        ("unsolicited", unsolicited, "unsolicited_refused"),
        ("empty", empty, "in_response_to_mismatch"),
    ] {
        assert_eq!(judged(&xml), expected, "{name}");
    }
    assert_eq!(
        response::claimed_request(b"<x>").unwrap_err().code(),
        "xml_malformed"
    );
}
