//! What is sent is what the other side of this crate, and another library, accept.

use jsonwebtoken::{DecodingKey, Validation, jwk::Jwk};

use super::*;
use crate::{
    fixture::{CLIENT, ED25519, ISSUER, NOW, P256, RSA, SUBJECT, at, jwks, now},
    logout_token::{Expectation, from_request, verify},
};

fn targets() -> [LogoutTarget; 3] {
    let (subject, session) = (SUBJECT.to_owned(), "s-1".to_owned());
    [
        LogoutTarget::Person {
            subject: subject.clone(),
        },
        LogoutTarget::PersonsSession {
            subject,
            session: session.clone(),
        },
        LogoutTarget::Session { session },
    ]
}

fn mint(key: &SigningKey, target: &LogoutTarget) -> LogoutToken {
    let claims = LogoutTokenClaims {
        issuer: ISSUER,
        client_id: CLIENT,
        target,
        id: "j-1",
        issued_at: now(),
    };
    claims.mint(key).unwrap()
}

#[test]
fn the_relying_party_accepts_what_is_minted() {
    for key in [&*RSA, &*P256, &*ED25519] {
        for target in targets() {
            let token = mint(key, &target);
            let sent = from_request(token.request_body().as_bytes()).unwrap();
            assert_eq!(sent, token.as_str());
            let algorithms = [key.algorithm()];
            let expected = Expectation {
                algorithms: &algorithms,
                ..Expectation::new(ISSUER, CLIENT, at(NOW + 119))
            };
            let read = verify(&sent, &expected, &jwks()).unwrap();
            assert_eq!((read.target(), read.id()), (&target, "j-1"));
            assert_eq!(read.issued_at(), now());
        }
    }
}

#[test]
fn another_verifier_accepts_what_is_minted() {
    for key in [&*RSA, &*P256, &*ED25519] {
        let [_, target, _] = targets();
        let token = mint(key, &target);
        let jwk: Jwk = serde_json::from_value(key.jwk()).unwrap();
        let mut rules = Validation::new(key.algorithm().library());
        rules.set_audience(&[CLIENT]);
        rules.set_issuer(&[ISSUER]);
        // The library reads the clock of the machine; the token is of another day.
        rules.validate_exp = false;
        let verifier = DecodingKey::from_jwk(&jwk).unwrap();
        let read =
            jsonwebtoken::decode::<Map<String, Value>>(token.as_str(), &verifier, &rules).unwrap();
        assert_eq!(read.header.typ.as_deref(), Some("logout+jwt"));
        let expected = json!({
            "iss": ISSUER, "aud": CLIENT, "iat": NOW, "exp": NOW + 120, "jti": "j-1", "sub": SUBJECT, "sid": "s-1",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        assert_eq!(Value::Object(read.claims), expected);
    }
}

#[test]
fn answers_say_whether_to_try_again() {
    for (status, delivery) in [
        (200, Delivery::Done),
        (204, Delivery::Done),
        (302, Delivery::TryAgain),
        (400, Delivery::Refused),
        (404, Delivery::Refused),
        (408, Delivery::TryAgain),
        (429, Delivery::TryAgain),
        (500, Delivery::TryAgain),
        (504, Delivery::TryAgain),
    ] {
        assert_eq!(Delivery::of_status(status), delivery, "{status}");
    }
}
