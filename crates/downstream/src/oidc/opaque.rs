//! Codes and tokens as applications see them: opaque secrets.
//!
//! Owns how one is drawn and spelled, and under which hash it is found again. Does not own what it is good for.
//!
//! **Invariant:** what was drawn for one purpose reads as nothing under another: the purpose is spelled in front, and the
//! hash is over all of it (attack row OO-05). Nothing else can be read out of one.

use aws_lc_rs::digest;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use vestibule_core::{
    port::Entropy,
    token::{TokenKey, TokenPurpose},
};

/// Random bits of a secret, in bytes.
const BYTES: usize = 32;

/// Characters of 256 bits in base64url.
const CHARACTERS: usize = 43;

/// What stands in front, so that people and scanners for secrets know one when they see it.
fn prefix(purpose: TokenPurpose) -> &'static str {
    match purpose {
        TokenPurpose::AccessToken => "vsa",
        TokenPurpose::AuthorizationCode => "vsc",
        TokenPurpose::PushedRequest => "vsp",
        TokenPurpose::RefreshToken => "vsr",
    }
}

/// A new one: what the application gets, and what is kept of it.
#[must_use]
pub fn draw(purpose: TokenPurpose, entropy: &dyn Entropy) -> (String, TokenKey) {
    let random: [u8; BYTES] = entropy.bytes();
    let text = format!(
        "{}_{}",
        prefix(purpose),
        BASE64_URL_SAFE_NO_PAD.encode(random)
    );
    let key = hash(&text);
    (text, key)
}

/// Under which hash one is found that somebody shows; `None` if it cannot be one of this purpose.
#[must_use]
pub fn key_of(purpose: TokenPurpose, shown: &str) -> Option<TokenKey> {
    let secret = shown.strip_prefix(prefix(purpose))?.strip_prefix('_')?;
    (secret.len() == CHARACTERS).then(|| hash(shown))
}

fn hash(text: &str) -> TokenKey {
    let mut key = [0; 32];
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    for (to, from) in key.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    TokenKey(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl Entropy for Sevens {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    const PURPOSES: [TokenPurpose; 4] = [
        TokenPurpose::AccessToken,
        TokenPurpose::AuthorizationCode,
        TokenPurpose::PushedRequest,
        TokenPurpose::RefreshToken,
    ];

    #[test]
    fn oo_05_what_was_drawn_for_one_purpose_is_nothing_under_another() {
        for drawn_for in PURPOSES {
            let (text, key) = draw(drawn_for, &Sevens);
            assert!(
                text.len() == 47 && !format!("{key:?}").contains('7'),
                "{text}"
            );
            for shown_as in PURPOSES {
                let expected = (drawn_for == shown_as).then_some(key);
                assert_eq!(
                    key_of(shown_as, &text),
                    expected,
                    "{drawn_for:?} {shown_as:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_secret_of_ours_is_not_looked_up() {
        let (text, _) = draw(TokenPurpose::AccessToken, &Sevens);
        for shown in [
            "",
            "vsa_",
            "vsa_short",
            &text[4..],
            &format!("{text}x"),
            &text.to_uppercase(),
        ] {
            assert_eq!(key_of(TokenPurpose::AccessToken, shown), None, "{shown}");
        }
    }
}
