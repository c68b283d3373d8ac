//! What a provider mints, the relying party of this crate and another library accept.

use jsonwebtoken::{DecodingKey, Validation, jwk::Jwk};
use openidconnect::{
    AccessToken, AccessTokenHash, ClientId, IssuerUrl, Nonce,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm},
};

use super::*;
use crate::{
    fixture::{
        ACCESS_TOKEN, CLIENT, CODE, ED25519, EVERY_ALGORITHM, ISSUER, NONCE, NOW, P256, RSA,
        SUBJECT, at, expectation, jwks, now, object,
    },
    id_token::{self, Expectation},
    signing,
};

const WITH: HandedOut<'_> = HandedOut {
    access_token: Some(ACCESS_TOKEN),
    code: Some(CODE),
};

fn claims() -> IdTokenClaims<'static> {
    IdTokenClaims {
        issuer: ISSUER,
        subject: SUBJECT,
        client_id: CLIENT,
        other_audiences: &[],
        issued_at: now(),
        expires_at: at(NOW + 300),
        auth_time: at(NOW - 10),
        nonce: Some(NONCE),
        acr: Some("gold"),
        amr: &["pwd", "otp"],
        session: Some("s-1"),
        extra: object(json!({"groups": ["staff"], "sub": "mallory", "iss": "x", "acr": "y"})),
    }
}

/// The claims of a token as another library reads them.
fn read_elsewhere(key: &SigningKey, token: &str) -> Map<String, Value> {
    let jwk: Jwk = serde_json::from_value(key.jwk()).unwrap();
    let mut rules = Validation::new(key.algorithm().library());
    // The library reads the clock of the machine; the token is of another day.
    rules.validate_exp = false;
    rules.set_audience(&[CLIENT]);
    rules.set_issuer(&[ISSUER]);
    let verifier = DecodingKey::from_jwk(&jwk).unwrap();
    jsonwebtoken::decode::<Map<String, Value>>(token, &verifier, &rules)
        .unwrap()
        .claims
}

#[test]
fn the_relying_party_accepts_what_is_minted() {
    for key in [&*RSA, &*P256, &*ED25519] {
        let token = claims().mint(key, WITH).unwrap();
        let expected = Expectation {
            algorithms: EVERY_ALGORITHM,
            require_hashes: true,
            essential_acr: &["gold"],
            max_age: Some(std::time::Duration::from_secs(60)),
            ..expectation()
        };
        let read = id_token::verify(&token, &expected, &jwks()).unwrap();
        assert_eq!((read.subject(), read.acr()), (SUBJECT, Some("gold")));
        assert_eq!(read.amr(), ["pwd", "otp"]);
        assert_eq!(read.claims().value("groups"), Some(&json!(["staff"])));
        assert_eq!(read.claims().text("sid"), Some("s-1"));
    }
}

#[test]
fn another_verifier_reads_exactly_what_was_said() {
    for key in [&*RSA, &*P256, &*ED25519] {
        let token = claims().mint(key, WITH).unwrap();
        let hash = |value| key.algorithm().half_hash(value);
        let expected = json!({
            "iss": ISSUER, "sub": SUBJECT, "aud": CLIENT, "iat": NOW, "exp": NOW + 300, "auth_time": NOW - 10,
            "nonce": NONCE, "acr": "gold", "amr": ["pwd", "otp"], "sid": "s-1", "groups": ["staff"],
            "at_hash": hash(ACCESS_TOKEN), "c_hash": hash(CODE),
        });
        assert_eq!(Value::Object(read_elsewhere(key, &token)), expected);
    }
}

/// A library whose cryptography is not ours.
#[test]
fn a_relying_party_of_another_make_accepts_what_is_minted() {
    let keys = signing::jwk_set([&*RSA, &*P256, &*ED25519]);
    let keys: CoreJsonWebKeySet = serde_json::from_value(keys).unwrap();
    let client_id = || ClientId::new(CLIENT.to_owned());
    let issuer = || IssuerUrl::new(ISSUER.to_owned()).unwrap();
    for (key, algorithm) in [
        (&*RSA, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
        (&*P256, CoreJwsSigningAlgorithm::EcdsaP256Sha256),
        (&*ED25519, CoreJwsSigningAlgorithm::EdDsa),
    ] {
        let token: CoreIdToken = claims().mint(key, WITH).unwrap().parse().unwrap();
        let verifier = CoreIdTokenVerifier::new_public_client(client_id(), issuer(), keys.clone())
            .set_allowed_algs([algorithm.clone()])
            .set_time_fn(now);
        let nonce = Nonce::new(NONCE.to_owned());
        let read = token.claims(&verifier, &nonce).unwrap();
        assert_eq!(read.subject().as_str(), SUBJECT);
        assert_eq!(read.auth_time(), Some(at(NOW - 10)));
        let hash = AccessTokenHash::from_token(
            &AccessToken::new(ACCESS_TOKEN.to_owned()),
            &algorithm,
            token.signing_key(&verifier).unwrap(),
        );
        assert_eq!(read.access_token_hash(), Some(&hash.unwrap()));
        let other = Nonce::new("other".to_owned());
        assert!(token.claims(&verifier, &other).is_err());
    }
}

#[test]
fn several_audiences_make_the_client_the_authorized_party() {
    let shared = IdTokenClaims {
        other_audiences: &["api"],
        ..claims()
    };
    let token = shared.mint(&RSA, WITH).unwrap();
    let read = read_elsewhere(&RSA, &token);
    assert_eq!(read["aud"], json!([CLIENT, "api"]));
    assert_eq!(read["azp"], CLIENT);
    let expected = Expectation {
        trusted_audiences: &["api"],
        ..expectation()
    };
    assert!(id_token::verify(&token, &expected, &jwks()).is_ok());
}

#[test]
fn claims_about_a_person_never_speak_for_the_protocol() {
    let all = PROTOCOL_CLAIMS
        .iter()
        .map(|name| ((*name).to_owned(), json!("mallory")));
    let mut extra: Map<_, _> = all.collect();
    extra.insert("name".to_owned(), json!("Alice"));
    let bare = IdTokenClaims {
        nonce: None,
        acr: None,
        amr: &[],
        session: None,
        extra,
        ..claims()
    };
    let nothing = HandedOut {
        access_token: None,
        code: None,
    };
    let token = bare.mint(&RSA, nothing).unwrap();
    let expected = json!({
        "iss": ISSUER, "sub": SUBJECT, "aud": CLIENT, "iat": NOW, "exp": NOW + 300, "auth_time": NOW - 10,
        "name": "Alice",
    });
    assert_eq!(Value::Object(read_elsewhere(&RSA, &token)), expected);
    let rejection = id_token::verify(&token, &expectation(), &jwks()).unwrap_err();
    assert_eq!(
        rejection,
        id_token::IdTokenRejection::Missing { claim: "nonce" }
    );
}
