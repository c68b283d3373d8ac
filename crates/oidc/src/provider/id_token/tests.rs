//! What a provider mints, the relying party of this crate accepts.

use super::*;
use crate::{
    fixture::{
        ACCESS_TOKEN, CLIENT, CODE, ED25519, EVERY_ALGORITHM, ISSUER, NONCE, NOW, P256, RSA,
        SUBJECT, at, expectation, jwks, now, object,
    },
    id_token::{self, Expectation},
};

fn claims() -> IdTokenClaims<'static> {
    IdTokenClaims {
        issuer: ISSUER,
        subject: SUBJECT,
        client_id: CLIENT,
        issued_at: now(),
        expires_at: at(NOW + 300),
        auth_time: at(NOW - 10),
        nonce: Some(NONCE),
        acr: Some("gold"),
        amr: &["pwd", "otp"],
        extra: object(json!({"groups": ["staff"], "sub": "mallory", "iss": "x", "acr": "y"})),
    }
}

#[test]
fn the_relying_party_accepts_what_is_minted() {
    for key in [&*RSA, &*P256, &*ED25519] {
        let token = claims().mint(key, ACCESS_TOKEN, CODE).unwrap();
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
    }
}

#[test]
fn claims_about_a_person_do_not_fill_what_was_left_out() {
    let extra = object(json!({"nonce": NONCE, "acr": "gold", "amr": ["otp"]}));
    let bare = IdTokenClaims {
        nonce: None,
        acr: None,
        amr: &[],
        extra,
        ..claims()
    };
    let token = bare.mint(&RSA, ACCESS_TOKEN, CODE).unwrap();
    let rejection = id_token::verify(&token, &expectation(), &jwks()).unwrap_err();
    assert_eq!(
        rejection,
        id_token::IdTokenRejection::Missing { claim: "nonce" }
    );
}
