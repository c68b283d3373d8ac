//! Where a token may stand, and the header that says no.

use super::*;
use crate::provider::fixture::post;

/// The token, or the reason code.
fn outcome(incoming: Incoming<'_>) -> String {
    read(&incoming).map_or_else(
        |rejection| rejection.code().to_owned(),
        |token| token.secret().clone(),
    )
}

fn get<'a>(query: Option<&'a str>, authorization: Option<&'a str>) -> Incoming<'a> {
    Incoming {
        method: "GET",
        query,
        content_type: None,
        authorization,
        body: b"",
    }
}

#[test]
fn oo_15_a_token_is_taken_from_header_or_form_and_never_from_the_address() {
    let long = format!("Bearer {}", "a".repeat(MAX_TOKEN_BYTES + 1));
    let json = Incoming {
        content_type: Some("application/json"),
        ..post("access_token=t", None)
    };
    let get_with_body = Incoming {
        method: "GET",
        ..post("access_token=t", None)
    };
    let cases = [
        (
            get(None, Some("Bearer va_t-1.2~3+4/5==")),
            "va_t-1.2~3+4/5==",
        ),
        (get(Some("schema=openid"), Some("bearer t")), "t"),
        (get(None, Some("BEARER  t ")), "t"),
        (post("access_token=t", None), "t"),
        (post("", Some("Bearer t")), "t"),
        (get(None, None), "bearer_missing"),
        (post("", None), "bearer_missing"),
        (get(None, Some("Basic YTpz")), "bearer_missing"),
        (get(None, Some("Bearer")), "bearer_missing"),
        (get(None, Some("Bearer ")), "bearer_malformed"),
        (get(None, Some("Bearer a b")), "bearer_malformed"),
        (get(None, Some("Bearer a,b")), "bearer_malformed"),
        (get(None, Some("Bearer ==")), "bearer_malformed"),
        (get(None, Some("Bearer a=b")), "bearer_malformed"),
        (get(None, Some(&long)), "bearer_malformed"),
        (get(Some("access_token=t"), None), "bearer_in_address"),
        (
            get(Some("access_token"), Some("Bearer t")),
            "bearer_in_address",
        ),
        (
            get(Some("a=1&acce%73s_token=t"), Some("Bearer t")),
            "bearer_in_address",
        ),
        (
            get(Some("a=1&a=2"), Some("Bearer t")),
            "client_form_repeated_parameter",
        ),
        (post("access_token=t", Some("Bearer t")), "bearer_several"),
        (
            post("access_token=t&access_token=t", None),
            "client_form_repeated_parameter",
        ),
        (json, "bearer_missing"),
        (get_with_body, "bearer_missing"),
    ];
    for (incoming, expected) in cases {
        let (query, header) = (incoming.query, incoming.authorization);
        assert_eq!(outcome(incoming), expected, "{query:?} {header:?}");
    }
}

#[test]
fn each_refusal_has_the_status_and_header_of_the_specification() {
    let step_up = BearerRejection::Authentication(StepUp {
        acr_values: vec!["urn:a".to_owned(), "b\"\r\nX-Evil: 1\\".to_owned()],
        max_age: Some(300),
    });
    let cases = [
        (BearerRejection::Missing, 401, "Bearer realm=\"userinfo\""),
        (
            BearerRejection::Unknown,
            401,
            "Bearer realm=\"userinfo\", error=\"invalid_token\", error_description=\"there is no such access token\"",
        ),
        (
            BearerRejection::InAddress,
            400,
            "Bearer realm=\"userinfo\", error=\"invalid_request\", error_description=\"the access token stands in the address\"",
        ),
        (
            BearerRejection::Scope { scope: "openid" },
            403,
            "Bearer realm=\"userinfo\", error=\"insufficient_scope\", error_description=\"the access token lacks the scope openid\", scope=\"openid\"",
        ),
        (
            step_up,
            401,
            "Bearer realm=\"userinfo\", error=\"insufficient_user_authentication\", error_description=\"the access token stands for a login that is too old or too weak for this\", acr_values=\"urn:a bX-Evil: 1\", max_age=\"300\"",
        ),
    ];
    for (rejection, status, challenge) in cases {
        assert_eq!(rejection.status(), status, "{rejection}");
        assert_eq!(rejection.challenge(), challenge);
    }
}
