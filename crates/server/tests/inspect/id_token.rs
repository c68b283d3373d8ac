//! ID tokens.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use vestibule_oidc::signing::{KeyKind, SigningKey, jwk_set};

use super::support::*;

const ISSUER: &str = "https://idp.test/realms/acme";
const CLIENT: &str = "vestibule";
const NONCE: &str = "nonce-of-this-login";
const NOW: i64 = 1_767_268_830; // AT

static RSA: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));
static P256: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::P256));
static OTHER: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));

fn key(kind: KeyKind) -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(kind).unwrap()).unwrap()
}

fn keys() -> String {
    jwk_set([&*RSA, &*P256]).to_string()
}

fn arguments(keys: &str) -> Vec<&str> {
    vec![
        "id-token",
        "--jwks",
        keys,
        "--issuer",
        ISSUER,
        "--client-id",
        CLIENT,
        "--at",
        AT,
    ]
}

/// Control OI-B1 with some claims replaced; null takes one out.
fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "sub": "2482", "aud": CLIENT, "exp": NOW + 300, "iat": NOW - 5,
        "auth_time": NOW - 30, "nonce": NONCE, "acr": "gold", "sid": "session-1", "jti": "token-1",
        "email": "alice@acme.test", "email_verified": true, "groups": ["staff", "dev"],
        "realm_access": {"roles": ["user"]},
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn token(changes: Value) -> String {
    RSA.sign(claims(changes).as_object().unwrap()).unwrap()
}

fn part(value: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value)
}

/// The control under another header; its signature is not over that.
fn headed(header: Value) -> String {
    let token = token(json!({}));
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", part(header.to_string()))
}

#[test]
fn oi_b1_an_accepted_token_is_told_whole() {
    let keys = keys();
    let mut all = arguments(&keys);
    all.extend(["--nonce", NONCE, "--max-age", "60", "--json"]);
    let said = inspect(&all, format!("{}\n", token(json!({}))));
    assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
    let verdict = &said.verdicts()[0];
    for (name, expected) in [
        ("accepted", json!(true)),
        ("subject", json!("2482")),
        ("format", Value::Null),
        ("authn_context", json!("gold")),
        ("session_index", json!("session-1")),
        ("issuer", json!(ISSUER)),
        ("message_id", json!("token-1")),
        ("authenticated_at", json!("2026-01-01T12:00:00Z")),
    ] {
        assert_eq!(verdict[name], expected, "{name}");
    }
    let attributes = &verdict["attributes"];
    assert_eq!(attributes["email"], json!(["alice@acme.test"]));
    assert_eq!(attributes["groups"], json!(["staff", "dev"]));
    assert_eq!(attributes["email_verified"], json!(["true"]));
    assert_eq!(attributes["realm_access"], json!([r#"{"roles":["user"]}"#]));
}

#[test]
fn oi_1xx_claims_are_judged_as_in_a_login() {
    let nonce = json!({"nonce": NONCE});
    let age = json!({"max_age": 60});
    let rows: Vec<(&str, String, Value, &str)> = vec![
        ("OI-B1", token(json!({})), nonce.clone(), "accepted 2482"),
        (
            "nonce not known",
            token(json!({"nonce": "another"})),
            none(),
            "accepted 2482",
        ),
        (
            "OI-157 nonce",
            token(json!({"nonce": "another"})),
            nonce.clone(),
            "id_token_wrong_nonce",
        ),
        (
            "OI-157 no nonce",
            token(json!({"nonce": null})),
            nonce,
            "id_token_missing_claim",
        ),
        (
            "iss",
            token(json!({"iss": format!("{ISSUER}/")})),
            none(),
            "id_token_wrong_issuer",
        ),
        (
            "aud",
            token(json!({"aud": "other"})),
            none(),
            "id_token_wrong_audience",
        ),
        (
            "aud, none",
            token(json!({"aud": []})),
            none(),
            "id_token_wrong_audience",
        ),
        (
            "aud, two",
            token(json!({"aud": [CLIENT, "jira"], "azp": CLIENT})),
            none(),
            "id_token_untrusted_audience",
        ),
        (
            "aud, two trusted",
            token(json!({"aud": [CLIENT, "jira"], "azp": CLIENT})),
            json!({"trusted_audience": "jira"}),
            "accepted 2482",
        ),
        (
            "aud, no azp",
            token(json!({"aud": [CLIENT, "jira"]})),
            json!({"trusted_audience": ["jira"]}),
            "id_token_missing_claim",
        ),
        (
            "azp",
            token(json!({"azp": "other"})),
            none(),
            "id_token_wrong_authorized_party",
        ),
        (
            "exp",
            token(json!({"exp": NOW - 60})),
            none(),
            "id_token_expired",
        ),
        (
            "exp, within the skew",
            token(json!({"exp": NOW - 59})),
            none(),
            "accepted 2482",
        ),
        (
            "exp, no skew",
            token(json!({"exp": NOW - 1})),
            json!({"clock_skew": 0}),
            "id_token_expired",
        ),
        (
            "exp, text",
            token(json!({"exp": (NOW + 300).to_string()})),
            none(),
            "id_token_wrong_type",
        ),
        (
            "exp, fraction",
            token(json!({"exp": 1_767_269_000.5})),
            none(),
            "id_token_wrong_type",
        ),
        (
            "exp, none",
            token(json!({"exp": null})),
            none(),
            "id_token_missing_claim",
        ),
        (
            "nbf",
            token(json!({"nbf": NOW + 61})),
            none(),
            "id_token_not_yet_valid",
        ),
        (
            "nbf, text",
            token(json!({"nbf": "0"})),
            none(),
            "id_token_wrong_type",
        ),
        (
            "iat, future",
            token(json!({"iat": NOW + 61})),
            none(),
            "id_token_issued_in_future",
        ),
        (
            "iat, none",
            token(json!({"iat": null})),
            none(),
            "id_token_missing_claim",
        ),
        (
            "sub, none",
            token(json!({"sub": null})),
            none(),
            "id_token_missing_claim",
        ),
        (
            "sub, number",
            token(json!({"sub": 7})),
            none(),
            "id_token_wrong_type",
        ),
        (
            "sub, empty",
            token(json!({"sub": ""})),
            none(),
            "id_token_bad_subject",
        ),
        (
            "sub, long",
            token(json!({"sub": "a".repeat(256)})),
            none(),
            "id_token_bad_subject",
        ),
        (
            "max_age",
            token(json!({"auth_time": NOW - 121})),
            age.clone(),
            "id_token_authentication_too_old",
        ),
        (
            "max_age, no auth_time",
            token(json!({"auth_time": null})),
            age.clone(),
            "id_token_missing_claim",
        ),
        (
            "max_age, in time",
            token(json!({"auth_time": NOW - 120})),
            age,
            "accepted 2482",
        ),
        (
            "OI-150 hash, not known",
            token(json!({"at_hash": "x"})),
            none(),
            "accepted 2482",
        ),
        (
            "OI-150 at_hash",
            token(json!({"at_hash": "x"})),
            json!({"access_token": "t"}),
            "id_token_wrong_hash",
        ),
        (
            "OI-150 c_hash",
            token(json!({"c_hash": "x"})),
            json!({"code": "c"}),
            "id_token_wrong_hash",
        ),
        (
            "OI-2xx logout token",
            token(
                json!({"nonce": null, "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
            ),
            none(),
            "id_token_is_logout_token",
        ),
    ];
    check_batch(&arguments(&keys()), &rows);
}

#[test]
fn oi_01_06_forms_and_headers_are_judged_as_in_a_login() {
    let good = token(json!({}));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let twice = format!(
        "{header}.{}.{signature}",
        part(
            claims(json!({}))
                .to_string()
                .replacen('{', r#"{"sub":"admin","#, 1)
        )
    );
    let ec = P256.sign(claims(json!({})).as_object().unwrap()).unwrap();
    let stranger = OTHER.sign(claims(json!({})).as_object().unwrap()).unwrap();
    let kid = RSA.kid();
    let alg = |alg: &str| headed(json!({"alg": alg, "kid": kid}));
    let with = |name: &str, value: Value| {
        let mut header = json!({"alg": "RS256", "kid": kid});
        header[name] = value;
        headed(header)
    };
    let rows: Vec<(&str, String, Value, &str)> = vec![
        ("OI-01 none", alg("none"), none(), "jws_algorithm_none"),
        ("OI-01 nOnE", alg("nOnE"), none(), "jws_algorithm_none"),
        (
            "OI-01 no alg",
            headed(json!({"kid": kid})),
            none(),
            "jws_algorithm_missing",
        ),
        (
            "OI-03 HS256",
            alg("HS256"),
            none(),
            "jws_algorithm_symmetric",
        ),
        (
            "OI-04 jwk is not read",
            with("jwk", OTHER.jwk()),
            none(),
            "jws_bad_signature",
        ),
        (
            "OI-05 kid",
            with("kid", json!("../../key")),
            none(),
            "jws_unknown_key",
        ),
        (
            "OI-06 crit",
            with("crit", json!(["exp"])),
            none(),
            "jws_forbidden_header",
        ),
        (
            "OI-06 b64",
            with("b64", json!(false)),
            none(),
            "jws_forbidden_header",
        ),
        (
            "OI-06 zip",
            with("zip", json!("DEF")),
            none(),
            "jws_forbidden_header",
        ),
        (
            "at+jwt",
            with("typ", json!("at+jwt")),
            none(),
            "jws_unexpected_type",
        ),
        (
            "logout+jwt",
            with("typ", json!("logout+jwt")),
            none(),
            "jws_unexpected_type",
        ),
        (
            "ES256 by default",
            ec.clone(),
            none(),
            "jws_algorithm_not_allowed",
        ),
        (
            "ES256 allowed",
            ec,
            json!({"algorithm": ["RS256", "ES256"]}),
            "accepted 2482",
        ),
        ("stranger's key", stranger, none(), "jws_unknown_key"),
        (
            "changed",
            format!("{header}.{}.{signature}", part("{}")),
            none(),
            "jws_bad_signature",
        ),
        ("twice, unsigned", twice, none(), "jws_bad_signature"),
        (
            "no signature",
            format!("{signed}."),
            none(),
            "jws_signature_missing",
        ),
        (
            "short signature",
            format!("{signed}.{}", part("short")),
            none(),
            "jws_bad_signature",
        ),
        (
            "two parts",
            signed.to_owned(),
            none(),
            "jws_not_three_parts",
        ),
        (
            "four parts",
            format!("{good}.x"),
            none(),
            "jws_not_three_parts",
        ),
        (
            "padding",
            format!("{header}.{payload}=.{signature}"),
            none(),
            "jws_encoding",
        ),
        ("space", format!("{good} "), none(), "jws_encoding"),
        (
            "JSON",
            format!("{{\"payload\":\"{payload}\"}}"),
            none(),
            "jws_not_three_parts",
        ),
        ("empty", String::new(), none(), "jws_not_three_parts"),
        ("large", "a".repeat(200 << 10), none(), "jws_too_large"),
    ];
    check_batch(&arguments(&keys()), &rows);
}

#[test]
fn oi_151_keys_are_chosen_as_in_a_login() {
    let with = |keys: Vec<Value>| json!({"jwks": json!({"keys": keys}).to_string()});
    let changed = |name: &str, value: Value| {
        let mut key = RSA.jwk();
        key[name] = value;
        key
    };
    let mut same_kid = OTHER.jwk();
    same_kid["kid"] = RSA.kid().into();
    let no_kid = headed(json!({"alg": "RS256"}));
    let good = token(json!({}));
    let rows: Vec<(&str, String, Value, &str)> = vec![
        (
            "control",
            good.clone(),
            with(vec![RSA.jwk()]),
            "accepted 2482",
        ),
        (
            "unreadable neighbour",
            good.clone(),
            with(vec![json!({"kty": "XX"}), json!(7), RSA.jwk()]),
            "accepted 2482",
        ),
        (
            "two of one kid",
            good.clone(),
            with(vec![RSA.jwk(), same_kid]),
            "jws_ambiguous_key",
        ),
        (
            "no kid, two keys",
            no_kid,
            with(vec![RSA.jwk(), OTHER.jwk()]),
            "jws_ambiguous_key",
        ),
        (
            "for encryption",
            good.clone(),
            with(vec![changed("use", json!("enc"))]),
            "jwks_no_usable_key",
        ),
        (
            "other alg",
            good.clone(),
            with(vec![changed("alg", json!("PS256"))]),
            "jws_unknown_key",
        ),
        (
            "private half",
            good.clone(),
            with(vec![changed("d", json!("AQAB"))]),
            "jwks_no_usable_key",
        ),
        (
            "symmetric",
            good.clone(),
            with(vec![json!({"kty": "oct", "k": "AQAB"})]),
            "jwks_no_usable_key",
        ),
        (
            "no keys",
            good.clone(),
            json!({"jwks": "{}"}),
            "jwks_malformed",
        ),
        (
            "repeated member",
            good,
            json!({"jwks": r#"{"keys":[],"keys":[]}"#}),
            "jwks_malformed",
        ),
    ];
    check_batch(&arguments(&keys()), &rows);
}

#[test]
fn a_hash_that_is_not_in_the_token_is_said_not_to_be_compared() {
    let keys = keys();
    let mut arguments = arguments(&keys);
    arguments.extend(["--access-token", "anything"]);
    let said = inspect(&arguments, token(json!({})));
    assert_eq!(said.status, Some(0), "{}{}", said.out, said.err);
    let note = "at_hash: not in the token, not compared";
    assert!(said.out.contains(note), "{}", said.out);
    assert!(!said.out.contains("c_hash"), "{}", said.out);
    arguments.push("--json");
    let said = inspect(&arguments, token(json!({})));
    assert_eq!(said.verdicts()[0]["not_compared"], json!(["at_hash"]));
    arguments.extend(["--algorithm", "HS256"]);
    let said = inspect(&arguments, token(json!({})));
    assert_eq!(said.status, Some(2));
    assert!(said.err.contains("is none of EdDSA, ES256"), "{}", said.err);
}

#[test]
fn a_token_counts_once_whatever_becomes_of_its_signature() {
    let ec = |jti: &str| {
        P256.sign(claims(json!({"jti": jti})).as_object().unwrap())
            .unwrap()
    };
    let keys = keys();
    let mut all = arguments(&keys);
    all.extend(["--batch", "--replay", "--algorithm", "ES256"]);
    // ECDSA signs the same claims in a new way each time.
    let (one, again) = (ec("1"), ec("1"));
    assert_ne!(one, again);
    let input = [("1", &one), ("2", &again), ("3", &ec("2"))]
        .map(|(id, token)| line(id, token, none()))
        .concat();
    let outcomes: Vec<_> = outcomes(&inspect(&all, input))
        .into_iter()
        .map(|(_, it)| it)
        .collect();
    assert_eq!(outcomes, ["accepted 2482", "already_used", "accepted 2482"]);
}
