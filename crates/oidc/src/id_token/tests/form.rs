//! OI-1xx: serialization, encoding, signature, strict JSON.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use super::super::*;
use crate::fixture::*;

#[test]
fn oi_1xx_serialization_and_signature() {
    let good = RSA.sign(&claims()).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    let shorter = encode(bytes.get(1..).unwrap());
    let longer = encode([bytes.as_slice(), &[0]].concat());
    let other = RSA.sign(&claims_with(json!({"sub": "mallory"}))).unwrap();
    let other_payload = other.split('.').nth(1).unwrap();
    let stranger = token_with_header(&STRANGER, json!({"kid": RSA.kid()}));
    let flattened = json!({"payload": payload, "protected": header, "signature": signature});
    let general =
        json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]});
    let cases = [
        (good.clone(), "ok"),
        (format!("{header}.{payload}."), "jws_signature_missing"),
        (format!("{header}.{payload}"), "jws_not_three_parts"),
        (header.to_owned(), "jws_not_three_parts"),
        (String::new(), "jws_not_three_parts"),
        (format!("{good}.AAAA"), "jws_not_three_parts"),
        (format!("{good}."), "jws_not_three_parts"),
        (format!("..{signature}"), "jws_malformed_header"),
        (format!("{header}.{payload}.{shorter}"), "jws_bad_signature"),
        (format!("{header}.{payload}.{longer}"), "jws_bad_signature"),
        (
            format!("{header}.{other_payload}.{signature}"),
            "jws_bad_signature",
        ),
        (stranger, "jws_bad_signature"),
        (format!("{header}.{payload}.{signature}=="), "jws_encoding"),
        (format!("{header}=.{payload}.{signature}"), "jws_encoding"),
        (format!("{header}.{payload}.{signature}\n"), "jws_encoding"),
        (format!(" {good}"), "jws_encoding"),
        (format!("{header}.{payload}.+/+/"), "jws_encoding"),
        (flattened.to_string(), "jws_not_three_parts"),
        (general.to_string(), "jws_not_three_parts"),
        (
            format!("{header}.{}.{signature}", "A".repeat(128 * 1024)),
            "jws_too_large",
        ),
    ];
    for (token, code) in cases {
        assert_eq!(
            outcome(check(&token)),
            code,
            "{}",
            token.get(..80).unwrap_or(&token)
        );
    }
}

#[test]
fn oi_1xx_payload_and_header_are_strict_json() {
    let header = header_with(&RSA, json!({})).to_string();
    let payload = json!(claims()).to_string();
    let doubled = |claim: &str| payload.replacen('{', &format!("{{{claim},"), 1);
    let payloads = [
        (doubled(r#""sub":"mallory""#), "id_token_duplicate_claim"),
        (
            doubled(r#""\u0073ub":"mallory""#),
            "id_token_duplicate_claim",
        ),
        (doubled(r#""exp":9999999999"#), "id_token_duplicate_claim"),
        (doubled(r#""x":{"a":1,"a":2}"#), "id_token_duplicate_claim"),
        (format!("[{payload}]"), "id_token_malformed_payload"),
        (format!("{payload}{payload}"), "id_token_malformed_payload"),
        (format!("\u{feff}{payload}"), "id_token_malformed_payload"),
        (String::new(), "id_token_malformed_payload"),
        ("null".to_owned(), "id_token_malformed_payload"),
        (payload.replace("true", "NaN"), "id_token_malformed_payload"),
        (payload.clone(), "ok"),
    ];
    for (payload, code) in payloads {
        assert_eq!(
            outcome(check(&token(&RSA, &header, &payload))),
            code,
            "{payload}"
        );
    }
    let twice = header.replacen('{', r#"{"alg":"none","#, 1);
    assert_eq!(
        outcome(check(&token(&RSA, &twice, &payload))),
        "jws_malformed_header"
    );
    assert_eq!(
        outcome(check(&token(&RSA, "[]", &payload))),
        "jws_malformed_header"
    );
}

#[test]
fn oi_1xx_every_single_change_is_noticed() {
    let keys = jwks();
    for key in [&*RSA, &*P256, &*ED25519] {
        let good = key.sign(&claims()).unwrap();
        let expected = Expectation {
            algorithms: EVERY_ALGORITHM,
            ..expectation()
        };
        assert!(verify(&good, &expected, &keys).is_ok());
        for (at, byte) in good.bytes().enumerate() {
            let mut changed = good.clone().into_bytes();
            changed[at] = if byte == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(verify(&changed, &expected, &keys).is_err(), "byte {at}");
            let (before, after) = good.split_at(at);
            assert!(verify(before, &expected, &keys).is_err(), "cut before {at}");
            assert!(
                verify(after, &expected, &keys).is_err() || at == 0,
                "cut after {at}"
            );
        }
    }
}
