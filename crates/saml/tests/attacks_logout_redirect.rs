//! The attacks of the catalogue on HTTP-Redirect queries, where the query carries a logout message.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod keys;
mod parties;

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{
    Compression,
    write::{DeflateEncoder, ZlibEncoder},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_saml::{
    binding::{Binding::Redirect, Delivery, Received, redirect},
    crypto::sign::SigningKey,
    issue::NameId,
    logout::LogoutRequest,
};

use self::{
    keys::{ATTACKER, RSA},
    parties::{ALICE, edit, plain_request, request, verdict},
};

/// `SAMLRequest=…&RelayState=…&SigAlg=…&Signature=…` of the benign request.
fn query() -> String {
    query_of(&request(), Some("a/b"), &RSA)
}

fn query_of(request: &LogoutRequest<'_>, relay_state: Option<&str>, key: &SigningKey) -> String {
    match request.send(Redirect, relay_state, key).unwrap() {
        Delivery::Redirect(url) => url.split_once('?').unwrap().1.to_owned(),
        Delivery::Form(form) => panic!("{form:?}"),
    }
}

fn verdict_on(query: &str) -> &'static str {
    match redirect::decode(query) {
        Ok(message) => verdict(Received::Redirect(message)),
        Err(error) => error.code(),
    }
}

fn percent(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

/// `octets`, signed by `key` as they stand.
fn signed_octets(octets: &str, key: &SigningKey) -> String {
    let value = STANDARD.encode(key.sign(octets.as_bytes()).unwrap());
    format!("{octets}&Signature={}", percent(&value))
}

#[test]
fn sr_b1_sr_b2_sr_12_logout_queries_are_verified_as_they_were_sent() {
    assert_eq!(verdict_on(&query()), "accepted");
    let octets = query().split_once("&Signature").unwrap().0.to_owned();
    let lower = octets
        .replace("%2F", "%2f")
        .replace("%3A", "%3a")
        .replace("%2B", "%2b")
        .replace("%3D", "%3d");
    assert_ne!(lower, octets);
    assert_eq!(verdict_on(&signed_octets(&lower, &RSA)), "accepted");
    assert_eq!(
        verdict_on(&query().replacen("%2F", "%2f", 1)),
        "signature_mismatch"
    );
}

/// The parameters of [`query`], one by one.
fn parameters() -> [String; 4] {
    let whole = query();
    ["SAMLRequest", "RelayState", "SigAlg", "Signature"].map(|name| {
        let of_that_name = |pair: &&str| pair.split('=').next() == Some(name);
        whole.split('&').find(of_that_name).unwrap().to_owned()
    })
}

#[track_caller]
fn check(rows: &[(&str, &[&str], &str)]) {
    for (what, parts, expected) in rows {
        let query = parts.join("&");
        assert_eq!(verdict_on(&query), *expected, "{what}: {query}");
    }
}

#[test]
fn sr_01_sr_02_sr_03_sr_04_parts_of_logout_queries_taken_away_or_changed() {
    let [message, relay, algorithm, signature] = &parameters();
    check(&[
        (
            "nothing",
            &[message, relay, algorithm, signature],
            "accepted",
        ),
        (
            "signature",
            &[message, relay, algorithm],
            "binding_signature_incomplete",
        ),
        (
            "algorithm",
            &[message, relay, signature],
            "binding_signature_incomplete",
        ),
        ("both", &[message, relay], "signature_missing"),
        (
            "RelayState",
            &[message, algorithm, signature],
            "signature_mismatch",
        ),
        (
            "another",
            &[message, "RelayState=c", algorithm, signature],
            "signature_mismatch",
        ),
        (
            "an empty one",
            &[message, "RelayState=", algorithm, signature],
            "signature_mismatch",
        ),
    ]);
}

#[test]
fn sr_05_sr_06_sr_07_sr_08_parts_of_logout_queries_added_or_moved() {
    let [message, relay, algorithm, signature] = &parameters();
    let bob = NameId {
        value: "bob@acme.example",
        ..ALICE
    };
    let evil = LogoutRequest {
        name_id: bob,
        ..request()
    };
    let evil = query_of(&evil, None, &ATTACKER);
    let evil = evil.split('&').next().unwrap();
    let answer = &evil.replacen("SAMLRequest", "SAMLResponse", 1);
    check(&[
        (
            "appended",
            &[message, relay, algorithm, signature, evil],
            "binding_parameter_repeated",
        ),
        (
            "prepended",
            &[evil, message, relay, algorithm, signature],
            "binding_parameter_repeated",
        ),
        (
            "in its place",
            &[evil, relay, algorithm, signature],
            "signature_mismatch",
        ),
        (
            "an answer",
            &[message, relay, algorithm, signature, answer],
            "binding_request_and_response",
        ),
        (
            "an answer in its place",
            &[answer, relay, algorithm, signature],
            "not_a_logout_message",
        ),
        (
            "in another order",
            &[signature, algorithm, relay, message],
            "accepted",
        ),
        // What nobody knows is not read, and needs no signature.
        (
            "more",
            &[
                message,
                relay,
                algorithm,
                signature,
                "NameID=bob",
                "SessionIndex=_s9",
            ],
            "accepted",
        ),
    ]);
}

#[test]
fn sr_09_sr_10_sr_11_sr_13_sr_14_sr_16_logout_queries_signed_otherwise() {
    let [message, relay, algorithm, signature] = &parameters();
    let ecdsa = &algorithm.replace("rsa-sha256", "ecdsa-sha256");
    let sha1 = "SigAlg=http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1";
    let hmac = "SigAlg=http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23hmac-sha1";
    let foreign = &signed_octets(&[message.as_str(), relay, algorithm].join("&"), &ATTACKER);
    let disguised = &message.replacen("SAMLRequest", "%53AMLRequest", 1);
    check(&[
        (
            "another algorithm",
            &[message, relay, ecdsa, signature],
            "signature_mismatch",
        ),
        ("SHA-1", &[message, relay, sha1, signature], "sha1_refused"),
        (
            "a MAC",
            &[message, relay, hmac, signature],
            "algorithm_refused",
        ),
        ("the attacker's key", &[foreign], "signature_mismatch"),
        (
            "disguised",
            &[disguised, relay, algorithm, signature],
            "binding_parameter_name_encoded",
        ),
        (
            "another encoding",
            &[message, relay, algorithm, signature, "SAMLEncoding=urn:x"],
            "binding_encoding_unsupported",
        ),
    ]);
}

#[test]
fn sr_15_sr_17_logout_messages_that_inflate_without_end() {
    let xml = plain_request();
    let padded = |bytes: usize| edit(&xml, "Version", &format!("{} Version", " ".repeat(bytes)));
    let deflated = |xml: &str| {
        let mut out = DeflateEncoder::new(Vec::new(), Compression::best());
        out.write_all(xml.as_bytes()).unwrap();
        out.finish().unwrap()
    };
    let zlib = {
        let mut out = ZlibEncoder::new(Vec::new(), Compression::best());
        out.write_all(xml.as_bytes()).unwrap();
        out.finish().unwrap()
    };
    let cut = {
        let mut whole = deflated(&xml);
        whole.pop();
        whole
    };
    for (what, bytes, expected) in [
        ("as it is", deflated(&xml), "accepted"),
        (
            "200 KiB of space",
            deflated(&padded(200 * 1024)),
            "accepted",
        ),
        (
            "20 MiB of space",
            deflated(&padded(20 * 1024 * 1024)),
            "binding_too_large",
        ),
        ("cut off", cut, "binding_inflate"),
        ("a zlib header", zlib, "binding_inflate"),
    ] {
        let [_, relay, algorithm, _] = &parameters();
        let octets = format!(
            "SAMLRequest={}&{relay}&{algorithm}",
            percent(&STANDARD.encode(bytes))
        );
        assert_eq!(
            verdict_on(&signed_octets(&octets, &RSA)),
            expected,
            "{what}"
        );
    }
}
