//! What an administrator may set about codes of an authenticator app.
//!
//! Owns the choices, so that no value outside the standard can be written down. Does not
//! know the configuration's spelling. The serde form of the choices is what an enrolment keeps.

use serde::{Deserialize, Serialize};

/// Settings for enrolments from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name that the app shows above the account, such as the organisation's.
    pub issuer: String,
    /// How many digits a code has.
    pub digits: Digits,
    /// The hash. Several apps ignore this and use SHA-1 silently, so that codes never match.
    pub algorithm: Algorithm,
    /// How long a code is shown, in seconds.
    pub period: Period,
}

impl Default for Settings {
    /// What every app can do: SHA-1, six digits, 30 seconds.
    fn default() -> Self {
        Self {
            issuer: "Vestibule".to_owned(),
            digits: Digits::Six,
            algorithm: Algorithm::Sha1,
            period: Period::Seconds30,
        }
    }
}

/// A number that is not among the choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write {0}")]
pub struct NotAChoice(&'static str);

/// How many digits a code has (RFC 4226 section 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Digits {
    /// Six.
    Six,
    /// Eight.
    Eight,
}

impl From<Digits> for u8 {
    fn from(digits: Digits) -> Self {
        match digits {
            Digits::Six => 6,
            Digits::Eight => 8,
        }
    }
}

impl TryFrom<u8> for Digits {
    type Error = NotAChoice;
    fn try_from(number: u8) -> Result<Self, NotAChoice> {
        match number {
            6 => Ok(Self::Six),
            8 => Ok(Self::Eight),
            _ => Err(NotAChoice("6 or 8")),
        }
    }
}

/// The hash inside the HMAC (RFC 6238 section 1.2). SHA-1 is sound here: HMAC does not rest on freedom from collisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

impl From<Algorithm> for totp_rs::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::SHA1,
            Algorithm::Sha256 => Self::SHA256,
            Algorithm::Sha512 => Self::SHA512,
        }
    }
}

/// How long a code is shown (RFC 6238 section 5.2 recommends 30 seconds).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Period {
    /// Half a minute.
    Seconds30,
    /// A minute.
    Seconds60,
}

impl From<Period> for u8 {
    fn from(period: Period) -> Self {
        match period {
            Period::Seconds30 => 30,
            Period::Seconds60 => 60,
        }
    }
}

impl TryFrom<u8> for Period {
    type Error = NotAChoice;
    fn try_from(number: u8) -> Result<Self, NotAChoice> {
        match number {
            30 => Ok(Self::Seconds30),
            60 => Ok(Self::Seconds60),
            _ => Err(NotAChoice("30 or 60")),
        }
    }
}
