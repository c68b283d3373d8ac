//! Forms that are read and forms that are not, and what the client is told.

use serde_json::json;

use super::*;
use crate::{
    pkce::PkceRejection,
    provider::{client_auth::ClientAuthRejection, fixture::post, scope::ScopeRejection},
};

/// The reason code, or `ok`.
fn outcome(incoming: Incoming<'_>) -> &'static str {
    ClientForm::read(&incoming).map_or_else(|rejection| rejection.code(), |_| "ok")
}

#[test]
fn oo_12_only_the_form_of_a_post_is_read() {
    let body = "grant_type=authorization_code&code=c";
    let good = post(body, None);
    let cases = [
        (good, "ok"),
        (
            Incoming {
                query: Some(""),
                ..good
            },
            "ok",
        ),
        (
            Incoming {
                content_type: Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8"),
                ..good
            },
            "ok",
        ),
        (
            Incoming {
                method: "GET",
                ..good
            },
            "client_form_not_post",
        ),
        (
            Incoming {
                method: "PUT",
                ..good
            },
            "client_form_not_post",
        ),
        (
            Incoming {
                method: "post",
                ..good
            },
            "client_form_not_post",
        ),
        (
            Incoming {
                query: Some("client_id=a&client_secret=s"),
                ..good
            },
            "client_form_query",
        ),
        (
            Incoming {
                query: Some("x"),
                ..good
            },
            "client_form_query",
        ),
        (
            Incoming {
                content_type: None,
                ..good
            },
            "client_form_not_form",
        ),
        (
            Incoming {
                content_type: Some("application/json"),
                body: b"{\"grant_type\":\"authorization_code\",\"code\":\"c\"}",
                ..good
            },
            "client_form_not_form",
        ),
        (
            Incoming {
                content_type: Some("multipart/form-data; boundary=x"),
                ..good
            },
            "client_form_not_form",
        ),
        (
            Incoming {
                body: b"code=\xff",
                ..good
            },
            "client_form_encoding",
        ),
        (
            Incoming {
                body: b"code=%ff",
                ..good
            },
            "client_form_encoding",
        ),
    ];
    for (incoming, expected) in cases {
        let (method, query, kind) = (incoming.method, incoming.query, incoming.content_type);
        assert_eq!(outcome(incoming), expected, "{method} {query:?} {kind:?}");
    }
}

#[test]
fn oo_12_parameters_twice_and_without_end() {
    let long = |bytes: usize| format!("scope={}", "a".repeat(bytes - "scope=".len()));
    let (full, over, flood) = (
        long(MAX_REQUEST_BYTES),
        long(MAX_REQUEST_BYTES + 1),
        long(1024 * 1024),
    );
    let cases = [
        ("code=c&redirect_uri=u", "ok"),
        (full.as_str(), "ok"),
        (over.as_str(), "client_form_too_large"),
        (flood.as_str(), "client_form_too_large"),
        ("code=c&code=c", "client_form_repeated_parameter"),
        ("code=c&%63ode=d", "client_form_repeated_parameter"),
        (
            "client_id=a&code=c&client_id=b",
            "client_form_repeated_parameter",
        ),
        (
            "redirect_uri=a&redirect_uri=b",
            "client_form_repeated_parameter",
        ),
        ("scope=a&scope=b", "client_form_repeated_parameter"),
        ("unknown=1&unknown=1", "client_form_repeated_parameter"),
        ("code=&code=c", "client_form_repeated_parameter"),
    ];
    for (body, expected) in cases {
        let start = body.get(..40).unwrap_or(body);
        assert_eq!(outcome(post(body, None)), expected, "{start}");
    }
}

#[test]
fn each_reason_is_told_as_one_error_with_its_status() {
    let cases: [(EndpointRejection, &str, u16); 15] = [
        (
            ClientAuthRejection::WrongSecret.into(),
            "invalid_client",
            401,
        ),
        (
            ClientAuthRejection::UnknownClient.into(),
            "invalid_client",
            401,
        ),
        (ClientAuthRejection::Missing.into(), "invalid_client", 401),
        (
            ClientAuthRejection::SeveralMethods.into(),
            "invalid_request",
            400,
        ),
        (
            EndpointRejection::ConfidentialClientsOnly,
            "unauthorized_client",
            400,
        ),
        (FormRejection::NotForm.into(), "invalid_request", 400),
        (FormRejection::NotPost.into(), "invalid_request", 405),
        (FormRejection::Query.into(), "invalid_request", 400),
        (FormRejection::TooLarge.into(), "invalid_request", 413),
        (GrantRejection::Used.into(), "invalid_grant", 400),
        (GrantRejection::AnotherClient.into(), "invalid_grant", 400),
        (
            GrantRejection::Pkce(PkceRejection::Mismatch).into(),
            "invalid_grant",
            400,
        ),
        (
            EndpointRejection::GrantTypeNotAllowed {
                grant_type: "refresh_token",
            },
            "unauthorized_client",
            400,
        ),
        (ScopeRejection::Widened.into(), "invalid_scope", 400),
        (
            EndpointRejection::UnsupportedGrantType {
                grant_type: "password".to_owned(),
            },
            "unsupported_grant_type",
            400,
        ),
    ];
    for (rejection, error, status) in cases {
        assert_eq!(rejection.error().name(), error, "{rejection}");
        assert_eq!(rejection.status(), status, "{rejection}");
        assert_eq!(rejection.body()["error"], error, "{rejection}");
        assert_eq!(
            rejection.challenge().is_some(),
            status == 401,
            "{rejection}"
        );
    }
}

#[test]
fn oo_06_the_client_is_not_told_what_was_wrong() {
    let told = |rejection: ClientAuthRejection| {
        let rejection = EndpointRejection::from(rejection);
        (rejection.status(), rejection.challenge(), rejection.body())
    };
    let expected = (
        401,
        Some("Basic realm=\"client\", charset=\"UTF-8\""),
        json!({
            "error": "invalid_client",
            "error_description": "the client did not authenticate as it is registered to",
        }),
    );
    for rejection in [
        ClientAuthRejection::UnknownClient,
        ClientAuthRejection::WrongSecret,
        ClientAuthRejection::AssertionReplayed,
        ClientAuthRejection::WrongMethod {
            registered: "none",
            shown: "client_secret_post",
        },
    ] {
        assert_eq!(told(rejection), expected);
    }
}
