//! Any text as an ID token: what is accepted says what the provider said.

use std::{collections::BTreeMap, sync::LazyLock};

use chrono::TimeDelta;
use serde_json::{Map, Value};
use vestibule_oidc::{
    id_token::{self, Expectation},
    jwks::Jwks,
    provider::id_token::{HandedOut, IdTokenClaims},
    signing::{KeyKind, SigningKey, jwk_set},
};

use crate::{genuine, splice::splice};

/// How many genuine tokens there are.
pub const STARTS: usize = 1;

const ISSUER: &str = "https://op.test";
const CLIENT: &str = "vestibule";
const ACCESS_TOKEN: &str = "access";
const CODE: &str = "code";
const NONCE: &str = "nonce";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let der = SigningKey::generate_pkcs8(KeyKind::Rsa2048).expect("a key can be made");
    SigningKey::from_pkcs8(&der).expect("and read")
});

static JWKS: LazyLock<Jwks> = LazyLock::new(|| {
    let set = serde_json::to_vec(&jwk_set([&*KEY])).expect("it is JSON");
    Jwks::parse(&set).expect("our own keys can be read")
});

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let now = genuine::now();
    let claims = IdTokenClaims {
        issuer: ISSUER,
        subject: "alice",
        client_id: CLIENT,
        other_audiences: &[],
        issued_at: now,
        expires_at: now + TimeDelta::minutes(5),
        auth_time: now,
        nonce: Some(NONCE),
        acr: Some("1"),
        amr: &["pwd"],
        session: None,
        extra: Map::from_iter([("email".to_owned(), Value::from("alice@a.test"))]),
    };
    let with = HandedOut {
        access_token: Some(ACCESS_TOKEN),
        code: Some(CODE),
    };
    let token = claims.mint(&KEY, with);
    vec![token.expect("a token can be made").into_bytes()]
});

static BENIGN: LazyLock<BTreeMap<String, Value>> =
    LazyLock::new(|| verify(&GENUINE[0]).expect("the genuine token is accepted"));

/// Verifies, and compares.
///
/// # Panics
/// If another claim is read from it.
pub fn run(script: &[u8]) -> bool {
    let token = splice(&GENUINE, script);
    let Some(claims) = verify(&token) else {
        return false;
    };
    let said = String::from_utf8_lossy(&token);
    assert_eq!(claims, *BENIGN, "something else was read from {said}");
    true
}

fn verify(token: &[u8]) -> Option<BTreeMap<String, Value>> {
    let token = std::str::from_utf8(token).ok()?;
    let expected = Expectation::new(ISSUER, CLIENT, NONCE, ACCESS_TOKEN, CODE, genuine::now());
    let verified = id_token::verify(token, &expected, &JWKS).ok()?;
    assert_eq!(verified.subject(), "alice", "somebody else");
    let claims = verified.claims().iter();
    Some(
        claims
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect(),
    )
}
