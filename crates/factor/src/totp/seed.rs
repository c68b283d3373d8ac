//! One authenticator app's seed: which codes are right, and which step was used last.
//!
//! Owns the arithmetic of RFC 6238 and the spelling of what a person typed. Does not know who the person is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use totp_rs::{Builder, Secret};
use vestibule_core::port::FactorError;
use zeroize::Zeroizing;

use super::{Algorithm, Digits, Period, Settings};

/// Steps before and after the present one whose codes are taken (RFC 6238 section 5.2: for the way from the screen to
/// us, and for clocks that are not quite right).
const SKEW: u64 = 1;

/// The longest issuer or account name in an `otpauth` address, in characters: apps cut longer ones, and the QR code
/// must stay readable.
const LONGEST_NAME: usize = 64;

/// What an enrolment keeps.
#[derive(Serialize, Deserialize)]
pub(super) struct Seed {
    /// Base 32, as the app has it.
    secret: String,
    digits: Digits,
    algorithm: Algorithm,
    period: Period,
    /// The last step whose code was taken; `None` until the first.
    last_step: Option<u64>,
}

impl Seed {
    pub(super) fn new(secret: &Secret, settings: &Settings) -> Self {
        Self {
            secret: secret.to_base32(),
            digits: settings.digits,
            algorithm: settings.algorithm,
            period: settings.period,
            last_step: None,
        }
    }

    pub(super) fn digits(&self) -> Digits {
        self.digits
    }

    /// The step that the typed code belongs to: within the window, and after the last one that was used.
    ///
    /// Every step of the window is computed and compared in constant time, so that the time taken tells nothing.
    pub(super) fn matched_step(
        &self,
        typed: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, FactorError> {
        let Some(typed) = digits_of(typed, self.digits) else {
            return Ok(None);
        };
        let codes = self.builder()?.build().map_err(corrupt)?;
        let seconds = u64::try_from(now.timestamp())
            .map_err(|_| FactorError::Unreachable("the clock stands before 1970".to_owned()))?;
        let present = seconds / codes.step();
        let mut matched = None;
        for step in present.saturating_sub(SKEW)..=present + SKEW {
            let code = Zeroizing::new(codes.generate(step * codes.step()).to_string());
            let same = bool::from(code.as_bytes().ct_eq(typed.as_bytes()));
            let unused = self.last_step.is_none_or(|last| step > last);
            if same && unused {
                matched = matched.or(Some(step));
            }
        }
        Ok(matched)
    }

    /// The same seed, with all codes up to this step burnt; `None` burns nothing.
    pub(super) fn used_at(self, step: Option<u64>) -> Self {
        Self {
            last_step: step.or(self.last_step),
            ..self
        }
    }

    /// The `otpauth` address that apps read: the "Key Uri Format" of Google Authenticator's wiki.
    pub(super) fn uri(&self, issuer: &str, account: &str) -> Result<String, FactorError> {
        let account = named(account).unwrap_or_else(|| "account".to_owned());
        let codes = self
            .builder()?
            .with_account_name(account)
            .with_issuer(named(issuer))
            .build()
            .map_err(corrupt)?;
        codes.to_url().map_err(corrupt)
    }

    fn builder(&self) -> Result<Builder, FactorError> {
        let secret = Secret::try_from_base32(&self.secret).map_err(corrupt)?;
        Ok(Builder::new()
            .with_secret(secret)
            .with_algorithm(self.algorithm.into())
            .with_digits(self.digits.into())
            .with_step_duration(u64::from(u8::from(self.period))))
    }
}

fn corrupt(cause: impl std::fmt::Display) -> FactorError {
    FactorError::Corrupt(format!("the seed cannot be used: {cause}"))
}

/// The typed code without the ASCII spaces and dashes that people put between groups; `None` if anything is left over
/// but exactly that many ASCII digits (attack row MF-23). Stops at the first character that is out of place.
fn digits_of(typed: &str, digits: Digits) -> Option<Zeroizing<String>> {
    let wanted = usize::from(u8::from(digits));
    let mut code = Zeroizing::new(String::with_capacity(wanted));
    for character in typed.chars() {
        match character {
            ' ' | '-' => {}
            '0'..='9' if code.len() < wanted => code.push(character),
            _ => return None,
        }
    }
    (code.len() == wanted).then_some(code)
}

/// A name fit for an `otpauth` label, where a colon parts issuer and account; `None` if nothing is left of it.
fn named(name: &str) -> Option<String> {
    let name: String = name
        .trim()
        .chars()
        .filter(|character| !character.is_control() && *character != ':')
        .take(LONGEST_NAME)
        .collect();
    (!name.is_empty()).then_some(name)
}
