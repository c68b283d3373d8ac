//! Pairwise subjects (Core section 8.1): the same person has another name in each sector, so that two clients cannot
//! find out that they speak of one person.
//!
//! Owns the derivation. The sector of a client is [`super::client::Client::sector`]'s to say; the key is the caller's,
//! and must never change: with it every name would.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// The secret that keeps names from being computed by others.
pub struct PairwiseKey(hmac::Key);

impl PairwiseKey {
    /// From 32 random bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The name of a person in a sector: 43 characters of base64url.
    #[must_use]
    pub fn subject(&self, sector: &str, local_subject: &str) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"pairwise subject v1\0");
        // The length in front keeps apart what would read the same when joined.
        context.update(&(sector.len() as u64).to_be_bytes());
        context.update(sector.as_bytes());
        context.update(local_subject.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(context.sign())
    }
}

impl fmt::Debug for PairwiseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairwiseKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_stable_and_differs_by_sector_person_and_key() {
        let key = PairwiseKey::new(&[7; 32]);
        let name = key.subject("a.example", "alice");
        // What applications keep must be the same for ever, so it is written down.
        assert_eq!(name, "KwPJgMgLc7yFeMS4V6Rt9YIGmnxK5nWoA2RjVsNYE0Y");
        assert_eq!(
            name,
            PairwiseKey::new(&[7; 32]).subject("a.example", "alice")
        );
        let others = [
            key.subject("b.example", "alice"),
            key.subject("a.example", "bob"),
            key.subject("a.examplea", "lice"),
            key.subject("a.exampl", "ealice"),
            PairwiseKey::new(&[8; 32]).subject("a.example", "alice"),
        ];
        assert!(!others.contains(&name));
        assert!(!name.contains("alice") && !format!("{key:?}").contains('7'));
    }
}
