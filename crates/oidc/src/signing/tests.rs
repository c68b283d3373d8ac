//! Minting, checked with the library's own verifier.

use aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::{DecodingKey, EncodingKey, Validation, jwk::Jwk};
use serde_json::json;

use super::*;
use crate::{fixture::*, jwks::Jwks, jws};

#[test]
fn another_verifier_accepts_what_is_signed() {
    for key in [&*RSA, &*P256, &*ED25519] {
        let token = key.sign(&claims()).unwrap();
        let jwk: Jwk = serde_json::from_value(key.jwk()).unwrap();
        let mut rules = Validation::new(key.algorithm().library());
        rules.validate_exp = false;
        rules.set_audience(&[CLIENT]);
        rules.set_issuer(&[ISSUER]);
        let verifier = DecodingKey::from_jwk(&jwk).unwrap();
        let read = jsonwebtoken::decode::<Map<String, Value>>(&token, &verifier, &rules).unwrap();
        assert_eq!(read.claims, claims());
        assert_eq!(read.header.kid.as_deref(), Some(key.kid()));
        assert_eq!(read.header.typ.as_deref(), Some("JWT"));
        let thumbprint = jwk
            .thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256)
            .unwrap();
        assert_eq!(thumbprint, key.kid());
    }
}

/// The public key of a PKCS#8 file, as another library computes it.
fn published_elsewhere(der: &[u8], algorithm: Algorithm) -> Jwk {
    let body = BASE64_STANDARD.encode(der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let key = match algorithm {
        Algorithm::Rs256 => EncodingKey::from_rsa_pem(pem.as_bytes()),
        Algorithm::Es256 => EncodingKey::from_ec_pem(pem.as_bytes()),
        _ => EncodingKey::from_ed_pem(pem.as_bytes()),
    };
    Jwk::from_encoding_key(&key.unwrap(), algorithm.library()).unwrap()
}

#[test]
fn every_kind_of_key_is_made_read_and_published_as_another_library_does() {
    for (kind, algorithm, modulus_bits) in [
        (KeyKind::Ed25519, Algorithm::EdDsa, None),
        (KeyKind::P256, Algorithm::Es256, None),
        (KeyKind::Rsa2048, Algorithm::Rs256, Some(2048)),
        (KeyKind::Rsa3072, Algorithm::Rs256, Some(3072)),
        (KeyKind::Rsa4096, Algorithm::Rs256, Some(4096)),
    ] {
        let der = SigningKey::generate_pkcs8(kind).unwrap();
        let key = SigningKey::from_pkcs8(&der).unwrap();
        assert_eq!(key.algorithm(), algorithm, "{kind:?}");
        let elsewhere = serde_json::to_value(published_elsewhere(&der, algorithm)).unwrap();
        let jwk = key.jwk();
        for member in ["crv", "e", "kty", "n", "x", "y"] {
            assert_eq!(jwk.get(member), elsewhere.get(member), "{kind:?} {member}");
        }
        let modulus = jwk["n"]
            .as_str()
            .map(|n| BASE64_URL_SAFE_NO_PAD.decode(n).unwrap());
        assert_eq!(modulus.map(|n| n.len() * 8), modulus_bits, "{kind:?}");
        // It signs, and the reader of key sets takes it.
        let token = key.sign(&claims()).unwrap();
        let keys = Jwks::parse(jwk_set([&key]).to_string().as_bytes()).unwrap();
        assert!(jws::verify(&token, &[algorithm], &keys).is_ok(), "{kind:?}");
    }
}

#[test]
fn oo_17_the_id_of_a_key_follows_from_the_key_alone() {
    // RFC 7638 section 3.1 and RFC 8037 appendix A.3.
    let rsa = json!({
        "kty": "RSA", "e": "AQAB",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    });
    let ed = json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    for (public, expected) in [
        (rsa, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (ed, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ] {
        assert_eq!(thumbprint(&object(public)), expected);
    }
    let again = SigningKey::from_pkcs8(&RSA_PKCS8).unwrap();
    assert_eq!(again.kid(), RSA.kid());
    let elsewhere = published_elsewhere(&RSA_PKCS8, Algorithm::Rs256);
    let hash = jsonwebtoken::jwk::ThumbprintHash::SHA256;
    assert_eq!(elsewhere.thumbprint(hash).unwrap(), RSA.kid());
}

#[test]
fn oo_17_a_published_key_has_no_private_member() {
    for key in [&*RSA, &*P256, &*ED25519] {
        let jwk = key.jwk();
        let names: Vec<_> = jwk
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let expected: &[&str] = match key.algorithm() {
            Algorithm::Rs256 => &["alg", "e", "kid", "kty", "n", "use"],
            Algorithm::Es256 => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            _ => &["alg", "crv", "kid", "kty", "use", "x"],
        };
        assert_eq!(names, expected);
        assert_eq!(
            (&jwk["kid"], &jwk["use"]),
            (&json!(key.kid()), &json!("sig"))
        );
        assert!(!format!("{key:?}").contains("private"));
    }
}

#[test]
fn oo_17_a_set_has_each_key_once_and_says_what_it_signs_with() {
    let again = SigningKey::from_pkcs8(&RSA_PKCS8).unwrap();
    let set = jwk_set([&*RSA, &*P256, &again, &*ED25519]);
    assert_eq!(set, json!({"keys": [RSA.jwk(), P256.jwk(), ED25519.jwk()]}));
    for key in [&*RSA, &*P256, &*ED25519] {
        let algorithm = key.algorithm();
        assert!(ALGORITHMS.contains(&algorithm) && key.jwk()["alg"] == algorithm.name());
    }
}

#[test]
fn only_keys_that_sign_well_are_taken() {
    // A key of a later edition of PKCS#8, which carries its public half.
    let pair = Ed25519KeyPair::generate().unwrap();
    for der in [pair.to_pkcs8().unwrap(), pair.to_pkcs8v1().unwrap()] {
        assert!(SigningKey::from_pkcs8(der.as_ref()).is_ok());
    }
    let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let p384 = p384.to_pkcs8v1().unwrap();
    let (cut, _) = RSA_PKCS8.split_at(100);
    let pem = b"-----BEGIN PRIVATE KEY-----";
    for bytes in [&[][..], pem, cut, p384.as_ref()] {
        let fault = SigningKey::from_pkcs8(bytes).unwrap_err();
        assert_eq!(fault.code(), "signing_unusable_key");
    }
    assert!(SigningKey::from_pkcs8(&RSA_PKCS8).is_ok());
}
