//! ID tokens of ours that come back (`id_token_hint`, OpenID Connect Core 3.1.2.1, RP-Initiated Logout 1.0 section 2).
//!
//! Owns whether one is ours, and whom it names. A hint logs nobody in: it says only whom an application means.
//!
//! **Invariant:** its time is not looked at, for a hint may be long past it; so nothing may rest on a hint but what the
//! person, their session or policy says as well.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use thiserror::Error;
use vestibule_oidc::{
    algorithm::Algorithm,
    jwks::{Jwks, JwksRejection},
    jws::{self, JwsRejection},
};

use super::Registry;

/// What ID tokens of ours are signed with.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];

/// What a hint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The client that the token was issued to.
    pub client_id: String,
    /// `sub`: the person, as that client knows them.
    pub subject: String,
    /// `sid`: the session, as that client knows it.
    pub session: Option<String>,
}

/// Why a hint is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HintFault {
    /// Our own keys cannot be read.
    #[error(transparent)]
    Keys(#[from] JwksRejection),
    /// It is signed, and yet no ID token of ours.
    #[error("it is not an ID token of this issuer")]
    NotOurs,
    /// It is not signed by us.
    #[error(transparent)]
    Signature(#[from] JwsRejection),
}

impl HintFault {
    /// None of our keys of now signed it. It may be one of ours all the same, of a key that was retired.
    #[must_use]
    pub fn is_unknown_key(&self) -> bool {
        matches!(self, Self::Signature(JwsRejection::UnknownKey { .. }))
    }
}

/// The client that a token names, whoever signed it: as good as a `client_id` that stands in the request beside it.
#[must_use]
pub fn claimed_client(token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
    client(&claims)
}

/// `azp` is there where others stand beside the client in `aud`.
fn client(claims: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    text("azp").or_else(|| text("aud"))
}

/// Reads a hint.
///
/// # Errors
/// [`HintFault`].
pub fn verify(registry: &Registry, token: &str) -> Result<Hint, HintFault> {
    let keys = Jwks::parse(registry.keys.load().jwks().as_bytes())?;
    let signed = jws::verify(token, &ALGORITHMS, &keys)?;
    let claims: Map<String, Value> =
        serde_json::from_slice(signed.payload()).map_err(|_| HintFault::NotOurs)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_ours = text("iss").as_deref() == Some(registry.issuer());
    match (client(&claims), text("sub")) {
        (Some(client_id), Some(subject)) if is_ours => Ok(Hint {
            client_id,
            subject,
            session: text("sid"),
        }),
        _ => Err(HintFault::NotOurs),
    }
}
