//! Time-based one-time passwords of an authenticator app (RFC 6238).
//!
//! Owns the seed and the last step that was used, both in the enrolment's memo. Does not own the counting of attempts,
//! nor the race between parallel answers: each answer that is right returns the next state of the enrolment, and the
//! store lets one of them replace the one that was read.
//!
//! **Invariant:** a code counts once, and none counts that is older than one that counted (RFC 6238 section 5.2). The
//! code that confirmed the enrolment has counted.

mod seed;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use totp_rs::Secret;
use vestibule_core::{
    evidence::{Enrolment, Role, Strength, Traits},
    id::{EnrolmentId, FactorKind},
    identity::Person,
    port::{
        Answer, Enrol, EnrolVerdict, Entropy, Factor, FactorError, NewEnrolment, Prompt, Verdict,
    },
    request::Memo,
};

use self::seed::Seed;
pub use self::settings::{Algorithm, Digits, Period, Settings};
use crate::{CODE_WRONG, nothing_enrolled, unreadable};

/// 160 bits, as RFC 4226 section 4 (R6) recommends and every app takes.
const SECRET_BYTES: usize = 20;

/// The name of a new enrolment.
const LABEL: &str = "Authenticator app";

/// Codes of an authenticator app.
pub struct Totp {
    traits: Traits,
    settings: Settings,
    entropy: Arc<dyn Entropy>,
}

impl Totp {
    /// The settings hold for enrolments from now on; an existing one keeps those that it was made with, because the
    /// person's app does.
    #[must_use]
    pub fn new(settings: Settings, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            traits: Traits {
                kind: FactorKind::totp(),
                amr: &["otp"],
                role: Role::Primary,
                strength: Strength::OneTimeCode,
                enrols_inline: true,
            },
            settings,
            entropy,
        }
    }
}

#[async_trait]
impl Factor for Totp {
    fn traits(&self) -> &Traits {
        &self.traits
    }

    async fn challenge(
        &self,
        _who: &Person,
        enrolled: &[Enrolment],
        _now: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError> {
        let last_used = enrolled.first().ok_or_else(nothing_enrolled)?;
        let seed: Seed = last_used.secret.read().map_err(unreadable)?;
        let prompt = Prompt::Code {
            digits: Some(seed.digits().into()),
            hint: last_used.label.clone(),
        };
        Ok((prompt, Memo::default()))
    }

    async fn verify(
        &self,
        _memo: &Memo,
        _who: &Person,
        enrolled: &[Enrolment],
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<Verdict, FactorError> {
        for app in enrolled {
            let seed: Seed = app.secret.read().map_err(unreadable)?;
            let step = seed.matched_step(typed(answer)?, now)?;
            // Made for a wrong answer too, so that both take the same time.
            let next = Enrolment {
                secret: Memo::of(&seed.used_at(step)).map_err(unreadable)?,
                last_used_at: Some(now),
                ..app.clone()
            };
            if step.is_some() {
                return Ok(Verdict::Passed(Box::new(next)));
            }
        }
        Ok(Verdict::Wrong(CODE_WRONG))
    }

    fn enrol(&self) -> Option<&dyn Enrol> {
        Some(self)
    }
}

#[async_trait]
impl Enrol for Totp {
    // Attack row MF-43: the secret is made here, and nothing of it comes back from the browser but a code.
    async fn begin(
        &self,
        who: &Person,
        _enrolled: &[Enrolment],
        _now: DateTime<Utc>,
    ) -> Result<(Prompt, Memo), FactorError> {
        let secret = Secret::new_stack(self.entropy.bytes::<SECRET_BYTES>());
        let seed = Seed::new(&secret, &self.settings);
        let account = who.mail.as_deref().unwrap_or_else(|| who.label());
        let prompt = Prompt::ScanSecret {
            uri: seed.uri(&self.settings.issuer, account)?,
            secret: secret.to_base32(),
            digits: self.settings.digits.into(),
        };
        Ok((prompt, Memo::of(&seed).map_err(unreadable)?))
    }

    async fn finish(
        &self,
        memo: &Memo,
        _who: &Person,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<EnrolVerdict, FactorError> {
        let seed: Seed = memo.read().map_err(unreadable)?;
        Ok(match seed.matched_step(typed(answer)?, now)? {
            Some(step) => EnrolVerdict::Enrolled(NewEnrolment {
                id: EnrolmentId::from_bytes(self.entropy.bytes()),
                label: LABEL.to_owned(),
                secret: Memo::of(&seed.used_at(Some(step))).map_err(unreadable)?,
                proven: true,
            }),
            None => EnrolVerdict::Wrong(CODE_WRONG),
        })
    }
}

/// What the person typed.
fn typed(answer: &Answer) -> Result<&str, FactorError> {
    match answer {
        Answer::Code(typed) => Ok(typed.expose_secret()),
        _ => Err(FactorError::WrongForm),
    }
}

#[cfg(test)]
mod tests;
