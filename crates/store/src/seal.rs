//! Sealing of secrets at rest.
//!
//! Owns the form of sealed bytes: the key's id, then a random 96-bit nonce, ciphertext and tag of AES-256-GCM. A sealed
//! value is bound to the table, the owner and the purpose that it was made for; in any other place it does not open.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    error::Failure,
    master_key::{KeyId, MasterKey},
};

/// Where a sealed value belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The table.
    pub(crate) table: &'static str,
    /// The parts of the key of its row, and of what else it must not be separated from.
    pub(crate) owner: &'a [&'a str],
    /// What it is for.
    pub(crate) purpose: &'static str,
}

/// Seals and opens.
pub(crate) struct Sealer {
    id: KeyId,
    key: RandomizedNonceKey,
}

const NONCE: usize = 12;

impl Sealer {
    /// For the secrets of one master key.
    pub(crate) fn new(master: &MasterKey) -> Result<Self, Failure> {
        let bytes = Zeroizing::new(master.derive("sealing"));
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes.as_slice());
        let key = key.map_err(|_| Failure::corrupt("the sealing key was not taken"))?;
        Ok(Self {
            id: master.id(),
            key,
        })
    }

    /// Seals a value in its JSON form.
    pub(crate) fn seal_value<T: Serialize>(
        &self,
        place: Place<'_>,
        value: &T,
    ) -> Result<Vec<u8>, Failure> {
        let json = serde_json::to_vec(value).map(Zeroizing::new);
        let json =
            json.map_err(|error| Failure::corrupt(format!("{place} has no JSON form: {error}")))?;
        self.seal(place, &json)
    }

    /// Seals bytes.
    pub(crate) fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut text = secret.to_vec();
        let nonce = self.key.seal_in_place_append_tag(place.aad(), &mut text);
        let nonce = nonce.map_err(|_| Failure::corrupt(format!("{place} could not be sealed")))?;
        Ok([&self.id.0, nonce.as_ref().as_slice(), &text].concat())
    }

    /// Opens a value that was sealed in its JSON form.
    pub(crate) fn open_value<T: DeserializeOwned>(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<T, Failure> {
        let json = self.open(place, sealed)?;
        // The error of serde_json quotes no values, only line, column and the kind of surprise.
        serde_json::from_slice(&json).map_err(|error| {
            Failure::corrupt(format!("{place} is not what this version writes: {error}"))
        })
    }

    /// Opens bytes.
    pub(crate) fn open(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let cut = || Failure::corrupt(format!("{place} is cut off"));
        let (id, rest) = sealed.split_first_chunk::<4>().ok_or_else(cut)?;
        if *id != self.id.0 {
            let (theirs, ours) = (KeyId(*id), self.id);
            return Err(Failure::corrupt(format!(
                "{place} was sealed with the master key {theirs}, and {ours} is in use"
            )));
        }
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or_else(cut)?;
        let mut text = Zeroizing::new(text.to_vec());
        let opened = self
            .key
            .open_in_place(Nonce::from(nonce), place.aad(), &mut text);
        let length = opened
            .map_err(|_| {
                Failure::corrupt(format!("{place} was altered, or moved from another place"))
            })?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

impl Place<'_> {
    /// Each part with its length in front, so that no two places spell the same.
    fn aad(&self) -> Aad<Vec<u8>> {
        let mut bytes = Vec::new();
        let parts = [self.table, self.purpose]
            .into_iter()
            .chain(self.owner.iter().copied());
        for part in parts {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        Aad::from(bytes)
    }
}

/// For error messages: names the place without its owner, who may be a person.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.table, self.purpose)
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::port::StoreError;

    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&MasterKey::from_bytes([byte; 32])).unwrap()
    }

    fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
        Place {
            table: "t",
            owner,
            purpose: "p",
        }
    }

    fn code(result: Result<Zeroizing<Vec<u8>>, Failure>) -> &'static str {
        StoreError::from(result.unwrap_err()).code()
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let sealer = sealer(1);
        let sealed = sealer.seal(place(&["ab", "c"]), b"secret").unwrap();
        assert_eq!(
            sealer
                .open(place(&["ab", "c"]), &sealed)
                .unwrap()
                .as_slice(),
            b"secret"
        );
        for other in [&["a", "bc"][..], &["abc"], &["ab"], &["ab", "c", ""]] {
            assert_eq!(
                code(sealer.open(place(other), &sealed)),
                "store_corrupt",
                "{other:?}"
            );
        }
        let elsewhere = Place {
            table: "u",
            ..place(&["ab", "c"])
        };
        assert_eq!(code(sealer.open(elsewhere, &sealed)), "store_corrupt");
        let otherwise = Place {
            purpose: "q",
            ..place(&["ab", "c"])
        };
        assert_eq!(code(sealer.open(otherwise, &sealed)), "store_corrupt");
    }

    #[test]
    fn every_bit_counts() {
        let sealer = sealer(1);
        let sealed = sealer.seal(place(&["a"]), b"secret").unwrap();
        for position in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[position] ^= 1;
            assert_eq!(
                code(sealer.open(place(&["a"]), &altered)),
                "store_corrupt",
                "byte {position}"
            );
            assert_eq!(
                code(sealer.open(place(&["a"]), &sealed[..position])),
                "store_corrupt"
            );
        }
    }

    #[test]
    fn another_master_key_does_not_open_it() {
        let sealed = sealer(1).seal(place(&["a"]), b"secret").unwrap();
        assert_eq!(
            code(sealer(2).open(place(&["a"]), &sealed)),
            "store_corrupt"
        );
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let sealer = sealer(1);
        assert_ne!(
            sealer.seal(place(&["a"]), b"secret").unwrap(),
            sealer.seal(place(&["a"]), b"secret").unwrap()
        );
    }
}
