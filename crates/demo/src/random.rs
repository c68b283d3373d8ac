//! Randomness for the stand-ins: names that nobody guesses, and passwords that people can type.
//!
//! Owns the shapes. Does not keep anything.

use aws_lc_rs::rand;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::DemoError;

/// 64 short words without look-alikes, so that one word is six bits.
const WORDS: [&str; 64] = [
    "acorn", "amber", "anchor", "apple", "arrow", "badge", "bamboo", "basil", "beacon", "birch",
    "breeze", "candle", "canyon", "cedar", "clover", "cobalt", "copper", "coral", "daisy", "delta",
    "ember", "falcon", "fern", "fjord", "garnet", "ginger", "glade", "harbor", "hazel", "heron",
    "indigo", "island", "jasper", "juniper", "kettle", "lagoon", "lantern", "lemon", "lilac",
    "maple", "marble", "meadow", "nectar", "oasis", "olive", "orchid", "otter", "pebble", "pepper",
    "pine", "plum", "quartz", "raven", "river", "saffron", "sage", "spruce", "thistle", "topaz",
    "tulip", "velvet", "violet", "walnut", "willow",
];

/// Words in a password: 36 bits, for people who live as long as one demo.
const WORDS_IN_PASSWORD: usize = 6;

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], DemoError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| DemoError::Random)?;
    Ok(bytes)
}

/// 256 bits in base64url.
pub(crate) fn token() -> Result<String, DemoError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// 256 bits that may stand as an `ID` in XML, which begins with no digit.
pub(crate) fn xml_id() -> Result<String, DemoError> {
    let digits: String = bytes::<32>()?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(format!("_{digits}"))
}

/// A password of words, such as `amber-falcon-river-maple-otter-sage`.
pub(crate) fn password() -> Result<String, DemoError> {
    let words: Vec<&str> = bytes::<WORDS_IN_PASSWORD>()?
        .iter()
        .filter_map(|byte| WORDS.get(usize::from(byte % 64)).copied())
        .collect();
    Ok(words.join("-"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn passwords_are_words_and_never_the_same() {
        assert_eq!(WORDS.iter().collect::<HashSet<_>>().len(), 64);
        let made: HashSet<String> = (0..50).map(|_| password().unwrap()).collect();
        assert_eq!(made.len(), 50);
        assert!(
            made.iter()
                .all(|it| it.split('-').count() == WORDS_IN_PASSWORD)
        );
    }

    #[test]
    fn ids_begin_with_no_digit() {
        let id = xml_id().unwrap();
        assert!(id.starts_with('_') && id.len() == 65, "{id}");
    }
}
