//! OI-158: whose answer it is, and what may be joined.

use serde_json::json;

use super::*;
use crate::{
    claims::Lookup,
    fixture::{RSA, SUBJECT, claims, object, verified},
};

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

#[test]
fn oi_158_verification_stays_with_its_source() {
    let (own, other) = ("alice@acme.example", "victim@acme.example");
    // (ID token, userinfo, address after joining, verified)
    let cases = [
        (
            json!({"email": own, "email_verified": true}),
            json!({}),
            Some(own),
            true,
        ),
        (
            json!({}),
            json!({"email": own, "email_verified": true}),
            Some(own),
            true,
        ),
        (
            json!({"email_verified": true}),
            json!({"email": other}),
            Some(other),
            false,
        ),
        (
            json!({"email": other}),
            json!({"email_verified": true}),
            Some(other),
            false,
        ),
        (
            json!({"email": own, "email_verified": true}),
            json!({"email": other, "email_verified": false}),
            Some(own),
            true,
        ),
        (
            json!({"email": own, "email_verified": false}),
            json!({"email": other, "email_verified": true}),
            Some(own),
            false,
        ),
        (
            json!({"email_verified": true}),
            json!({"email": other, "email_verified": false}),
            Some(other),
            false,
        ),
        (
            json!({"email": null}),
            json!({"email": other, "email_verified": true}),
            None,
            false,
        ),
        (
            json!({"xms_edov": true}),
            json!({"email": other}),
            Some(other),
            false,
        ),
    ];
    for (id_token, info, email, is_verified) in cases {
        let mut info = object(info);
        info.insert("sub".to_owned(), SUBJECT.into());
        let info = parse(json!(info).to_string().as_bytes(), &verified(json!({})));
        let joined = Claims::new(object(id_token.clone())).with_userinfo(&info.unwrap());
        assert_eq!(joined.text("email"), email, "{id_token}");
        assert_eq!(joined.verified_email().is_some(), is_verified, "{id_token}");
        assert!(joined.value("xms_edov").is_none(), "{id_token}");
    }
}

#[test]
fn userinfo_adds_what_the_token_did_not_say() {
    let info = json!({"sub": SUBJECT, "groups": ["staff"], "acr": "9", "name": "Alice"});
    let info = parse(info.to_string().as_bytes(), &verified(json!({}))).unwrap();
    let joined = verified(json!({})).claims().clone().with_userinfo(&info);
    assert_eq!(
        joined.lookup("groups"),
        Lookup::Values(vec!["staff".to_owned()])
    );
    assert_eq!(joined.text("name"), Some("Alice"));
    assert_eq!(
        joined.text("acr"),
        Some("1"),
        "the ID token is right where both speak"
    );
}
