//! The chain of the audit log: the arithmetic.
//!
//! Owns the two MACs. Each entry's value is an HMAC-SHA256 over the value before it, its number and its text, so that
//! an entry cannot be altered, left out or moved without the key. The end of the log has a MAC of its own, which no
//! entry holds, so that the last entries cannot be cut off and the end set back to an earlier entry. Does not store
//! anything.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::master_key::MasterKey;

/// Computes the chain's values.
pub(crate) struct Chain(hmac::Key);

/// What stands before the first entry.
pub(crate) const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The last entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    /// Its number; 0 before the first.
    pub(crate) number: i64,
    /// Its chain value.
    pub(crate) chain: String,
}

impl Chain {
    /// For the log of one master key.
    pub(crate) fn new(master: &MasterKey) -> Self {
        let key = Zeroizing::new(master.derive("audit"));
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
    }

    /// The end after one more entry.
    pub(crate) fn next(&self, end: &End, record: &str) -> End {
        let number = end.number.saturating_add(1);
        // 64 bytes, 8 bytes, the rest: the parts cannot run together.
        End {
            number,
            chain: self.mac(&[
                end.chain.as_bytes(),
                &number.to_be_bytes(),
                record.as_bytes(),
            ]),
        }
    }

    /// The MAC of the end. It begins with a letter that is no hexadecimal digit, so that it is never an entry's value.
    pub(crate) fn mac_of(&self, end: &End) -> String {
        self.mac(&[b"head", &end.number.to_be_bytes(), end.chain.as_bytes()])
    }

    fn mac(&self, parts: &[&[u8]]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        context
            .sign()
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl End {
    /// Before the first entry.
    pub(crate) fn start() -> Self {
        Self {
            number: 0,
            chain: START.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts() {
        let chain = Chain::new(&MasterKey::from_bytes([1; 32]));
        let first = chain.next(&End::start(), "a");
        assert_eq!((first.number, first.chain.len()), (1, START.len()));
        let others = [
            chain.next(&End::start(), "b"),
            chain.next(
                &End {
                    number: 1,
                    ..End::start()
                },
                "a",
            ),
            chain.next(&first, "a"),
            Chain::new(&MasterKey::from_bytes([2; 32])).next(&End::start(), "a"),
        ];
        for other in others {
            assert_ne!(other.chain, first.chain);
        }
        assert_ne!(chain.mac_of(&first), chain.mac_of(&End::start()));
        assert_ne!(chain.mac_of(&first), first.chain);
    }
}
