//! OI-158: whose answer it is.

use serde_json::json;

use super::*;
use crate::fixture::{RSA, SUBJECT, claims, verified};

#[test]
fn oi_158_subject_and_form() {
    let token = RSA.sign(&claims()).unwrap();
    let cases = [
        (
            json!({"sub": SUBJECT, "email": "a@b.example"}).to_string(),
            "ok",
        ),
        (
            json!({"sub": "someone"}).to_string(),
            "userinfo_subject_mismatch",
        ),
        (
            json!({"sub": format!("{SUBJECT} ")}).to_string(),
            "userinfo_subject_mismatch",
        ),
        (
            json!({"sub": 248_289_761_001_u64}).to_string(),
            "userinfo_subject_mismatch",
        ),
        (
            json!({"sub": [SUBJECT]}).to_string(),
            "userinfo_subject_mismatch",
        ),
        (
            json!({"email": "a@b.example"}).to_string(),
            "userinfo_subject_mismatch",
        ),
        ("{}".to_owned(), "userinfo_subject_mismatch"),
        (
            format!(r#"{{"sub":"x","sub":"{SUBJECT}"}}"#),
            "userinfo_malformed",
        ),
        ("[]".to_owned(), "userinfo_malformed"),
        ("<html>".to_owned(), "userinfo_malformed"),
        (String::new(), "userinfo_malformed"),
        (token, "userinfo_not_plain_json"),
        (" ".repeat(MAX_USERINFO_BYTES + 1), "userinfo_too_large"),
    ];
    for (body, code) in cases {
        let found = parse(body.as_bytes(), &verified(json!({})));
        let found = found.map_or_else(|rejection| rejection.code(), |_| "ok");
        assert_eq!(found, code, "{}", body.get(..60).unwrap_or(&body));
    }
}
