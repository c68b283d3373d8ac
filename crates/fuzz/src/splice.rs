//! Inputs as scripts: a genuine message, and what is cut out of it and put into it.
//!
//! Owns the reading of scripts. The first byte chooses the start; one beyond the list starts from nothing, so that raw
//! bytes can be spelled too. Then come cuts, up to [`MOST_CUTS`]: two bytes of offset, one of how much is cut out, one
//! of how much is put in, and that.

/// The most cuts of one script. More of them make no new shapes, only slower inputs.
pub const MOST_CUTS: usize = 8;

/// Carries the script out on the start that it names. An empty script is the first start as it is.
///
/// Offsets wrap round the length, so that no input is wasted; a script that ends early is carried out as far as it
/// goes.
#[must_use]
pub fn splice(starts: &[Vec<u8>], script: &[u8]) -> Vec<u8> {
    let (choice, mut rest) = match script.split_first() {
        Some((choice, rest)) => (usize::from(*choice), rest),
        None => (0, script),
    };
    let mut message = starts.get(choice).cloned().unwrap_or_default();
    if choice >= starts.len() {
        // Nothing to cut: the script itself is the message.
        message.extend_from_slice(rest);
        return message;
    }
    for _ in 0..MOST_CUTS {
        let [high, low, out, into, tail @ ..] = rest else {
            break;
        };
        let (put, tail) = tail.split_at(usize::from(*into).min(tail.len()));
        let begin = usize::from(u16::from_be_bytes([*high, *low])) % (message.len() + 1);
        let end = begin.saturating_add(usize::from(*out)).min(message.len());
        message.splice(begin..end, put.iter().copied());
        rest = tail;
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_cuts_and_puts() {
        let starts = [b"hello world".to_vec(), b"abc".to_vec()];
        let table: &[(&[u8], &[u8])] = &[
            (b"", b"hello world"),
            (&[1], b"abc"),
            (&[0, 0, 0, 5, 2, b'H', b'i'], b"Hi world"),
            // An offset beyond the end wraps round; a cut beyond it ends with the message.
            (&[1, 0, 5, 200, 1, b'X'], b"aX"),
            // A script that ends early.
            (&[1, 0, 1, 1], b"abc"),
            (&[1, 0, 1, 1, 9, b'-'], b"a-c"),
            // No such start: raw bytes.
            (&[7, b'r', b'a', b'w'], b"raw"),
        ];
        for (script, expected) in table {
            assert_eq!(splice(&starts, script), *expected, "{script:?}");
        }
    }
}
