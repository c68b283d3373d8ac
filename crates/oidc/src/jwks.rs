//! The keys that an issuer publishes.
//!
//! Owns the reading of a JWK set (RFC 7517) and the choice of the one key that fits a token. It does
//! not fetch, keep or refresh sets; [`crate::cooldown`] says when that may be done.
//!
//! A set is other people's writing: a key that cannot be used is put aside with its reason, and the
//! rest is used (OI-151). What is kept is ready for verification, so nothing is parsed per login.
//!
//! **Invariant:** a symmetric key never enters a [`Jwks`], nor one whose private half was published.

mod key;

use std::fmt;

use jsonwebtoken::DecodingKey;
use serde_json::Value;

pub use self::key::KeyFault;
use self::key::PublicKey;
use crate::{algorithm::Algorithm, json};

/// The largest JWK set, in bytes.
pub const MAX_JWKS_BYTES: usize = 512 * 1024;

/// The most keys in one set.
pub const MAX_KEYS: usize = 100;

/// The longest `kid`, in bytes.
pub const MAX_KID_BYTES: usize = 512;

/// Why a JWK set as a whole is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksRejection {
    /// Not a strict JSON object with a list `keys`.
    #[error("the provider's key set cannot be read: {fault}")]
    Malformed {
        /// What is wrong with it.
        fault: String,
    },
    /// Nothing in it can verify a signature.
    #[error("the provider's key set has no usable signing key ({ignored} were put aside)")]
    NoUsableKey {
        /// How many keys were put aside.
        ignored: usize,
    },
    /// More bytes or keys than a set may have.
    #[error("the provider's key set is larger than {MAX_JWKS_BYTES} bytes or {MAX_KEYS} keys")]
    TooLarge,
}

impl JwksRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "jwks_malformed",
            Self::NoUsableKey { .. } => "jwks_no_usable_key",
            Self::TooLarge => "jwks_too_large",
        }
    }
}

/// A key of the set that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredKey {
    /// Its `kid`, if it has a readable one.
    pub kid: Option<String>,
    /// Why it is not used.
    pub fault: KeyFault,
}

/// Why no key can be chosen for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoChoice {
    /// No key fits.
    NoneFits,
    /// Several fit.
    SeveralFit,
}

/// The usable keys of one issuer.
pub struct Jwks {
    keys: Vec<PublicKey>,
    ignored: Vec<IgnoredKey>,
}

impl Jwks {
    /// Reads a JWK set.
    ///
    /// # Errors
    /// [`JwksRejection`] if the set cannot be read or holds no usable key.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwksRejection> {
        if bytes.len() > MAX_JWKS_BYTES {
            return Err(JwksRejection::TooLarge);
        }
        let malformed = |fault: String| JwksRejection::Malformed { fault };
        let mut set = json::parse_object(bytes).map_err(|fault| malformed(fault.to_string()))?;
        let Some(Value::Array(entries)) = set.remove("keys") else {
            return Err(malformed("it has no list \"keys\"".to_owned()));
        };
        if entries.len() > MAX_KEYS {
            return Err(JwksRejection::TooLarge);
        }
        let (mut keys, mut ignored) = (Vec::new(), Vec::new());
        for entry in &entries {
            match PublicKey::read(entry) {
                Ok(key) => keys.push(key),
                Err(fault) => {
                    let kid = entry.get("kid").and_then(Value::as_str).map(str::to_owned);
                    ignored.push(IgnoredKey { kid, fault });
                }
            }
        }
        if keys.is_empty() {
            return Err(JwksRejection::NoUsableKey {
                ignored: ignored.len(),
            });
        }
        Ok(Self { keys, ignored })
    }

    /// Keys that were put aside, for the administrator's eyes.
    #[must_use]
    pub fn ignored(&self) -> &[IgnoredKey] {
        &self.ignored
    }

    /// The key ids of the usable keys.
    pub fn key_ids(&self) -> impl Iterator<Item = Option<&str>> {
        self.keys.iter().map(|key| key.kid.as_deref())
    }

    /// The one key that fits. A token without `kid` is accepted only where a single key fits
    /// (Core section 10.1); `kid` is compared as an exact string.
    pub(crate) fn select(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Result<&DecodingKey, NoChoice> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.fits(algorithm))
            .filter(|key| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid)));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(&key.verifier),
            (None, _) => Err(NoChoice::NoneFits),
            (Some(_), Some(_)) => Err(NoChoice::SeveralFit),
        }
    }
}

/// Whether a key would be used if somebody published it.
pub(crate) fn check(entry: &Value) -> Result<(), KeyFault> {
    PublicKey::read(entry).map(|_| ())
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwks")
            .field("kids", &self.key_ids().collect::<Vec<_>>())
            .field("ignored", &self.ignored)
            .finish()
    }
}

#[cfg(test)]
mod tests;
