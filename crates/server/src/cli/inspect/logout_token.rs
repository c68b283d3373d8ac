//! `vestibule inspect logout-token`.
//!
//! Owns what a relying party would know of a logout token, as arguments. Does not judge.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use vestibule_upstream::oidc::{LogoutTerms, MAX_TOKEN_BYTES, logout_token};

use super::{
    Fault, Judge, Materials,
    clock::Clock,
    proof::moment,
    provider::Provider,
    report::{Accepted, Lines, Once, Statement},
};

/// What a logout token is held against.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    #[command(flatten)]
    #[serde(flatten)]
    provider: Provider,
    /// Accept a token without `exp`, as providers send it that follow an older edition.
    #[arg(long)]
    danger_accept_no_expiry: bool,
    #[command(flatten)]
    #[serde(flatten)]
    clock: Clock,
}

/// Whose session ended.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Ended {
    /// `sub`; null if the token names a session alone.
    subject: Option<String>,
    /// `sid`; null if all sessions of the person ended.
    session_index: Option<String>,
    /// `iss`.
    issuer: String,
    /// `jti`.
    message_id: String,
    /// `iat`.
    issued_at: DateTime<Utc>,
}

impl Statement for Ended {
    fn tell(&self, lines: &mut Lines) {
        lines.add("Issuer", Some(&self.issuer));
        lines.add("Id", Some(&self.message_id));
        lines.add("Issued", Some(&moment(self.issued_at)));
        lines.add("Subject", self.subject.as_deref());
        lines.add("Session", self.session_index.as_deref());
    }
}

impl Judge for Settings {
    type Says = Ended;

    const LARGEST: usize = MAX_TOKEN_BYTES;
    const TOO_LARGE: &'static str = "jws_too_large";

    fn judge(
        &self,
        message: &[u8],
        materials: &mut Materials,
        now: DateTime<Utc>,
    ) -> Result<Accepted<Ended>, Fault> {
        let terms = LogoutTerms {
            issuer: self.provider.issuer()?,
            client_id: self.provider.client_id()?,
            algorithms: &self.provider.algorithms()?,
            trusted_audiences: self.provider.trusted_audiences(),
            danger_accept_no_expiry: self.danger_accept_no_expiry,
            skew: Duration::from_secs(self.clock.skew_seconds().into()),
            now: self.clock.at_or(now),
        };
        let keys = self.provider.keys(materials)?;
        let verified = terms.judge(&logout_token(message)?, &keys)?;
        let says = Ended {
            subject: verified.target().subject().map(str::to_owned),
            session_index: verified.target().session().map(str::to_owned),
            issuer: verified.issuer().to_owned(),
            message_id: verified.id().to_owned(),
            issued_at: verified.issued_at(),
        };
        Ok(Accepted {
            says,
            once: Some(Once::of(&[verified.issuer(), verified.id()])),
        })
    }
}
