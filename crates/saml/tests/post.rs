//! HTTP-POST forms, in and out.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_saml::binding::{
    MessageKind::{Request, Response},
    post,
};

const XML: &str = "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_1\">\u{e4}</samlp:Response>";

fn body(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    pairs.collect::<Vec<_>>().join("&")
}

fn refused(body: &str) -> &'static str {
    post::decode(body.as_bytes()).unwrap_err().code()
}

#[test]
fn what_we_send_can_be_read() {
    let form = post::encode(
        "https://sp.example/acs?c=saml-1",
        Response,
        XML,
        Some("\"><script>"),
    )
    .unwrap();
    assert_eq!(form.action, "https://sp.example/acs?c=saml-1");
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let message = post::decode(body(&fields).as_bytes()).unwrap();
    assert_eq!(message.kind(), Response);
    assert_eq!(message.xml(), XML.as_bytes());
    assert_eq!(message.relay_state(), Some("\"><script>"));
}

#[test]
fn line_breaks_in_base64_are_tolerated() {
    let encoded = BASE64.encode(XML);
    let (head, tail) = encoded.split_at(76);
    let message =
        post::decode(body(&[("SAMLRequest", &format!("{head}\r\n{tail}\n"))]).as_bytes()).unwrap();
    assert_eq!((message.kind(), message.xml()), (Request, XML.as_bytes()));
}

#[test]
fn ambiguous_forms_are_refused() {
    let good = BASE64.encode(XML);
    let long = "r".repeat(81);
    for (fields, code) in [
        (vec![("RelayState", "x")], "binding_message_missing"),
        (vec![("SAMLResponse", "")], "binding_message_missing"),
        (
            vec![("SAMLResponse", good.as_str()), ("SAMLResponse", &good)],
            "binding_parameter_repeated",
        ),
        (
            vec![("SAMLResponse", &good), ("SAMLRequest", &good)],
            "binding_request_and_response",
        ),
        (
            vec![
                ("SAMLResponse", &good),
                ("RelayState", "a"),
                ("RelayState", "b"),
            ],
            "binding_parameter_repeated",
        ),
        (
            vec![("SAMLResponse", &good), ("RelayState", &long)],
            "binding_relay_state_too_long",
        ),
        (
            vec![("%53AMLResponse", &good)],
            "binding_parameter_name_encoded",
        ),
        (vec![("SAMLResponse", "a b=")], "binding_base64"),
        (vec![("SAMLResponse", "YQ")], "binding_base64"),
        (vec![("SAMLResponse", "YR==")], "binding_base64"),
        (vec![("SAMLResponse", "-_-_")], "binding_base64"),
        (vec![("SAMLart", "AAQAAA")], "binding_artifact_unsupported"),
    ] {
        let body = body(&fields);
        assert_eq!(refused(&body), code, "{body}");
    }
}

#[test]
fn si_80_sizes_are_bounded_before_anything_is_decoded() {
    assert_eq!(
        refused(&format!("SAMLResponse={}", "A".repeat(600 * 1024))),
        "binding_too_large"
    );
    assert_eq!(
        refused(&format!("SAMLResponse={}", "A".repeat(400 * 1024))),
        "binding_too_large"
    );
    let at_limit = BASE64.encode(vec![b'x'; 256 * 1024]);
    assert!(post::decode(body(&[("SAMLResponse", &at_limit)]).as_bytes()).is_ok());
    let over = "x".repeat(256 * 1024 + 1);
    assert_eq!(
        post::encode("https://a.example/", Response, &over, None)
            .unwrap_err()
            .code(),
        "binding_too_large"
    );
}
