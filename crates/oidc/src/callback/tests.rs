//! OI-154 and OI-156: the wire part.

use super::*;
use crate::fixture::ISSUER;

const STATE: &str = "state-of-this-login";

/// `code:…`, `refused:…` or the reason code.
fn check(raw: &str, iss_required: bool) -> String {
    match Callback::parse(raw).and_then(|answer| answer.verify(STATE, ISSUER, iss_required)) {
        Ok(Outcome::Code(code)) => format!("code:{}", code.secret()),
        Ok(Outcome::Refused(refusal)) => format!("refused:{}", refusal.error),
        Err(rejection) => rejection.code().to_owned(),
    }
}

#[test]
fn oi_b1_a_correct_answer_yields_the_code() {
    let iss = "iss=https%3A%2F%2Fidp.example%2Frealms%2Facme";
    for (raw, iss_required) in [
        (format!("code=abc&state={STATE}"), false),
        (format!("code=abc&state={STATE}&{iss}"), true),
        (
            format!("state={STATE}&session_state=x&{iss}&code=abc&scope=openid+email"),
            true,
        ),
        (format!("code=abc&state={STATE}&error="), false),
    ] {
        assert_eq!(check(&raw, iss_required), "code:abc", "{raw}");
    }
    let answer = Callback::parse(&format!("code=abc&state={STATE}")).unwrap();
    assert_eq!(answer.state(), STATE);
    assert!(!format!("{answer:?}").contains("abc"));
}

#[test]
fn oi_154_issuer_of_the_answer() {
    let base = format!("code=abc&state={STATE}");
    let cases = [
        ("", false, "code:abc"),
        ("", true, "callback_issuer_missing"),
        ("&iss=", true, "callback_issuer_missing"),
        ("&iss=https://idp.example/realms/acme", false, "code:abc"),
        (
            "&iss=https://idp.example/realms/other",
            false,
            "callback_issuer_mismatch",
        ),
        (
            "&iss=https://idp.example/realms/other",
            true,
            "callback_issuer_mismatch",
        ),
        (
            "&iss=https://idp.example/realms/acme/",
            true,
            "callback_issuer_mismatch",
        ),
        (
            "&iss=https://IDP.example/realms/acme",
            true,
            "callback_issuer_mismatch",
        ),
        (
            "&iss=https://idp.example/realms/acme&iss=https://idp.example/realms/acme",
            true,
            "callback_malformed",
        ),
        (
            "&iss=https://idp.example/realms/acme&iss=https://evil.example",
            true,
            "callback_malformed",
        ),
    ];
    for (more, iss_required, expected) in cases {
        assert_eq!(
            check(&format!("{base}{more}"), iss_required),
            expected,
            "{more}"
        );
    }
    let refusal = format!("error=access_denied&state={STATE}");
    assert_eq!(check(&refusal, true), "callback_issuer_missing");
    assert_eq!(check(&refusal, false), "refused:access_denied");
}

#[test]
fn oi_156_state_and_shape_of_the_answer() {
    let cases = [
        ("code=abc".to_owned(), "callback_state_missing"),
        ("code=abc&state=".to_owned(), "callback_state_missing"),
        ("error=access_denied".to_owned(), "callback_state_missing"),
        (
            "code=abc&state=of-another-login".to_owned(),
            "callback_state_mismatch",
        ),
        (
            format!("code=abc&state={STATE}x"),
            "callback_state_mismatch",
        ),
        (
            format!("code=abc&state={}", STATE.to_uppercase()),
            "callback_state_mismatch",
        ),
        (
            "error=access_denied&state=x".to_owned(),
            "callback_state_mismatch",
        ),
        (
            format!("code=abc&error=access_denied&state={STATE}"),
            "callback_code_and_error",
        ),
        (format!("state={STATE}"), "callback_neither_code_nor_error"),
        (
            format!("state={STATE}&code="),
            "callback_neither_code_nor_error",
        ),
        (
            format!("code=abc&code=abc&state={STATE}"),
            "callback_malformed",
        ),
        (
            format!("code=abc&c%6Fde=def&state={STATE}"),
            "callback_malformed",
        ),
        (
            format!("code=abc&state={STATE}&state={STATE}"),
            "callback_malformed",
        ),
        (
            format!("error=a&error=b&state={STATE}"),
            "callback_malformed",
        ),
        (format!("code=%ff&state={STATE}"), "callback_malformed"),
        (
            format!("code={}&state={STATE}", "c".repeat(MAX_CALLBACK_BYTES)),
            "callback_malformed",
        ),
        (
            format!("id_token=a.b.c&state={STATE}"),
            "callback_token_in_browser",
        ),
        (
            format!("code=abc&access_token=t&state={STATE}"),
            "callback_token_in_browser",
        ),
        (String::new(), "callback_state_missing"),
    ];
    for (raw, expected) in cases {
        assert_eq!(
            check(&raw, false),
            expected,
            "{}",
            raw.get(..80).unwrap_or(&raw)
        );
    }
}

#[test]
fn what_a_provider_says_is_cleaned_for_the_log() {
    let long = "x".repeat(1000);
    let raw = format!("error=a%0Ab&error_description=%1b[31mred%0d%0a{long}&state={STATE}");
    let Outcome::Refused(refusal) = Callback::parse(&raw)
        .unwrap()
        .verify(STATE, ISSUER, false)
        .unwrap()
    else {
        panic!("a refusal was expected")
    };
    assert_eq!(refusal.error, "ab");
    let description = refusal.description.unwrap();
    assert!(description.starts_with("[31mredxxx") && description.len() == 512);
}
