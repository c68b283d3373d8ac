//! `vestibule inspect id-token`.
//!
//! Owns what a login would know of a token, as arguments. Does not judge.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_upstream::oidc::{MAX_TOKEN_BYTES, TokenTerms, claims};

use super::{
    Fault, Judge, Materials,
    clock::Clock,
    proof::Proof,
    provider::Provider,
    report::{Accepted, Once},
    value::Seconds,
};

/// What an ID token is held against.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    #[command(flatten)]
    #[serde(flatten)]
    provider: Provider,
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
    #[command(flatten)]
    #[serde(flatten)]
    clock: Clock,
}

impl Judge for Settings {
    type Says = Proof;

    const LARGEST: usize = MAX_TOKEN_BYTES;
    const TOO_LARGE: &'static str = "jws_too_large";

    fn judge(
        &self,
        message: &[u8],
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<Accepted<Proof>, Fault> {
        let terms = TokenTerms {
            issuer: self.provider.issuer()?,
            client_id: self.provider.client_id()?,
            nonce: self.nonce.as_deref(),
            access_token: self.access_token.as_deref(),
            code: self.code.as_deref(),
            max_age: self.max_age.map(|age| Duration::from_secs(age.0)),
            algorithms: &self.provider.algorithms()?,
            trusted_audiences: self.provider.trusted_audiences(),
            skew: Duration::from_secs(self.clock.skew_seconds().into()),
            now: self.clock.at_or(now),
        };
        let keys = self.provider.keys(materials)?;
        // What is not UTF-8 is no base64url either, and is refused as that.
        let token = String::from_utf8_lossy(message);
        let verified = terms.judge(&token, &keys)?;
        // Not the signature: with ECDSA the same claims can be given a second one by anybody.
        let claimed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
        let hashes = [("at_hash", &self.access_token), ("c_hash", &self.code)];
        let absent = |(name, given): (&'static str, &Option<String>)| {
            (given.is_some() && verified.claims().text(name).is_none()).then_some(name)
        };
        let says = Proof {
            not_compared: hashes.into_iter().filter_map(absent).collect(),
            subject: Some(verified.subject().to_owned()),
            attributes: claims(&verified),
            authn_context: verified.acr().map(str::to_owned),
            session_index: verified.claims().text("sid").map(str::to_owned),
            issuer: verified.issuer().to_owned(),
            message_id: verified.claims().text("jti").map(str::to_owned),
            authenticated_at: verified.auth_time(),
            ..Proof::default()
        };
        Ok(Accepted {
            says,
            once: Some(Once::of(&[verified.issuer(), claimed])),
        })
    }
}
