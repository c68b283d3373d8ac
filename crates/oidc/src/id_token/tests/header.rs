//! OI-01 to OI-06: unsigned, symmetric, self-made and puzzling headers.

use aws_lc_rs::{
    encoding::AsDer,
    hmac,
    signature::{KeyPair, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::super::*;
use crate::fixture::*;

#[test]
fn oi_01_unsigned_tokens() {
    let payload = encode(json!(claims()).to_string());
    for alg in ["none", "None", "NONE", "nOnE", " none ", ""] {
        let header = encode(json!({"alg": alg, "kid": RSA.kid()}).to_string());
        for signature in ["", "AAAA"] {
            let token = format!("{header}.{payload}.{signature}");
            assert_eq!(
                outcome(check(&token)),
                "jws_algorithm_none",
                "{alg:?} {signature:?}"
            );
        }
        // The same with a valid signature of the provider's key.
        let armed = token_with_header(&RSA, json!({"alg": alg}));
        assert_eq!(outcome(check(&armed)), "jws_algorithm_none", "{alg:?}");
    }
    for alg in [
        Value::Null,
        json!(true),
        json!(["RS256"]),
        json!({"RS256": 1}),
        json!(256),
    ] {
        let armed = token_with_header(&RSA, json!({"alg": alg}));
        assert_eq!(outcome(check(&armed)), "jws_algorithm_missing", "{alg}");
    }
    let armed = token(&RSA, r#"{"alg":null}"#, &json!(claims()).to_string());
    assert_eq!(outcome(check(&armed)), "jws_algorithm_missing");
}

#[test]
fn oi_03_symmetric_signature_keyed_with_what_is_public() {
    let pair = RsaKeyPair::from_pkcs8(&RSA_PKCS8).unwrap();
    let spki = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der>::as_der(pair.public_key()).unwrap();
    let body = BASE64_STANDARD.encode(spki.as_ref());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
    let modulus = pair
        .public_key()
        .modulus()
        .big_endian_without_leading_zero()
        .to_vec();
    let signer = rcgen::KeyPair::try_from(RSA_PKCS8.as_slice()).unwrap();
    let certificate = rcgen::CertificateParams::new(Vec::new())
        .unwrap()
        .self_signed(&signer)
        .unwrap();
    let keys: [(&str, Vec<u8>); 8] = [
        ("SPKI in DER", spki.as_ref().to_vec()),
        ("SPKI in PEM", pem.into_bytes()),
        ("certificate in DER", certificate.der().to_vec()),
        ("certificate in PEM", certificate.pem().into_bytes()),
        ("modulus", modulus),
        ("JWK", RSA.jwk().to_string().into_bytes()),
        ("empty", Vec::new()),
        ("client secret", b"client-secret".to_vec()),
    ];
    let hashes = [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ];
    for (name, bytes) in keys {
        for (alg, hash) in hashes {
            let header = json!({"alg": alg, "kid": RSA.kid(), "typ": "JWT"}).to_string();
            let input = format!("{}.{}", encode(header), encode(json!(claims()).to_string()));
            let tag = encode(hmac::sign(&hmac::Key::new(hash, &bytes), input.as_bytes()));
            let armed = jsonwebtoken::crypto::verify(
                &tag,
                input.as_bytes(),
                &jsonwebtoken::DecodingKey::from_secret(&bytes),
                alg.parse().unwrap(),
            );
            assert!(armed.unwrap(), "{name} {alg}: the vector is not armed");
            let expected = Expectation {
                algorithms: EVERY_ALGORITHM,
                ..expectation()
            };
            let found = verify(&format!("{input}.{tag}"), &expected, &jwks());
            assert_eq!(outcome(found), "jws_algorithm_symmetric", "{name} {alg}");
        }
    }
}

#[test]
fn oi_04_keys_that_a_token_brings_itself_are_not_used() {
    let jwk = STRANGER.jwk();
    let brought = [
        json!({"jwk": jwk}),
        json!({"jku": "https://evil.example/keys"}),
        json!({"x5u": "https://evil.example/cert"}),
        json!({"x5c": ["MIIB"]}),
    ];
    for member in brought {
        let mut own_kid = member.clone();
        own_kid["kid"] = json!(STRANGER.kid());
        let token = token_with_header(&STRANGER, own_kid);
        assert_eq!(outcome(check(&token)), "jws_unknown_key", "{member}");
        let mut our_kid = member.clone();
        our_kid["kid"] = json!(RSA.kid());
        let token = token_with_header(&STRANGER, our_kid);
        assert_eq!(outcome(check(&token)), "jws_bad_signature", "{member}");
        // Ignored, not refused: an honest provider may write them.
        let benign = token_with_header(&RSA, member.clone());
        assert_eq!(outcome(check(&benign)), "ok", "{member}");
    }
}

#[test]
fn oi_05_key_ids_are_compared_and_nothing_else() {
    let unknown = [
        "../../etc/passwd".to_owned(),
        "' OR '1'='1".to_owned(),
        "https://evil.example/key".to_owned(),
        format!("{}\0", RSA.kid()),
        format!(" {}", RSA.kid()),
        RSA.kid().to_ascii_uppercase(),
        String::new(),
    ];
    for kid in unknown {
        let rejection = check(&token_with_header(&RSA, json!({"kid": kid}))).unwrap_err();
        assert_eq!(rejection.code(), "jws_unknown_key", "{kid:?}");
        assert!(rejection.is_unknown_key());
    }
    // None of these is a reason to fetch keys.
    let long = [
        (json!("k".repeat(64 * 1024)), "jws_too_large"),
        (json!("k".repeat(513)), "jws_malformed_header"),
        (json!(1), "jws_malformed_header"),
    ];
    for (kid, code) in long {
        let rejection = check(&token_with_header(&RSA, json!({"kid": kid}))).unwrap_err();
        assert_eq!(rejection.code(), code);
        assert!(!rejection.is_unknown_key());
    }
}

#[test]
fn oi_06_headers_that_change_the_meaning() {
    let forbidden = [
        json!({"crit": ["b64"], "b64": false}),
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"b64": false}),
        json!({"b64": true}),
        json!({"zip": "DEF"}),
        json!({"cty": "JWT"}),
        json!({"enc": "A256GCM"}),
    ];
    for member in forbidden {
        let token = token_with_header(&RSA, member.clone());
        assert_eq!(outcome(check(&token)), "jws_forbidden_header", "{member}");
    }
    let nested = token(
        &RSA,
        &header_with(&RSA, json!({"cty": "JWT"})).to_string(),
        "a.b.c",
    );
    assert_eq!(outcome(check(&nested)), "jws_forbidden_header");
    for alg in [
        "dir",
        "RSA-OAEP",
        "PBES2-HS256+A128KW",
        "RS1",
        "rs256",
        "ES256K",
        "X",
    ] {
        let header = json!({"alg": alg, "enc": "A256GCM", "p2c": 1_000_000_000, "zip": "DEF"});
        let jwe = format!("{}.AA.AA.AA.AA", encode(header.to_string()));
        assert_eq!(outcome(check(&jwe)), "jws_not_three_parts", "{alg}");
        let armed = token_with_header(&RSA, json!({"alg": alg}));
        assert_eq!(outcome(check(&armed)), "jws_algorithm_not_allowed", "{alg}");
    }
}

#[test]
fn oi_1xx_other_kinds_of_tokens() {
    let cases = [
        (json!({"typ": "at+jwt"}), "jws_unexpected_type"),
        (json!({"typ": "application/at+jwt"}), "jws_unexpected_type"),
        (json!({"typ": "logout+jwt"}), "jws_unexpected_type"),
        (json!({"typ": "oauth-authz-req+jwt"}), "jws_unexpected_type"),
        (json!({"typ": ""}), "jws_unexpected_type"),
        (json!({"typ": 1}), "jws_unexpected_type"),
        (json!({"typ": "jwt"}), "ok"),
        (json!({"typ": null}), "ok"),
    ];
    for (change, code) in cases {
        let found = outcome(check(&token_with_header(&RSA, change.clone())));
        assert_eq!(found, code, "{change}");
    }
}
