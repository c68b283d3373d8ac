//! `vestibule inspect id-token`.
//!
//! Owns what a login would know of a token, as arguments. Does not judge.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_upstream::oidc::{Algorithm, MAX_TOKEN_BYTES, TokenTerms, claims};

use super::{
    Fault, Judge, Materials,
    clock::Clock,
    needed,
    report::Accepted,
    value::{Seconds, one_or_many},
};

/// What an ID token is held against.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    /// The provider's keys: a JWK set in a file, or the JSON itself.
    #[arg(
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        required_unless_present = "batch"
    )]
    jwks: Option<String>,
    /// The provider's issuer, compared byte for byte.
    #[arg(long, value_name = "URL", required_unless_present = "batch")]
    issuer: Option<String>,
    /// Our client id there.
    #[arg(long, value_name = "ID", required_unless_present = "batch")]
    client_id: Option<String>,
    /// The nonce of the authorization request.
    #[arg(long, value_name = "NONCE")]
    nonce: Option<String>,
    /// `max_age` of the authorization request, in seconds; makes `auth_time` needed.
    #[arg(long, value_name = "SECONDS")]
    max_age: Option<Seconds>,
    /// The access token that came with it, for `at_hash`.
    #[arg(long, value_name = "TOKEN")]
    access_token: Option<String>,
    /// The code that it was redeemed for, for `c_hash`.
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// A signature algorithm that is accepted; repeat it for more. RS256 unless given.
    #[arg(long, value_name = "NAME")]
    #[serde(deserialize_with = "one_or_many")]
    algorithm: Vec<String>,
    /// An audience that may stand beside us; repeat it for more.
    #[arg(long, value_name = "ID")]
    #[serde(deserialize_with = "one_or_many")]
    trusted_audience: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    clock: Clock,
}

impl Settings {
    fn algorithms(&self) -> Result<Vec<Algorithm>, Fault> {
        if self.algorithm.is_empty() {
            return Ok(vec![Algorithm::Rs256]);
        }
        let known = |name: &String| {
            Algorithm::from_name(name).ok_or_else(|| Fault::Unusable {
                argument: "algorithm",
                why: format!(
                    "cannot be used: {name:?} is none of {}",
                    Algorithm::ALL.map(Algorithm::name).join(", ")
                ),
            })
        };
        self.algorithm.iter().map(known).collect()
    }
}

impl Judge for Settings {
    const LARGEST: usize = MAX_TOKEN_BYTES;
    const TOO_LARGE: &'static str = "jws_too_large";

    fn judge(
        &self,
        message: &[u8],
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<Accepted, Fault> {
        let terms = TokenTerms {
            issuer: needed(self.issuer.as_deref(), "issuer")?,
            client_id: needed(self.client_id.as_deref(), "client_id")?,
            nonce: self.nonce.as_deref(),
            access_token: self.access_token.as_deref(),
            code: self.code.as_deref(),
            max_age: self.max_age.map(|age| Duration::from_secs(age.0)),
            algorithms: &self.algorithms()?,
            trusted_audiences: &self.trusted_audience,
            skew: Duration::from_secs(self.clock.skew_seconds().into()),
            now: self.clock.at_or(now),
        };
        let keys = materials.jwks(needed(self.jwks.as_deref(), "jwks")?)?;
        // What is not UTF-8 is no base64url either, and is refused as that.
        let token = String::from_utf8_lossy(message);
        let verified = terms.judge(&token, &keys)?;
        // Not the signature: with ECDSA the same claims can be given a second one by anybody.
        let claimed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
        let hashes = [("at_hash", &self.access_token), ("c_hash", &self.code)];
        let absent = |(name, given): (&'static str, &Option<String>)| {
            (given.is_some() && verified.claims().text(name).is_none()).then_some(name)
        };
        Ok(Accepted {
            not_compared: hashes.into_iter().filter_map(absent).collect(),
            subject: Some(verified.subject().to_owned()),
            attributes: claims(&verified),
            authn_context: verified.acr().map(str::to_owned),
            session_index: verified.claims().text("sid").map(str::to_owned),
            issuer: verified.issuer().to_owned(),
            message_id: verified.claims().text("jti").map(str::to_owned),
            authenticated_at: verified.auth_time(),
            ..Accepted::once(&[verified.issuer(), claimed])
        })
    }
}
