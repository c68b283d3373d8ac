//! Signed queries.

use serde_json::{Value, json};
use vestibule_saml::binding::{MessageKind, redirect};

use super::support::*;

const SLO: &str = "https://sso.test/upstream/a/saml/slo";

fn logout() -> String {
    format!(
        r#"<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_logout-1" Version="2.0" IssueInstant="2026-01-01T12:00:00Z" Destination="{SLO}" NotOnOrAfter="2026-01-01T12:05:00Z"><saml:Issuer>{IDP}</saml:Issuer><saml:NameID Format="{MAIL_FORMAT}">alice@acme.test</saml:NameID><samlp:SessionIndex>_session-1</samlp:SessionIndex></samlp:LogoutRequest>"#
    )
}

fn query_of(
    kind: MessageKind,
    xml: &str,
    key: Option<&vestibule_saml::crypto::sign::SigningKey>,
) -> String {
    let url = redirect::encode(SLO, kind, xml, Some("state/1"), key).unwrap();
    url.split_once('?').unwrap().1.to_owned()
}

fn signed(xml: &str) -> String {
    query_of(MessageKind::Request, xml, Some(&IDP_KEY))
}

fn arguments(metadata: &str) -> Vec<&str> {
    vec!["saml-redirect", "--idp-metadata", metadata, "--at", AT]
}

#[test]
fn sr_b1_a_signed_query_is_told_whole() {
    let metadata = metadata(&[&IDP_KEY]);
    let query = signed(&logout());
    let mut all = arguments(&metadata);
    all.extend(["--query", &query, "--json"]);
    let said = inspect(&all, "");
    assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
    let expected = json!({
        "id": null,
        "accepted": true,
        "subject": "alice@acme.test",
        "format": MAIL_FORMAT,
        "attributes": {},
        "authn_context": null,
        "session_index": "_session-1",
        "issuer": IDP,
        "message_id": "_logout-1",
        "message": "LogoutRequest",
        "destination": SLO,
        "relay_state": "state/1",
    });
    assert_eq!(said.verdicts()[0], expected);
    let address = format!("{SLO}?{query}#part\n");
    let said = inspect(&arguments(&metadata), address);
    assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
    assert!(
        said.out.contains("  Message       LogoutRequest\n"),
        "{}",
        said.out
    );
}

#[test]
fn sr_01_17_the_signature_is_over_the_bytes_as_they_came() {
    let good = signed(&logout());
    let mut parts: Vec<&str> = good.split('&').collect();
    let [message, relay_state, sig_alg, signature] = parts[..] else {
        panic!("{good}")
    };
    let unsigned = query_of(MessageKind::Request, &logout(), None);
    let stranger = query_of(MessageKind::Request, &logout(), Some(&STRANGER));
    let evil = format!(
        "SAMLRe{}",
        &unsigned["SAMLRe".len()..unsigned.find('&').unwrap()]
    );
    let lower = lower_case_escapes();
    parts.swap(0, 1);
    let zlib = "SAMLRequest=eJyrAAAAeQB5";
    let sha1 = sig_alg
        .replace("xmldsig-more%23rsa-sha256", "xmldsig%23rsa-sha1")
        .replace("2001%2F04", "2000%2F09");
    assert_ne!(sha1, sig_alg);
    let hmac = sig_alg.replace("rsa-sha256", "hmac-sha256");
    let bomb = query_of(
        MessageKind::Request,
        &format!("<x>{}</x>", " ".repeat(250 * 1024)),
        None,
    );
    let rows = [
        ("SR-B1", good.clone(), "accepted alice@acme.test"),
        ("SR-B2", lower, "accepted alice@acme.test"),
        (
            "SR-01",
            format!("{message}&{relay_state}&{sig_alg}"),
            "binding_signature_incomplete",
        ),
        ("SR-02", unsigned, "signature_missing"),
        (
            "SR-03",
            good.replace("state%2F1", "state%2F2"),
            "signature_mismatch",
        ),
        (
            "SR-04",
            format!("{message}&{sig_alg}&{signature}"),
            "signature_mismatch",
        ),
        (
            "SR-05",
            format!("{good}&{evil}"),
            "binding_parameter_repeated",
        ),
        (
            "SR-06",
            format!("{evil}&{good}"),
            "binding_parameter_repeated",
        ),
        (
            "SR-07",
            format!("{good}&{}", evil.replace("SAMLRequest", "SAMLResponse")),
            "binding_request_and_response",
        ),
        (
            "SR-08 the order of the query is not that of the octets",
            parts.join("&"),
            "accepted alice@acme.test",
        ),
        (
            "SR-09",
            good.replace("rsa-sha256", "rsa-sha512"),
            "signature_mismatch",
        ),
        (
            "SR-10",
            format!("{message}&{relay_state}&{sha1}&{signature}"),
            "sha1_refused",
        ),
        (
            "SR-11",
            format!("{message}&{relay_state}&{hmac}&{signature}"),
            "algorithm_refused",
        ),
        (
            "SR-12 escapes changed on the way",
            good.replace("%2F", "%2f"),
            "signature_mismatch",
        ),
        ("SR-13", stranger, "key_mismatch"),
        (
            "SR-14",
            good.replacen("SAMLRequest", "%53AMLRequest", 1),
            "binding_parameter_name_encoded",
        ),
        ("SR-15", bomb, "signature_missing"),
        (
            "SR-16",
            format!("{good}&SAMLEncoding=urn:none"),
            "binding_encoding_unsupported",
        ),
        ("SR-17", zlib.to_owned(), "binding_inflate"),
        ("nothing", String::new(), "binding_message_missing"),
    ];
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(id, query, outcome)| (id, query, none(), outcome))
        .collect();
    check_batch(&arguments(&metadata(&[&IDP_KEY])), &rows);
}

/// SR-B2: the control with lower-case escapes, signed over those bytes, as AD FS does.
fn lower_case_escapes() -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let query = query_of(MessageKind::Request, &logout(), None)
        .replace("%2F", "%2f")
        .replace("%2B", "%2b");
    let octets =
        format!("{query}&SigAlg=http%3a%2f%2fwww.w3.org%2f2001%2f04%2fxmldsig-more%23rsa-sha256");
    let value = BASE64_STANDARD.encode(IDP_KEY.sign(octets.as_bytes()).unwrap());
    let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    format!("{octets}&Signature={value}")
}

#[test]
fn sr_15_a_bomb_is_not_inflated() {
    use std::io::Write as _;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; 20 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    let value: String = url::form_urlencoded::byte_serialize(
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bomb).as_bytes(),
    )
    .collect();
    let rows = [(
        "SR-15",
        format!("SAMLRequest={value}"),
        none(),
        "binding_too_large",
    )];
    check_batch(&arguments(&metadata(&[&IDP_KEY])), &rows);
}

#[test]
fn what_the_message_says_of_itself_counts() {
    let authn = logout()
        .replace("LogoutRequest", "AuthnRequest")
        .replace("NotOnOrAfter", "x");
    let answer = logout().replace("LogoutRequest", "LogoutResponse");
    let response = logout().replace("LogoutRequest", "Response");
    let signature = logout().replace(
        "</saml:Issuer>",
        r#"</saml:Issuer><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>"#,
    );
    let as_answer = |xml: &str| query_of(MessageKind::Response, xml, Some(&IDP_KEY));
    let late = json!({"at": "2026-01-01T12:06:00Z"});
    let rows: [(&str, String, Value, &str); 16] = [
        ("request for a login", signed(&authn), none(), "accepted -"),
        ("answer", as_answer(&answer), none(), "accepted -"),
        (
            "answer as request",
            signed(&answer),
            none(),
            "message_kind_refused",
        ),
        (
            "request as answer",
            as_answer(&logout()),
            none(),
            "message_kind_refused",
        ),
        (
            "Response",
            as_answer(&response),
            none(),
            "message_kind_refused",
        ),
        (
            "issuer",
            signed(&logout().replace(IDP, "https://other.test")),
            none(),
            "issuer_mismatch",
        ),
        (
            "version",
            signed(&logout().replace("\"2.0\"", "\"1.1\"")),
            none(),
            "version_unsupported",
        ),
        (
            "id",
            signed(&logout().replace("_logout-1", "1 2")),
            none(),
            "message_id_invalid",
        ),
        (
            "signature inside",
            signed(&signature),
            none(),
            "signature_misplaced",
        ),
        ("too old", signed(&logout()), late, "issued_too_long_ago"),
        (
            "over",
            signed(&logout().replace("12:05:00Z", "11:59:30Z")),
            none(),
            "message_expired",
        ),
        (
            "from the future",
            signed(&logout()),
            json!({"at": "2026-01-01T11:58:00Z"}),
            "issued_in_future",
        ),
        (
            "here",
            signed(&logout()),
            json!({"destination": SLO}),
            "accepted alice@acme.test",
        ),
        (
            "elsewhere",
            signed(&logout()),
            json!({"destination": ACS}),
            "destination_mismatch",
        ),
        (
            "comment",
            signed(&logout().replace("alice@", "alice<!---->@")),
            none(),
            "text_not_plain",
        ),
        (
            "metadata over",
            signed(&logout()),
            json!({"idp_metadata": described(IDP, &[&IDP_KEY], Some(at()))}),
            "metadata_expired",
        ),
    ];
    check_batch(&arguments(&metadata(&[&IDP_KEY])), &rows);
}
