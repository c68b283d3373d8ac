//! What the tests of this crate share: keys made once per run, one provider, one benign token.
//!
//! Owns the benign control OI-B1; each test changes one thing about it.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::{
    algorithm::Algorithm,
    discovery::{Provider, Rules},
    id_token::{self, Expectation, IdTokenRejection, VerifiedIdToken},
    jwks::Jwks,
    signing::{KeyKind, SigningKey, jwk_set},
};

pub(crate) const ISSUER: &str = "https://idp.example/realms/acme";
pub(crate) const CLIENT: &str = "vestibule";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";
pub(crate) const ACCESS_TOKEN: &str = "access-token-of-this-response";
pub(crate) const CODE: &str = "code-of-this-login";
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const SUBJECT: &str = "248289761001";

pub(crate) const EVERY_ALGORITHM: &[Algorithm] = &Algorithm::ALL;

pub(crate) static RSA_PKCS8: LazyLock<Zeroizing<Vec<u8>>> =
    LazyLock::new(|| SigningKey::generate_pkcs8(KeyKind::Rsa2048).unwrap());
pub(crate) static RSA: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_pkcs8(&RSA_PKCS8).unwrap());
pub(crate) static STRANGER: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Rsa2048));
pub(crate) static P256: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::P256));
pub(crate) static ED25519: LazyLock<SigningKey> = LazyLock::new(|| key(KeyKind::Ed25519));

fn key(kind: KeyKind) -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(kind).unwrap()).unwrap()
}

pub(crate) fn now() -> DateTime<Utc> {
    at(NOW)
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// The provider's keys: one of each kind.
pub(crate) fn jwks() -> Jwks {
    Jwks::parse(jwk_set([&*RSA, &*P256, &*ED25519]).to_string().as_bytes()).unwrap()
}

/// The payload of OI-B1.
pub(crate) fn claims() -> Map<String, Value> {
    object(json!({
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": CLIENT,
        "exp": NOW + 300,
        "iat": NOW - 5,
        "auth_time": NOW - 30,
        "nonce": NONCE,
        "acr": "1",
        "amr": ["pwd"],
        "email": "alice@acme.example",
        "email_verified": true,
    }))
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// OI-B1 with some claims replaced; `null` removes one.
pub(crate) fn claims_with(changes: Value) -> Map<String, Value> {
    let mut claims = claims();
    for (name, value) in object(changes) {
        match value {
            Value::Null => drop(claims.remove(&name)),
            value => drop(claims.insert(name, value)),
        }
    }
    claims
}

/// The header that [`SigningKey::sign`] writes, with some members replaced.
pub(crate) fn header_with(key: &SigningKey, changes: Value) -> Value {
    let mut header = object(json!({"alg": key.algorithm().name(), "kid": key.kid(), "typ": "JWT"}));
    for (name, value) in object(changes) {
        match value {
            Value::Null => drop(header.remove(&name)),
            value => drop(header.insert(name, value)),
        }
    }
    Value::Object(header)
}

/// A token over exactly these texts.
pub(crate) fn token(key: &SigningKey, header: &str, payload: &str) -> String {
    key.sign_parts(header.as_bytes(), payload.as_bytes())
        .unwrap()
}

/// OI-B1 under another header.
pub(crate) fn token_with_header(key: &SigningKey, changes: Value) -> String {
    token(
        key,
        &header_with(key, changes).to_string(),
        &json!(claims()).to_string(),
    )
}

pub(crate) fn expectation() -> Expectation<'static> {
    Expectation::new(ISSUER, CLIENT, NONCE, ACCESS_TOKEN, CODE, now())
}

pub(crate) fn check(token: &str) -> Result<VerifiedIdToken, IdTokenRejection> {
    id_token::verify(token, &expectation(), &jwks())
}

/// The reason code, or `ok`.
pub(crate) fn outcome(result: Result<VerifiedIdToken, IdTokenRejection>) -> &'static str {
    result.map_or_else(|rejection| rejection.code(), |_| "ok")
}

/// The verified form of OI-B1 with some claims replaced.
pub(crate) fn verified(changes: Value) -> VerifiedIdToken {
    check(&RSA.sign(&claims_with(changes)).unwrap()).unwrap()
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"),
        "userinfo_endpoint": format!("{ISSUER}/userinfo"),
        "jwks_uri": format!("{ISSUER}/keys"),
        "response_types_supported": ["code", "none", "id_token token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "ES256", "XX1"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        "authorization_response_iss_parameter_supported": true,
    })
}

pub(crate) fn rules() -> Rules<'static> {
    Rules {
        issuer: ISSUER,
        other_hosts: &[],
        danger_allow_loopback_http: false,
    }
}

pub(crate) fn provider() -> Provider {
    Provider::parse(metadata().to_string().as_bytes(), rules()).unwrap()
}
