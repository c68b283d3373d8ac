//! The benign control OI-B1 and the words; the folder has the rest: one change per case.

mod claims;
mod form;
mod header;

use chrono::TimeDelta;
use serde_json::json;

use super::*;
use crate::fixture::*;

#[test]
fn oi_b1_a_correct_token_is_accepted() {
    let verified = check(&RSA.sign(&claims()).unwrap()).unwrap();
    assert_eq!((verified.issuer(), verified.subject()), (ISSUER, SUBJECT));
    assert_eq!(verified.issued_at(), at(NOW - 5));
    assert_eq!(verified.expires_at(), at(NOW + 300));
    assert_eq!(verified.auth_time(), Some(at(NOW - 30)));
    assert_eq!(
        (verified.acr(), verified.amr()),
        (Some("1"), &["pwd".to_owned()][..])
    );
    assert_eq!(verified.algorithm(), Algorithm::Rs256);
    assert_eq!(verified.claims().text("email"), Some("alice@acme.example"));
    assert!(!format!("{verified:?}").contains("alice"), "{verified:?}");
}

#[test]
fn oi_b1_other_algorithms_are_accepted_where_allowed() {
    for key in [&*P256, &*ED25519] {
        let token = key.sign(&claims()).unwrap();
        assert_eq!(outcome(check(&token)), "jws_algorithm_not_allowed");
        let allowed = [key.algorithm()];
        let expected = Expectation {
            algorithms: &allowed,
            ..expectation()
        };
        assert_eq!(outcome(verify(&token, &expected, &jwks())), "ok");
    }
}

#[test]
fn every_rejection_has_words_for_an_administrator() {
    // Nobody compares clocks by the nanosecond.
    let late = Expectation {
        now: at(NOW + 3600) + TimeDelta::nanoseconds(123_456_789),
        ..expectation()
    };
    let token = RSA.sign(&claims()).unwrap();
    let words = verify(&token, &late, &jwks()).unwrap_err().to_string();
    assert_eq!(
        words,
        "the ID token expired at 2027-01-15T08:05:00Z, it is 2027-01-15T09:00:00Z; compare the clocks"
    );
    let unknown = check(&token_with_header(&RSA, json!({"kid": "old\n"}))).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        r#"the provider publishes no signing key that fits the token (key id "old\n")"#
    );
}
