//! Minting, checked with the library's own verifier.

use jsonwebtoken::{DecodingKey, Validation, jwk::Jwk};
use serde_json::json;

use super::*;
use crate::fixture::*;

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
        assert!(!format!("{key:?}").contains("private"));
    }
    let set = jwk_set([&*RSA, &*P256]);
    assert_eq!(set, json!({"keys": [RSA.jwk(), P256.jwk()]}));
}

#[test]
fn only_keys_that_sign_well_are_taken() {
    let small = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der>::as_der(&small).unwrap();
    assert!(SigningKey::from_pkcs8(der.as_ref()).is_ok());
    let (cut, _) = der.as_ref().split_at(100);
    for bytes in [&[][..], b"-----BEGIN PRIVATE KEY-----", cut] {
        let fault = SigningKey::from_pkcs8(bytes).unwrap_err();
        assert_eq!(fault.code(), "signing_unusable_key");
    }
}
