//! CBOR that has one meaning (RFC 8949).
//!
//! Owns what is let through to readers that are less strict: authenticators write CTAP2's canonical form, so whatever
//! has a map key twice, an indefinite length or a number written the long way was made to be read differently by two
//! readers.

use ciborium::Value;

/// How deep authenticators nest at most is four (CTAP 2.1 section 8); attestation statements may be deeper.
const DEPTH: usize = 16;

/// The item at the beginning, and what follows it. `None` unless it has one meaning.
pub(super) fn first(bytes: &[u8]) -> Option<(Value, &[u8])> {
    let mut rest = bytes;
    let value: Value = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEPTH).ok()?;
    let read = bytes.get(..bytes.len().checked_sub(rest.len())?)?;
    (has_distinct_keys(&value) && written(&value)? == read).then_some((value, rest))
}

/// The one item that this is. `None` unless it has one meaning, and if something follows.
pub(super) fn only(bytes: &[u8]) -> Option<Value> {
    first(bytes)
        .filter(|(_, rest)| rest.is_empty())
        .map(|(value, _)| value)
}

/// The shortest form of an item.
pub(super) fn written(value: &Value) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).ok()?;
    Some(bytes)
}

fn has_distinct_keys(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(has_distinct_keys),
        Value::Map(entries) => {
            let mut keys: Vec<_> = entries.iter().map(|(key, _)| written(key)).collect();
            keys.sort();
            let distinct = keys.windows(2).all(|pair| pair.first() != pair.last());
            distinct && entries.iter().all(|(_, value)| has_distinct_keys(value))
        }
        Value::Tag(_, inner) => has_distinct_keys(inner),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mf_66_only_what_has_one_meaning_is_read() {
        let deep = [vec![0x81; 1000], vec![0x00]].concat();
        for (what, bytes, taken) in [
            ("a map", &[0xa1, 0x01, 0x02][..], true),
            ("an empty map", &[0xa0], true),
            ("a key twice", &[0xa2, 0x01, 0x02, 0x01, 0x03], false),
            (
                "a key twice below",
                &[0x81, 0xa2, 0x01, 0x02, 0x01, 0x03],
                false,
            ),
            (
                "the map of indefinite length",
                &[0xbf, 0x01, 0x02, 0xff],
                false,
            ),
            (
                "bytes of indefinite length",
                &[0x5f, 0x41, 0x01, 0xff],
                false,
            ),
            ("a number in two bytes", &[0x18, 0x01], false),
            ("a length in two bytes", &[0x58, 0x01, 0x01], false),
            ("something behind", &[0xa0, 0x00], false),
            ("nothing", &[], false),
            ("the beginning of a map", &[0xa1, 0x01], false),
            (
                "a length without its bytes",
                &[0x5b, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0],
                false,
            ),
            ("a thousand levels", &deep, false),
        ] {
            assert_eq!(only(bytes).is_some(), taken, "{what}");
        }
        assert_eq!(
            first(&[0xa0, 0x00]),
            Some((Value::Map(vec![]), &[0x00][..]))
        );
    }
}
