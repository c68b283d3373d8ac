//! OI-1xx, OI-150 and OI-157: one claim changed, everything else right.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::*;
use crate::fixture::*;

#[test]
fn oi_1xx_claims() {
    let other = "https://idp.example/realms/other";
    let long_subject = "s".repeat(256);
    let cases: Vec<(&str, Value, &str)> = vec![
        ("iss other", json!({"iss": other}), "id_token_wrong_issuer"),
        (
            "iss with slash",
            json!({"iss": format!("{ISSUER}/")}),
            "id_token_wrong_issuer",
        ),
        (
            "iss case",
            json!({"iss": ISSUER.to_ascii_uppercase()}),
            "id_token_wrong_issuer",
        ),
        (
            "iss missing",
            json!({"iss": null}),
            "id_token_missing_claim",
        ),
        ("iss list", json!({"iss": [ISSUER]}), "id_token_wrong_type"),
        (
            "aud other",
            json!({"aud": "someone"}),
            "id_token_wrong_audience",
        ),
        (
            "aud list without us",
            json!({"aud": ["a", "b"]}),
            "id_token_wrong_audience",
        ),
        (
            "aud list with others",
            json!({"aud": [CLIENT, "b"], "azp": CLIENT}),
            "id_token_untrusted_audience",
        ),
        (
            "aud empty text",
            json!({"aud": ""}),
            "id_token_wrong_audience",
        ),
        (
            "aud empty list",
            json!({"aud": []}),
            "id_token_wrong_audience",
        ),
        (
            "aud prefix",
            json!({"aud": "vestibule2"}),
            "id_token_wrong_audience",
        ),
        (
            "aud missing",
            json!({"aud": null}),
            "id_token_missing_claim",
        ),
        (
            "aud number in list",
            json!({"aud": [CLIENT, 1]}),
            "id_token_wrong_type",
        ),
        (
            "aud object",
            json!({"aud": {CLIENT: 1}}),
            "id_token_wrong_type",
        ),
        ("aud list of us", json!({"aud": [CLIENT]}), "ok"),
        ("azp us", json!({"azp": CLIENT}), "ok"),
        (
            "azp other",
            json!({"azp": "someone"}),
            "id_token_wrong_authorized_party",
        ),
        (
            "azp empty",
            json!({"azp": ""}),
            "id_token_wrong_authorized_party",
        ),
        ("azp list", json!({"azp": [CLIENT]}), "id_token_wrong_type"),
        ("exp past", json!({"exp": NOW - 61}), "id_token_expired"),
        (
            "exp at the edge",
            json!({"exp": NOW - 60}),
            "id_token_expired",
        ),
        ("exp within the skew", json!({"exp": NOW - 59}), "ok"),
        (
            "exp as text",
            json!({"exp": (NOW + 300).to_string()}),
            "id_token_wrong_type",
        ),
        (
            "exp as float",
            json!({"exp": 1.8e9 + 300.5}),
            "id_token_wrong_type",
        ),
        ("exp negative", json!({"exp": -1}), "id_token_wrong_type"),
        (
            "exp beyond time",
            json!({"exp": i64::MAX}),
            "id_token_wrong_type",
        ),
        (
            "exp beyond i64",
            json!({"exp": u64::MAX}),
            "id_token_wrong_type",
        ),
        (
            "exp list",
            json!({"exp": [NOW + 300]}),
            "id_token_wrong_type",
        ),
        ("exp flag", json!({"exp": true}), "id_token_wrong_type"),
        (
            "exp missing",
            json!({"exp": null}),
            "id_token_missing_claim",
        ),
        ("nbf past", json!({"nbf": NOW - 10}), "ok"),
        ("nbf within the skew", json!({"nbf": NOW + 60}), "ok"),
        (
            "nbf future",
            json!({"nbf": NOW + 61}),
            "id_token_not_yet_valid",
        ),
        ("nbf as text", json!({"nbf": "0"}), "id_token_wrong_type"),
        ("nbf as float", json!({"nbf": 0.5}), "id_token_wrong_type"),
        ("nbf negative", json!({"nbf": -1}), "id_token_wrong_type"),
        ("iat within the skew", json!({"iat": NOW + 60}), "ok"),
        (
            "iat future",
            json!({"iat": NOW + 61}),
            "id_token_issued_in_future",
        ),
        ("iat at the edge", json!({"iat": NOW - 660}), "ok"),
        (
            "iat past",
            json!({"iat": NOW - 661}),
            "id_token_issued_too_long_ago",
        ),
        (
            "iat as text",
            json!({"iat": NOW.to_string()}),
            "id_token_wrong_type",
        ),
        ("iat as float", json!({"iat": 1.8e9}), "id_token_wrong_type"),
        ("iat negative", json!({"iat": -NOW}), "id_token_wrong_type"),
        (
            "iat missing",
            json!({"iat": null}),
            "id_token_missing_claim",
        ),
        (
            "sub missing",
            json!({"sub": null}),
            "id_token_missing_claim",
        ),
        ("sub empty", json!({"sub": ""}), "id_token_bad_subject"),
        ("sub number", json!({"sub": 248}), "id_token_wrong_type"),
        (
            "sub of 255",
            json!({"sub": long_subject.get(1..).unwrap()}),
            "ok",
        ),
        (
            "sub of 256",
            json!({"sub": long_subject}),
            "id_token_bad_subject",
        ),
        (
            "sub with NUL",
            json!({"sub": "a\0b"}),
            "id_token_bad_subject",
        ),
        (
            "sub with newline",
            json!({"sub": "a\nb"}),
            "id_token_bad_subject",
        ),
        (
            "auth_time future",
            json!({"auth_time": NOW + 61}),
            "id_token_auth_time_in_future",
        ),
        (
            "auth_time as text",
            json!({"auth_time": "0"}),
            "id_token_wrong_type",
        ),
        ("auth_time missing", json!({"auth_time": null}), "ok"),
        ("acr number", json!({"acr": 2}), "id_token_wrong_type"),
        ("amr single text", json!({"amr": "pwd"}), "ok"),
        ("amr number", json!({"amr": 1}), "id_token_wrong_type"),
        (
            "amr list of numbers",
            json!({"amr": [1]}),
            "id_token_wrong_type",
        ),
    ];
    for (name, change, code) in cases {
        assert_eq!(judged(&change, &expectation()), code, "{name}");
    }
}

#[test]
fn oi_1xx_trusted_audiences_need_an_authorized_party() {
    let expected = Expectation {
        trusted_audiences: &["jira"],
        ..expectation()
    };
    let cases = [
        (json!({"aud": [CLIENT, "jira"], "azp": CLIENT}), "ok"),
        (json!({"aud": [CLIENT, "jira"]}), "id_token_missing_claim"),
        (
            json!({"aud": [CLIENT, "jira"], "azp": "jira"}),
            "id_token_wrong_authorized_party",
        ),
        (
            json!({"aud": ["jira"], "azp": CLIENT}),
            "id_token_wrong_audience",
        ),
        (
            json!({"aud": [CLIENT, "jira", "wiki"], "azp": CLIENT}),
            "id_token_untrusted_audience",
        ),
    ];
    for (change, code) in cases {
        assert_eq!(judged(&change, &expected), code, "{change}");
    }
}

#[test]
fn oi_1xx_skew_is_capped_at_two_minutes() {
    let expected = Expectation {
        skew: Duration::from_secs(86_400),
        ..expectation()
    };
    for (exp, code) in [(NOW - 119, "ok"), (NOW - 120, "id_token_expired")] {
        assert_eq!(judged(&json!({"exp": exp}), &expected), code);
    }
}

#[test]
fn oi_1xx_auth_time_against_max_age() {
    let cases = [
        (Some(60), json!({"auth_time": NOW - 120}), "ok"),
        (
            Some(60),
            json!({"auth_time": NOW - 121}),
            "id_token_authentication_too_old",
        ),
        (
            Some(0),
            json!({"auth_time": NOW - 61}),
            "id_token_authentication_too_old",
        ),
        (
            Some(60),
            json!({"auth_time": null}),
            "id_token_missing_claim",
        ),
        (
            Some(60),
            json!({"auth_time": "1800000000"}),
            "id_token_wrong_type",
        ),
        (
            Some(u64::MAX),
            json!({"auth_time": 0}),
            "id_token_authentication_too_old",
        ),
        (None, json!({"auth_time": 0}), "ok"),
    ];
    for (max_age, change, code) in cases {
        let max_age = max_age.map(Duration::from_secs);
        let expected = Expectation {
            max_age,
            ..expectation()
        };
        assert_eq!(judged(&change, &expected), code, "{max_age:?} {change}");
    }
}

#[test]
fn oi_1xx_essential_acr() {
    let expected = Expectation {
        essential_acr: &["gold", "2"],
        ..expectation()
    };
    let cases = [
        (json!({"acr": "gold"}), "ok"),
        (json!({"acr": "2"}), "ok"),
        (json!({"acr": "0"}), "id_token_acr_not_met"),
        (json!({"acr": "GOLD"}), "id_token_acr_not_met"),
        (json!({"acr": "gold 2"}), "id_token_acr_not_met"),
        (json!({"acr": null}), "id_token_acr_not_met"),
        (json!({"acr": ["gold"]}), "id_token_wrong_type"),
    ];
    for (change, code) in cases {
        assert_eq!(judged(&change, &expected), code, "{change}");
    }
}

#[test]
fn oi_150_hashes() {
    let at_hash = Algorithm::Rs256.half_hash(ACCESS_TOKEN);
    let c_hash = Algorithm::Rs256.half_hash(CODE);
    let cases = [
        (false, json!({"at_hash": at_hash, "c_hash": c_hash}), "ok"),
        (true, json!({"at_hash": at_hash, "c_hash": c_hash}), "ok"),
        (false, json!({}), "ok"),
        (true, json!({}), "id_token_missing_claim"),
        (true, json!({"at_hash": at_hash}), "id_token_missing_claim"),
        (true, json!({"c_hash": c_hash}), "id_token_missing_claim"),
        (false, json!({"at_hash": c_hash}), "id_token_wrong_hash"),
        (false, json!({"c_hash": at_hash}), "id_token_wrong_hash"),
        (false, json!({"at_hash": ""}), "id_token_wrong_hash"),
        (
            false,
            json!({"at_hash": at_hash.get(1..)}),
            "id_token_wrong_hash",
        ),
        (
            false,
            json!({"at_hash": Algorithm::Rs512.half_hash(ACCESS_TOKEN)}),
            "id_token_wrong_hash",
        ),
        (false, json!({"at_hash": 1}), "id_token_wrong_type"),
    ];
    for (require_hashes, change, code) in cases {
        let expected = Expectation {
            require_hashes,
            ..expectation()
        };
        assert_eq!(
            judged(&change, &expected),
            code,
            "{require_hashes} {change}"
        );
    }
}

#[test]
fn oi_157_token_of_another_login() {
    let cases = [
        (json!({"nonce": "of-the-attacker"}), "id_token_wrong_nonce"),
        (
            json!({"nonce": NONCE.to_ascii_lowercase()}),
            "id_token_wrong_nonce",
        ),
        (json!({"nonce": ""}), "id_token_wrong_nonce"),
        (json!({"nonce": null}), "id_token_missing_claim"),
        (json!({"nonce": [NONCE]}), "id_token_wrong_type"),
    ];
    for (change, code) in cases {
        assert_eq!(judged(&change, &expectation()), code, "{change}");
    }
    // A login that lost its nonce accepts nothing, not even a token without one.
    let expected = Expectation {
        nonce: Some(""),
        ..expectation()
    };
    assert_eq!(
        judged(&json!({"nonce": ""}), &expected),
        "id_token_wrong_nonce"
    );
}

/// Nothing is compared that is not known, and what is known is; every other check stands.
#[test]
fn oi_157_a_diagnosis_compares_what_it_is_told() {
    let of_no_login = || Expectation::danger_of_no_login(ISSUER, CLIENT, now());
    let hash = Algorithm::Rs256.half_hash(ACCESS_TOKEN);
    let any = json!({"nonce": "another", "at_hash": "another", "c_hash": "another"});
    let cases = [
        (any.clone(), of_no_login(), "ok"),
        (json!({"nonce": null}), of_no_login(), "ok"),
        (json!({"nonce": 1}), of_no_login(), "id_token_wrong_type"),
        (json!({"at_hash": 1}), of_no_login(), "id_token_wrong_type"),
        (json!({"exp": NOW - 600}), of_no_login(), "id_token_expired"),
        (
            any.clone(),
            of_no_login().with(Some(NONCE), None, None),
            "id_token_wrong_nonce",
        ),
        (
            any,
            of_no_login().with(None, Some(ACCESS_TOKEN), None),
            "id_token_wrong_hash",
        ),
        (
            json!({"at_hash": hash}),
            of_no_login().with(Some(NONCE), Some(ACCESS_TOKEN), Some(CODE)),
            "ok",
        ),
        (
            json!({"nonce": ""}),
            of_no_login().with(Some(""), None, None),
            "id_token_wrong_nonce",
        ),
    ];
    for (change, expected, code) in cases {
        assert_eq!(judged(&change, &expected), code, "{change}");
    }
}

#[test]
fn oi_1xx_a_logout_token_is_no_id_token() {
    let event = "http://schemas.openid.net/event/backchannel-logout";
    for (change, code) in [
        (json!({"events": {event: {}}}), "id_token_is_logout_token"),
        (
            json!({"events": {event: {}}, "nonce": null}),
            "id_token_is_logout_token",
        ),
        (json!({"events": {"urn:other": {}}}), "ok"),
        (json!({"events": "text"}), "ok"),
    ] {
        assert_eq!(judged(&change, &expectation()), code, "{change}");
    }
}

/// What becomes of a token in which this is changed.
fn judged(change: &Value, expected: &Expectation<'_>) -> &'static str {
    let token = RSA.sign(&claims_with(change.clone())).unwrap();
    outcome(verify(&token, expected, &jwks()))
}
