//! OI-2xx: one change per case, each next to the benign control.

use serde_json::{Map, json};

use super::*;
use crate::{
    fixture::{
        CLIENT, ED25519, EVERY_ALGORITHM, ISSUER, NONCE, NOW, P256, RSA, STRANGER, SUBJECT, at,
        encode, jwks, now, object,
    },
    id_token,
};

/// The claims of a good token, some of them replaced; `null` removes one.
fn claims(changes: Value) -> Map<String, Value> {
    let mut claims = object(json!({
        "iss": ISSUER, "aud": CLIENT, "iat": NOW - 1, "exp": NOW + 119, "jti": "j-1", "sub": SUBJECT, "sid": "s-1",
        "events": { EVENT: {} },
    }));
    for (name, value) in object(changes) {
        match value {
            Value::Null => drop(claims.remove(&name)),
            value => drop(claims.insert(name, value)),
        }
    }
    claims
}

fn token(changes: Value) -> String {
    RSA.sign_as(TYPE, &claims(changes)).unwrap()
}

fn expectation() -> Expectation<'static> {
    Expectation::new(ISSUER, CLIENT, now())
}

/// The reason code, or `ok`.
fn outcome(token: &str, expected: &Expectation<'_>) -> &'static str {
    verify(token, expected, &jwks()).map_or_else(|rejection| rejection.code(), |_| "ok")
}

#[test]
fn a_good_token_is_accepted_and_told_for_the_mark_against_replay() {
    let read = verify(&token(json!({})), &expectation(), &jwks()).unwrap();
    let target = LogoutTarget::PersonsSession {
        subject: SUBJECT.to_owned(),
        session: "s-1".to_owned(),
    };
    assert_eq!(read.target(), &target);
    assert_eq!((read.issuer(), read.id()), (ISSUER, "j-1"));
    assert_eq!(read.algorithm(), Algorithm::Rs256);
    assert_eq!(read.issued_at(), at(NOW - 1));
    // Once the mark may be forgotten, the token is refused, however long it says to live.
    let long = token(json!({"exp": NOW + 86_400}));
    let read = verify(&long, &expectation(), &jwks()).unwrap();
    let late = Expectation::new(ISSUER, CLIENT, read.remember_until());
    assert_eq!(outcome(&long, &late), "jwt_issued_too_long_ago");
}

#[test]
fn oi_2xx_claims() {
    let event = |value: Value| json!({"events": { EVENT: value }});
    let cases = [
        (json!({}), "ok"),
        (json!({"sid": null}), "ok"),
        (json!({"sub": null}), "ok"),
        (json!({"aud": [CLIENT]}), "ok"),
        (json!({"events": {EVENT: {}, "urn:other": {}}}), "ok"),
        (json!({"sub": null, "sid": null}), "logout_token_no_target"),
        (json!({"sub": ""}), "jwt_bad_subject"),
        (json!({"sub": 7}), "jwt_wrong_type"),
        (json!({"sub": "a".repeat(256)}), "jwt_bad_subject"),
        (json!({"sid": ""}), "logout_token_bad_id"),
        (json!({"sid": "s".repeat(513)}), "logout_token_bad_id"),
        (json!({"sid": "s\n"}), "logout_token_bad_id"),
        (json!({"sid": ["s-1"]}), "jwt_wrong_type"),
        (json!({"nonce": NONCE}), "logout_token_has_nonce"),
        (json!({"nonce": ""}), "logout_token_has_nonce"),
        (json!({"nonce": false}), "logout_token_has_nonce"),
        (json!({"events": null}), "logout_token_no_event"),
        (json!({"events": {}}), "logout_token_no_event"),
        (json!({"events": EVENT}), "logout_token_no_event"),
        (json!({"events": [EVENT]}), "logout_token_no_event"),
        (
            json!({"events": {"urn:other": {}}}),
            "logout_token_no_event",
        ),
        (
            json!({"events": {format!("{EVENT}/"): {}}}),
            "logout_token_no_event",
        ),
        (event(json!(true)), "logout_token_no_event"),
        (event(json!(null)), "logout_token_no_event"),
        (event(json!([])), "logout_token_no_event"),
        (json!({"iss": null}), "jwt_missing_claim"),
        (json!({"iss": "https://evil.example"}), "jwt_wrong_issuer"),
        (json!({"iss": format!("{ISSUER}/")}), "jwt_wrong_issuer"),
        (json!({"aud": null}), "jwt_missing_claim"),
        (json!({"aud": "other"}), "jwt_wrong_audience"),
        (json!({"aud": []}), "jwt_wrong_audience"),
        (json!({"aud": [CLIENT, "other"]}), "jwt_untrusted_audience"),
        (json!({"iat": null}), "jwt_missing_claim"),
        (json!({"iat": NOW + 61}), "jwt_issued_in_future"),
        (json!({"iat": NOW - 361}), "jwt_issued_too_long_ago"),
        (json!({"iat": (NOW - 1).to_string()}), "jwt_wrong_type"),
        (json!({"exp": null}), "jwt_missing_claim"),
        (json!({"exp": NOW - 60}), "jwt_expired"),
        (json!({"exp": "never"}), "jwt_wrong_type"),
        (json!({"exp": -1}), "jwt_wrong_type"),
        (json!({"nbf": NOW + 61}), "jwt_not_yet_valid"),
        (json!({"jti": null}), "jwt_missing_claim"),
        (json!({"jti": ""}), "logout_token_bad_id"),
        (json!({"jti": 1}), "jwt_wrong_type"),
    ];
    for (changes, code) in cases {
        assert_eq!(
            outcome(&token(changes.clone()), &expectation()),
            code,
            "{changes}"
        );
    }
}

#[test]
fn oi_2xx_unsigned_and_symmetric_tokens() {
    let payload = encode(json!(claims(json!({}))).to_string());
    for (alg, code) in [
        ("none", "jws_algorithm_none"),
        ("NoNe", "jws_algorithm_none"),
        ("HS256", "jws_algorithm_symmetric"),
        ("ES256", "jws_algorithm_not_allowed"),
    ] {
        let header = encode(json!({"alg": alg, "typ": TYPE}).to_string());
        for signature in ["", "AAAA"] {
            let forged = format!("{header}.{payload}.{signature}");
            assert_eq!(
                outcome(&forged, &expectation()),
                code,
                "{alg} {signature:?}"
            );
        }
    }
    let header = encode(json!({"alg": "RS256", "kid": RSA.kid(), "typ": TYPE}).to_string());
    let unsigned = format!("{header}.{payload}.");
    assert_eq!(outcome(&unsigned, &expectation()), "jws_signature_missing");
    assert_eq!(outcome(&token(json!({})), &expectation()), "ok");
}

#[test]
fn oi_2xx_other_keys_and_algorithms() {
    let good = claims(json!({}));
    let every = Expectation {
        algorithms: EVERY_ALGORITHM,
        ..expectation()
    };
    for (key, usual, with_every) in [
        (&*RSA, "ok", "ok"),
        (&*P256, "jws_algorithm_not_allowed", "ok"),
        (&*ED25519, "jws_algorithm_not_allowed", "ok"),
        (&*STRANGER, "jws_unknown_key", "jws_unknown_key"),
    ] {
        let token = key.sign_as(TYPE, &good).unwrap();
        assert_eq!(outcome(&token, &expectation()), usual, "{key:?}");
        assert_eq!(outcome(&token, &every), with_every, "{key:?}");
    }
    let stranger = STRANGER.sign_as(TYPE, &good).unwrap();
    let rejection = verify(&stranger, &expectation(), &jwks()).unwrap_err();
    assert!(rejection.is_unknown_key());
    let long = token(json!({"padding": "a".repeat(1024 * 1024)}));
    assert_eq!(outcome(&long, &expectation()), "jws_too_large");
}

#[test]
fn oi_2xx_tokens_of_another_kind() {
    let good = claims(json!({}));
    for (typ, code) in [
        (TYPE, "ok"),
        ("LOGOUT+JWT", "ok"),
        ("application/logout+jwt", "ok"),
        ("JWT", "ok"),
        ("at+jwt", "jws_unexpected_type"),
        ("secevent+jwt", "jws_unexpected_type"),
        ("client-authentication+jwt", "jws_unexpected_type"),
        ("", "jws_unexpected_type"),
    ] {
        let token = RSA.sign_as(typ, &good).unwrap();
        assert_eq!(outcome(&token, &expectation()), code, "{typ}");
    }
    // An ID token of the same provider for the same client.
    let id_token = RSA.sign(&crate::fixture::claims()).unwrap();
    assert_eq!(outcome(&id_token, &expectation()), "logout_token_no_event");
    // And the other way round, whatever it says of its kind.
    for typ in [TYPE, "JWT"] {
        let token = RSA.sign_as(typ, &good).unwrap();
        let as_id_token = id_token::Expectation::danger_of_no_login(ISSUER, CLIENT, now());
        let rejection = id_token::verify(&token, &as_id_token, &jwks()).unwrap_err();
        let expected = if typ == TYPE {
            "jws_unexpected_type"
        } else {
            "id_token_is_logout_token"
        };
        assert_eq!(rejection.code(), expected, "{typ}");
    }
}

#[test]
fn oi_2xx_a_provider_without_expiry_must_be_allowed() {
    let allowed = Expectation {
        danger_accept_no_expiry: true,
        ..expectation()
    };
    let endless = || json!({"exp": null});
    assert_eq!(
        outcome(&token(endless()), &expectation()),
        "jwt_missing_claim"
    );
    assert_eq!(outcome(&token(endless()), &allowed), "ok");
    let old = json!({"exp": null, "iat": NOW - 361});
    assert_eq!(outcome(&token(old), &allowed), "jwt_issued_too_long_ago");
    let over = json!({"exp": NOW - 60});
    assert_eq!(outcome(&token(over), &allowed), "jwt_expired");
}

#[test]
fn oi_2xx_requests_that_are_no_form_with_one_token() {
    assert_eq!(
        from_request(b"logout_token=a.b.c&x=1").as_deref(),
        Ok("a.b.c")
    );
    let long = format!("logout_token={}", "a".repeat(1024 * 1024));
    for body in [
        &b""[..],
        b"logout_token=",
        b"token=a.b.c",
        b"logout_token=a&logout_token=b",
        b"logout_token=%ff",
        b"\xff",
        b"{\"logout_token\":\"a.b.c\"}",
        long.as_bytes(),
    ] {
        let refused = from_request(body).unwrap_err();
        assert_eq!(refused.code(), "logout_token_malformed_request");
    }
}
