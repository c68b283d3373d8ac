//! Secrets of clients, as they are kept.
//!
//! Owns the hash and its comparison. SHA-256 without salt or stretching is enough for what it is given: secrets that
//! were drawn at random with 128 bits or more, never words that people chose.

use std::fmt;

use aws_lc_rs::{constant_time, digest};

/// SHA-256 of a client's secret. Its `Debug` shows nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretHash([u8; Self::BYTES]);

impl SecretHash {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// Of a secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        let mut hash = [0; Self::BYTES];
        let digest = digest::digest(&digest::SHA256, secret.as_bytes());
        for (to, from) in hash.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        Self(hash)
    }

    /// As it was kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// To be kept.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Whether it is one of these, without leaving early; where there is none, one comparison is made all the same.
    pub(super) fn is_among(&self, known: &[Self]) -> bool {
        let nobody = [Self([0; Self::BYTES])];
        let (compared, is_known) = if known.is_empty() {
            (nobody.as_slice(), false)
        } else {
            (known, true)
        };
        let found = compared
            .iter()
            .fold(false, |found, other| found | self.equals(other));
        found & is_known
    }

    fn equals(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}
