//! OO-06: the four methods, each with its benign control, and what others try.

use serde_json::{Map, Value, json};
use url::Url;

use super::*;
use crate::{
    AuthorizationCode,
    fixture::{ED25519, ISSUER, NOW, P256, RSA, STRANGER, at, now, object},
    pkce::Verifier,
    provider::{
        endpoint::EndpointRejection,
        fixture::{form, post},
    },
    signing::{SigningKey, jwk_set},
    token::{self, ClientAuth},
};

const SECRET: &str = "p:ä%&+ =";
const TOKEN_ENDPOINT: &str = "https://idp.example/realms/acme/token";
const ALGORITHMS: &[Algorithm] = &[Algorithm::Rs256, Algorithm::Es256];

fn judge(
    body: &str,
    authorization: Option<&str>,
    registered: Option<&RegisteredAuth<'_>>,
) -> Result<AuthenticatedClient, ClientAuthRejection> {
    let mut form = ClientForm::read(&post(body, authorization)).unwrap();
    PresentedClient::read(&mut form)?.verify(registered, ISSUER, now())
}

/// The reason code, or `ok`.
fn outcome(result: Result<AuthenticatedClient, ClientAuthRejection>) -> &'static str {
    result.map_or_else(|rejection| rejection.code(), |_| "ok")
}

fn header(pair: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}

#[test]
fn what_our_relying_party_sends_is_accepted() {
    let secrets = [SecretHash::of(SECRET)];
    let secret = || ClientSecret::new(SECRET.to_owned());
    for (auth, registered) in [
        (ClientAuth::None, RegisteredAuth::None),
        (
            ClientAuth::SecretBasic(secret()),
            RegisteredAuth::SecretBasic(&secrets),
        ),
        (
            ClientAuth::SecretPost(secret()),
            RegisteredAuth::SecretPost(&secrets),
        ),
    ] {
        let sent = token::exchange(
            "a:b c",
            &auth,
            &AuthorizationCode::new("c".to_owned()),
            &Url::parse("https://a.example/cb").unwrap(),
            &Verifier::from_entropy([9; 32]),
        );
        let client = judge(&sent.body, sent.authorization.as_deref(), Some(&registered)).unwrap();
        assert_eq!(client.client_id(), "a:b c");
        assert_eq!(registered.methods(), [client.method()]);
        assert_eq!(client.is_confidential(), !matches!(auth, ClientAuth::None));
        assert_eq!(client.assertion(), None);
    }
}

#[test]
fn oo_06_secrets() {
    let secrets = [SecretHash::of("new"), SecretHash::of("old")];
    let basic = RegisteredAuth::SecretBasic(&secrets);
    let post = RegisteredAuth::SecretPost(&secrets);
    let either = RegisteredAuth::SecretEither(&secrets);
    let nobody = RegisteredAuth::SecretBasic(&[]);
    let good = header("a:new");
    let cases: [(&str, Option<String>, Option<&RegisteredAuth<'_>>, &str); 31] = [
        // Controls; while a secret is replaced, both are good.
        ("", Some(good.clone()), Some(&basic), "ok"),
        ("", Some(header("a:old")), Some(&basic), "ok"),
        ("client_id=a", Some(good.clone()), Some(&basic), "ok"),
        ("", Some(good.replace("Basic", "bASIC")), Some(&basic), "ok"),
        ("client_id=a&client_secret=new", None, Some(&post), "ok"),
        ("", Some(good.clone()), Some(&either), "ok"),
        ("client_id=a&client_secret=old", None, Some(&either), "ok"),
        ("client_id=a", None, Some(&RegisteredAuth::None), "ok"),
        (
            "client_id=a&client_secret=",
            None,
            Some(&RegisteredAuth::None),
            "ok",
        ),
        // Wrong, empty, of a generation that is gone, of nobody.
        (
            "",
            Some(header("a:wrong")),
            Some(&basic),
            "client_auth_wrong_secret",
        ),
        (
            "",
            Some(header("a:New")),
            Some(&basic),
            "client_auth_wrong_secret",
        ),
        (
            "",
            Some(header("a:oldest")),
            Some(&basic),
            "client_auth_wrong_secret",
        ),
        (
            "",
            Some(header("a:new ")),
            Some(&basic),
            "client_auth_wrong_secret",
        ),
        (
            "",
            Some(header("a:")),
            Some(&basic),
            "client_auth_empty_secret",
        ),
        (
            "",
            Some(good.clone()),
            Some(&nobody),
            "client_auth_wrong_secret",
        ),
        ("", Some(good.clone()), None, "client_auth_unknown_client"),
        (
            "client_id=a&client_secret=wrong",
            None,
            Some(&either),
            "client_auth_wrong_secret",
        ),
        (
            "client_id=a",
            None,
            Some(&either),
            "client_auth_wrong_method",
        ),
        (
            "client_id=a&client_secret=wrong",
            None,
            Some(&post),
            "client_auth_wrong_secret",
        ),
        (
            "client_id=a&client_secret=",
            None,
            Some(&post),
            "client_auth_wrong_method",
        ),
        // Not the registered method.
        (
            "client_id=a",
            None,
            Some(&basic),
            "client_auth_wrong_method",
        ),
        (
            "client_id=a&client_secret=new",
            None,
            Some(&basic),
            "client_auth_wrong_method",
        ),
        (
            "",
            Some(good.clone()),
            Some(&post),
            "client_auth_wrong_method",
        ),
        (
            "",
            Some(good.clone()),
            Some(&RegisteredAuth::None),
            "client_auth_wrong_method",
        ),
        // Two at once, or two clients.
        (
            "client_secret=new",
            Some(good.clone()),
            Some(&basic),
            "client_auth_several_methods",
        ),
        (
            "client_id=b",
            Some(good),
            Some(&basic),
            "client_auth_ids_differ",
        ),
        // Nothing that can be read.
        ("", None, Some(&basic), "client_auth_missing"),
        (
            "client_secret=new",
            None,
            Some(&post),
            "client_auth_missing",
        ),
        (
            "",
            Some(header(":new")),
            Some(&basic),
            "client_auth_missing",
        ),
        (
            "",
            Some(header("a")),
            Some(&basic),
            "client_auth_malformed_header",
        ),
        (
            "client_id=a",
            Some("Bearer new".to_owned()),
            Some(&basic),
            "client_auth_unknown_scheme",
        ),
    ];
    for (body, authorization, registered, code) in cases {
        let found = judge(body, authorization.as_deref(), registered);
        assert_eq!(
            outcome(found),
            code,
            "{body} {authorization:?} {registered:?}"
        );
    }
}

#[test]
fn oo_06_headers_that_cannot_be_read() {
    let secrets = [SecretHash::of("s")];
    let registered = RegisteredAuth::SecretBasic(&secrets);
    let long = header(&format!("a:{}", "s".repeat(8192)));
    for text in [
        "Basic",
        "Basic !!",
        "Basic YTpz=",
        "Basic /w==",
        "",
        long.as_str(),
    ] {
        let found = judge("client_id=a", Some(text), Some(&registered));
        assert_eq!(outcome(found), "client_auth_malformed_header", "{text}");
    }
    assert_eq!(
        outcome(judge("", Some(&header("a:s")), Some(&registered))),
        "ok"
    );
}

#[test]
fn rfc_6749_2_3_1_both_halves_are_form_encoded() {
    let secrets = [SecretHash::of("s+%:é")];
    let registered = RegisteredAuth::SecretBasic(&secrets);
    let client = judge(
        "",
        Some(&header("a%3Ab+c:s%2B%25%3A%C3%A9")),
        Some(&registered),
    )
    .unwrap();
    assert_eq!(client.client_id(), "a:b c");
    let raw = judge("", Some(&header("a%3Ab+c:s+%:é")), Some(&registered));
    assert_eq!(outcome(raw), "client_auth_wrong_secret");
}

/// An assertion of the client `a`, with some claims replaced; `null` removes one.
fn claims(changes: Value) -> Map<String, Value> {
    let mut claims = object(json!({
        "iss": "a", "sub": "a", "aud": ISSUER, "exp": NOW + 60, "iat": NOW - 1, "jti": "j-1",
    }));
    for (name, value) in object(changes) {
        match value {
            Value::Null => drop(claims.remove(&name)),
            value => drop(claims.insert(name, value)),
        }
    }
    claims
}

fn body(assertion: &str) -> String {
    format!("client_assertion_type={ASSERTION_TYPE}&client_assertion={assertion}")
}

fn keys() -> Jwks {
    let set = jwk_set([&*RSA, &*P256, &*ED25519]).to_string();
    Jwks::parse(set.as_bytes()).unwrap()
}

fn judge_assertion(key: &SigningKey, typ: &str, changes: Value, other: &[&str]) -> &'static str {
    let assertion = key.sign_as(typ, &claims(changes)).unwrap();
    let keys = keys();
    let registered = RegisteredAuth::PrivateKeyJwt {
        algorithms: ALGORITHMS,
        keys: &keys,
        danger_other_audiences: other,
    };
    outcome(judge(&body(&assertion), None, Some(&registered)))
}

#[test]
fn an_assertion_is_accepted_and_told_for_the_mark_against_replay() {
    let keys = keys();
    let registered = RegisteredAuth::PrivateKeyJwt {
        algorithms: ALGORITHMS,
        keys: &keys,
        danger_other_audiences: &[],
    };
    for (key, with_id) in [(&*RSA, ""), (&*P256, "&client_id=a")] {
        let assertion = key.sign(&claims(json!({}))).unwrap();
        let body = body(&assertion) + with_id;
        let client = judge(&body, None, Some(&registered)).unwrap();
        assert_eq!((client.client_id(), client.is_confidential()), ("a", true));
        let used = client.assertion().unwrap();
        assert_eq!(used.id, "j-1");
        assert_eq!(used.remember_until, at(NOW + 60 + 30));
        // From then on it is refused for its age.
        let presented = PresentedClient::read(&mut form(&body)).unwrap();
        let late = presented.verify(Some(&registered), ISSUER, used.remember_until);
        assert_eq!(outcome(late), "jwt_expired");
    }
}

#[test]
fn oo_06_assertions() {
    let cases = [
        (json!({}), "ok"),
        (json!({"aud": [ISSUER]}), "ok"),
        (json!({"iat": null}), "ok"),
        // An hour and no more, with half a minute for the clocks.
        (json!({"iat": NOW, "exp": NOW + 3600}), "ok"),
        (json!({"exp": NOW + 3630}), "ok"),
        (json!({"iat": NOW - 3630}), "ok"),
        (json!({"exp": NOW - 29}), "ok"),
        (json!({"iss": "b"}), "jwt_wrong_issuer"),
        (json!({"iss": null}), "jwt_missing_claim"),
        (json!({"sub": null}), "client_auth_missing"),
        (json!({"sub": ""}), "client_auth_missing"),
        (json!({"sub": 1}), "client_auth_missing"),
        (json!({"sub": "b"}), "jwt_wrong_issuer"),
        (json!({"aud": null}), "jwt_missing_claim"),
        (json!({"aud": []}), "client_assertion_audience"),
        (json!({"aud": ""}), "client_assertion_audience"),
        (json!({"aud": TOKEN_ENDPOINT}), "client_assertion_audience"),
        (
            json!({"aud": [ISSUER, TOKEN_ENDPOINT]}),
            "client_assertion_audience",
        ),
        (
            json!({"aud": [ISSUER, "https://evil.example"]}),
            "client_assertion_audience",
        ),
        (
            json!({"aud": format!("{ISSUER}/")}),
            "client_assertion_audience",
        ),
        (json!({"aud": {"a": ISSUER}}), "jwt_wrong_type"),
        (json!({"exp": null}), "jwt_missing_claim"),
        (json!({"exp": (NOW + 60).to_string()}), "jwt_wrong_type"),
        (json!({"exp": NOW as f64 + 60.5}), "jwt_wrong_type"),
        (json!({"exp": -1}), "jwt_wrong_type"),
        (json!({"exp": NOW - 30}), "jwt_expired"),
        (
            json!({"exp": NOW + 3631}),
            "client_assertion_lives_too_long",
        ),
        (
            json!({"exp": NOW + 10 * 365 * 86_400}),
            "client_assertion_lives_too_long",
        ),
        (json!({"nbf": NOW + 60}), "jwt_not_yet_valid"),
        (json!({"iat": NOW + 60}), "jwt_issued_in_future"),
        (json!({"iat": NOW - 3631}), "jwt_issued_too_long_ago"),
        (json!({"jti": null}), "jwt_missing_claim"),
        (json!({"jti": ""}), "client_assertion_bad_id"),
        (json!({"jti": "a\u{0}"}), "client_assertion_bad_id"),
        (json!({"jti": "j".repeat(513)}), "client_assertion_bad_id"),
        (json!({"jti": 7}), "jwt_wrong_type"),
    ];
    for (changes, code) in cases {
        let found = judge_assertion(&RSA, "JWT", changes.clone(), &[]);
        assert_eq!(found, code, "{changes}");
    }
}

#[test]
fn oo_06_assertions_of_other_keys_kinds_and_algorithms() {
    let good = json!({});
    let cases = [
        (&*RSA, "JWT", "ok"),
        (&*RSA, "client-authentication+jwt", "ok"),
        (&*P256, "JWT", "ok"),
        (&*ED25519, "JWT", "jws_algorithm_not_allowed"),
        (&*STRANGER, "JWT", "jws_unknown_key"),
        (&*RSA, "logout+jwt", "jws_unexpected_type"),
        (&*RSA, "at+jwt", "jws_unexpected_type"),
    ];
    for (key, typ, code) in cases {
        let found = judge_assertion(key, typ, good.clone(), &[]);
        assert_eq!(found, code, "{key:?} {typ}");
    }
}

#[test]
fn oi_155_the_address_of_the_endpoint_is_no_audience_unless_allowed() {
    let of_endpoint = || json!({"aud": TOKEN_ENDPOINT});
    for (changes, other, code) in [
        (of_endpoint(), &[][..], "client_assertion_audience"),
        (of_endpoint(), &[TOKEN_ENDPOINT][..], "ok"),
        (
            json!({"aud": [ISSUER, TOKEN_ENDPOINT]}),
            &[TOKEN_ENDPOINT][..],
            "ok",
        ),
        (
            json!({"aud": "https://evil.example/token"}),
            &[TOKEN_ENDPOINT][..],
            "client_assertion_audience",
        ),
    ] {
        let found = judge_assertion(&RSA, "JWT", changes.clone(), other);
        assert_eq!(found, code, "{changes} {other:?}");
    }
}

#[test]
fn oo_06_an_assertion_beside_something_else() {
    let keys = keys();
    let by_key = RegisteredAuth::PrivateKeyJwt {
        algorithms: ALGORITHMS,
        keys: &keys,
        danger_other_audiences: &[],
    };
    let secrets = [SecretHash::of("s")];
    let by_secret = RegisteredAuth::SecretPost(&secrets);
    let assertion = RSA.sign(&claims(json!({}))).unwrap();
    let good = body(&assertion);
    let basic = header("a:s");
    let unsigned = {
        let (signed, _) = assertion.rsplit_once('.').unwrap();
        body(&format!("{signed}."))
    };
    let cases = [
        (good.clone(), None, &by_key, "ok"),
        (
            format!("{good}&client_id=b"),
            None,
            &by_key,
            "client_auth_ids_differ",
        ),
        (
            format!("{good}&client_secret=s"),
            None,
            &by_key,
            "client_auth_several_methods",
        ),
        (
            good.clone(),
            Some(basic.as_str()),
            &by_key,
            "client_auth_several_methods",
        ),
        (good.clone(), None, &by_secret, "client_auth_wrong_method"),
        (
            good.clone(),
            None,
            &RegisteredAuth::None,
            "client_auth_wrong_method",
        ),
        (
            "client_id=a&client_secret=s".to_owned(),
            None,
            &by_key,
            "client_auth_wrong_method",
        ),
        (
            "client_id=a".to_owned(),
            None,
            &by_key,
            "client_auth_wrong_method",
        ),
        (
            format!("client_id=a&client_assertion={assertion}"),
            None,
            &by_key,
            "client_assertion_type",
        ),
        (
            good.replace("jwt-bearer", "saml2-bearer"),
            None,
            &by_key,
            "client_assertion_type",
        ),
        (
            format!("client_id=a&client_assertion_type={ASSERTION_TYPE}"),
            None,
            &by_key,
            "client_assertion_type",
        ),
        (body("x"), None, &by_key, "client_auth_missing"),
        (
            format!("{}&client_id=a", body("x.y.z")),
            None,
            &by_key,
            "jws_encoding",
        ),
        (unsigned, None, &by_key, "jws_signature_missing"),
    ];
    for (body, authorization, registered, code) in cases {
        let found = judge(&body, authorization, Some(registered));
        assert_eq!(outcome(found), code, "{body}");
    }
}

#[test]
fn oo_12_names_that_no_client_has() {
    let (longest, longer) = ("a".repeat(256), "a".repeat(257));
    for (id, code) in [
        (longest.as_str(), "ok"),
        (longer.as_str(), "client_auth_unknown_client"),
        ("a%0D%0Ab", "client_auth_unknown_client"),
        ("a%00", "client_auth_unknown_client"),
    ] {
        let found = judge(
            &format!("client_id={id}"),
            None,
            Some(&RegisteredAuth::None),
        );
        assert_eq!(outcome(found), code, "{id}");
    }
}

#[test]
fn oo_06_nothing_secret_is_shown() {
    let presented = PresentedClient::read(&mut form("client_id=a&client_secret=hush")).unwrap();
    let shown = format!("{presented:?} {:?}", SecretHash::of("hush"));
    assert!(shown.contains('a') && !shown.contains("hush"), "{shown}");
    let rejection = presented.verify(None, ISSUER, now()).unwrap_err();
    assert_eq!(EndpointRejection::from(rejection).status(), 401);
}

#[test]
fn a_hash_is_kept_and_read_back() {
    let hash = SecretHash::of("s");
    assert_eq!(SecretHash::from_bytes(*hash.as_bytes()), hash);
    assert_ne!(SecretHash::of("t"), hash);
}
