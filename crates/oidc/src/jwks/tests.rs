//! OI-151: what other people publish as keys.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use super::*;
use crate::{
    fixture::{
        P256, RSA, STRANGER, claims, encode, expectation, object, outcome, token_with_header,
    },
    id_token,
};

fn parse(keys: &[Value]) -> Result<Jwks, JwksRejection> {
    Jwks::parse(json!({ "keys": keys }).to_string().as_bytes())
}

/// The benign key with some members replaced; `null` removes one.
fn jwk_with(changes: Value) -> Value {
    let mut jwk = RSA.jwk();
    for (name, value) in object(changes) {
        if value.is_null() {
            jwk.as_object_mut().unwrap().remove(&name);
        } else {
            jwk[&name] = value;
        }
    }
    jwk
}

/// 65537 to that power, big-endian: modulo every prime it is a power of 65537 as well.
fn power_of_65537(exponent: u32) -> Vec<u8> {
    let mut digits = vec![1_u8];
    for _ in 0..exponent {
        // n * 65537 = (n << 16) + n
        let mut shifted = digits.clone();
        shifted.extend([0, 0]);
        let mut carry = 0;
        for (at, digit) in digits.iter().rev().enumerate() {
            let sum = u16::from(shifted[shifted.len() - 1 - at]) + u16::from(*digit) + carry;
            let place = shifted.len() - 1 - at;
            shifted[place] = sum.to_be_bytes()[1];
            carry = sum >> 8;
        }
        let mut place = shifted.len() - digits.len();
        while carry > 0 {
            place -= 1;
            let sum = u16::from(shifted[place]) + carry;
            shifted[place] = sum.to_be_bytes()[1];
            carry = sum >> 8;
        }
        digits = shifted;
    }
    digits
}

fn check(keys: &[Value]) -> &'static str {
    let token = RSA.sign(&claims()).unwrap();
    match parse(keys) {
        Ok(keys) => outcome(id_token::verify(&token, &expectation(), &keys)),
        Err(rejection) => rejection.code(),
    }
}

#[test]
fn oi_b1_the_published_key_verifies() {
    assert_eq!(check(&[RSA.jwk()]), "ok");
    assert_eq!(check(&[jwk_with(json!({"use": null, "alg": null}))]), "ok");
    assert_eq!(
        check(&[jwk_with(
            json!({"key_ops": ["verify"], "x5t": "x", "x5c": ["y"]})
        )]),
        "ok"
    );
}

#[test]
fn oi_151_keys_that_are_put_aside() {
    let rsa = RSA.jwk();
    let n = BASE64_URL_SAFE_NO_PAD
        .decode(rsa["n"].as_str().unwrap())
        .unwrap();
    let mut even = n.clone();
    *even.last_mut().unwrap() &= 0xfe;
    let mut signed = vec![0];
    signed.extend(&n);
    let p256 = P256.jwk();
    let point = |changes: Value| {
        let mut jwk = p256.clone();
        object(changes)
            .into_iter()
            .for_each(|(name, value)| jwk[&name] = value);
        jwk
    };
    let cases = [
        (
            "use enc",
            jwk_with(json!({"use": "enc"})),
            KeyFault::NotForSignatures,
        ),
        (
            "key_ops encrypt",
            jwk_with(json!({"key_ops": ["encrypt"]})),
            KeyFault::NotForSignatures,
        ),
        (
            "key_ops text",
            jwk_with(json!({"key_ops": "verify"})),
            KeyFault::NotForSignatures,
        ),
        (
            "alg of encryption",
            jwk_with(json!({"alg": "RSA-OAEP"})),
            KeyFault::Algorithm,
        ),
        (
            "alg of another kind",
            jwk_with(json!({"alg": "ES256"})),
            KeyFault::Algorithm,
        ),
        (
            "alg symmetric",
            jwk_with(json!({"alg": "HS256"})),
            KeyFault::Algorithm,
        ),
        (
            "alg none",
            jwk_with(json!({"alg": "none"})),
            KeyFault::Algorithm,
        ),
        (
            "alg number",
            jwk_with(json!({"alg": 1})),
            KeyFault::Algorithm,
        ),
        (
            "oct",
            json!({"kty": "oct", "kid": RSA.kid(), "k": "c2VjcmV0"}),
            KeyFault::Symmetric,
        ),
        (
            "private half",
            jwk_with(json!({"d": "AQAB"})),
            KeyFault::PrivateKeyPublished,
        ),
        (
            "RSA 512",
            jwk_with(
                json!({"n": encode(n.get(..63).unwrap().iter().chain(&[1]).copied().collect::<Vec<_>>())}),
            ),
            KeyFault::UnsafeRsa,
        ),
        (
            "RSA 2040",
            jwk_with(json!({"n": encode(n.get(1..).unwrap())})),
            KeyFault::UnsafeRsa,
        ),
        (
            "RSA 16384",
            jwk_with(json!({"n": encode([0xff; 2048])})),
            KeyFault::UnsafeRsa,
        ),
        (
            "even modulus",
            jwk_with(json!({"n": encode(even)})),
            KeyFault::UnsafeRsa,
        ),
        (
            "modulus empty",
            jwk_with(json!({"n": ""})),
            KeyFault::UnsafeRsa,
        ),
        ("e = 1", jwk_with(json!({"e": "AQ"})), KeyFault::UnsafeRsa),
        ("e = 0", jwk_with(json!({"e": "AA"})), KeyFault::UnsafeRsa),
        (
            "e even",
            jwk_with(json!({"e": "AQAA"})),
            KeyFault::UnsafeRsa,
        ),
        (
            "e as long as n",
            jwk_with(json!({"e": rsa["n"]})),
            KeyFault::UnsafeRsa,
        ),
        (
            "modulus with the mark of ROCA",
            jwk_with(json!({"n": encode(power_of_65537(128))})),
            KeyFault::Roca,
        ),
        (
            "n missing",
            jwk_with(json!({"n": null})),
            KeyFault::Malformed,
        ),
        (
            "n padded",
            jwk_with(json!({"n": "AQAB=="})),
            KeyFault::Malformed,
        ),
        ("n number", jwk_with(json!({"n": 17})), KeyFault::Malformed),
        (
            "kty missing",
            jwk_with(json!({"kty": null})),
            KeyFault::Malformed,
        ),
        (
            "kty unknown",
            jwk_with(json!({"kty": "AKP"})),
            KeyFault::Unsupported,
        ),
        (
            "kid number",
            jwk_with(json!({"kid": 7})),
            KeyFault::Malformed,
        ),
        (
            "off the curve",
            point(json!({"y": p256["x"]})),
            KeyFault::NotAKey,
        ),
        (
            "point zero",
            point(json!({"x": encode([0; 32]), "y": encode([0; 32])})),
            KeyFault::NotAKey,
        ),
        (
            "short coordinate",
            point(json!({"x": encode([1; 31])})),
            KeyFault::Malformed,
        ),
        (
            "curve of another size",
            point(json!({"crv": "P-384"})),
            KeyFault::Malformed,
        ),
        (
            "unknown curve",
            point(json!({"crv": "secp256k1"})),
            KeyFault::Unsupported,
        ),
        (
            "EC with alg ES384",
            point(json!({"alg": "ES384"})),
            KeyFault::Algorithm,
        ),
        (
            "X25519",
            json!({"kty": "OKP", "crv": "X25519", "x": encode([9; 32])}),
            KeyFault::Unsupported,
        ),
        (
            "short Ed25519",
            json!({"kty": "OKP", "crv": "Ed25519", "x": encode([9; 31])}),
            KeyFault::Malformed,
        ),
        ("not an object", json!("key"), KeyFault::Malformed),
    ];
    for (name, bad, fault) in cases {
        // Alone it makes the set unusable; next to the good key it changes nothing.
        assert_eq!(
            check(std::slice::from_ref(&bad)),
            "jwks_no_usable_key",
            "{name}"
        );
        for keys in [[bad.clone(), RSA.jwk()], [RSA.jwk(), bad.clone()]] {
            assert_eq!(check(&keys), "ok", "{name}");
            let faults: Vec<_> = parse(&keys)
                .unwrap()
                .ignored()
                .iter()
                .map(|key| key.fault)
                .collect();
            assert_eq!(faults, [fault], "{name}");
        }
    }
    // The sign byte of a big-integer type is not a fault.
    assert_eq!(check(&[jwk_with(json!({"n": encode(signed)}))]), "ok");
}

#[test]
fn oi_151_which_key_is_meant() {
    let (rsa, p256, stranger) = (RSA.jwk(), P256.jwk(), STRANGER.jwk());
    let mut same_kid = stranger.clone();
    same_kid["kid"] = json!(RSA.kid());
    let mut same_kid_other_kind = p256.clone();
    same_kid_other_kind["kid"] = json!(RSA.kid());
    let mut same_kid_other_alg = same_kid.clone();
    same_kid_other_alg["alg"] = json!("PS256");
    let with_kid: [(&str, Vec<Value>, &str); 5] = [
        (
            "two keys of one kid",
            vec![rsa.clone(), same_kid.clone()],
            "jws_ambiguous_key",
        ),
        (
            "of another kind",
            vec![same_kid_other_kind, rsa.clone()],
            "ok",
        ),
        (
            "of another alg",
            vec![same_kid_other_alg, rsa.clone()],
            "ok",
        ),
        (
            "only another kid",
            vec![stranger.clone()],
            "jws_unknown_key",
        ),
        (
            "key without kid",
            vec![jwk_with(json!({"kid": null}))],
            "jws_unknown_key",
        ),
    ];
    for (name, keys, code) in with_kid {
        assert_eq!(check(&keys), code, "{name}");
    }
    let token = token_with_header(&RSA, json!({"kid": null}));
    let without_kid: [(&str, Vec<Value>, &str); 5] = [
        ("one key", vec![rsa.clone()], "ok"),
        (
            "one key without kid",
            vec![jwk_with(json!({"kid": null}))],
            "ok",
        ),
        ("one of its kind", vec![p256.clone(), rsa.clone()], "ok"),
        (
            "two of its kind",
            vec![rsa, stranger.clone()],
            "jws_ambiguous_key",
        ),
        ("none of its kind", vec![p256], "jws_unknown_key"),
    ];
    for (name, keys, code) in without_kid {
        let keys = parse(&keys).unwrap();
        let found = id_token::verify(&token, &expectation(), &keys);
        assert_eq!(outcome(found), code, "{name}");
    }
    // The right kid, the wrong key.
    assert_eq!(check(&[same_kid]), "jws_bad_signature");
}

#[test]
fn oi_152_bounds_and_shape_of_a_set() {
    let many = vec![RSA.jwk(); MAX_KEYS + 1];
    assert_eq!(check(&many), "jwks_too_large");
    let cases: [(Vec<u8>, &str); 7] = [
        (vec![b' '; MAX_JWKS_BYTES + 1], "jwks_too_large"),
        (b"<html>".to_vec(), "jwks_malformed"),
        (b"[]".to_vec(), "jwks_malformed"),
        (b"{}".to_vec(), "jwks_malformed"),
        (br#"{"keys":{}}"#.to_vec(), "jwks_malformed"),
        (br#"{"keys":[],"keys":[]}"#.to_vec(), "jwks_malformed"),
        (br#"{"keys":[]}"#.to_vec(), "jwks_no_usable_key"),
    ];
    for (bytes, code) in cases {
        assert_eq!(Jwks::parse(&bytes).unwrap_err().code(), code);
    }
}
