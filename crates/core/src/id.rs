//! Identifiers. Each is a type of its own, so that an application can never be taken for an upstream.
//!
//! Owns the spelling rules of identifiers. Does not make random ones: bytes come from the caller.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{given}` is not an identifier: use 1 to 64 characters of a-z, 0-9, `-` and `_`, beginning with a letter"
)]
pub struct InvalidId {
    given: String,
}

fn is_slug(text: &str) -> bool {
    let mut chars = text.chars();
    text.len() <= 64
        && chars.next().is_some_and(|first| first.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the spelling.
            ///
            /// # Errors
            /// [`InvalidId`] unless the text is 1 to 64 characters of `a-z`, `0-9`, `-`, `_`, beginning with a letter.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let given = text.into();
                if is_slug(&given) { Ok(Self(given)) } else { Err(InvalidId { given }) }
            }

            /// The identifier as written in the configuration.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slug! {
    /// An application: the map key below `apps:`.
    AppId
}
slug! {
    /// A kind of factor, such as `totp`: the map key below `factors:`.
    FactorKind
}
slug! {
    /// One of our own keys, such as `idp-20261122-7k3f`.
    KeyId
}
slug! {
    /// A named network: the map key below `networks:`.
    NetworkId
}
slug! {
    /// An upstream: the map key below `upstreams:`.
    UpstreamId
}

impl AppId {
    /// Our own account page, which asks for a login as every application does.
    #[must_use]
    pub fn account() -> Self {
        Self("account".into())
    }
}

impl FactorKind {
    /// Printed one-time codes, the way back in when a device is lost.
    #[must_use]
    pub fn backup_code() -> Self {
        Self("backup_code".into())
    }

    /// Time-based one-time passwords of an authenticator app (RFC 6238).
    #[must_use]
    pub fn totp() -> Self {
        Self("totp".into())
    }

    /// No kind of ours: what audit records call a second factor that was passed at the upstream, and counted.
    #[must_use]
    pub fn upstream() -> Self {
        Self("upstream".into())
    }

    /// Security keys and passkeys (WebAuthn Level 3).
    #[must_use]
    pub fn webauthn() -> Self {
        Self("webauthn".into())
    }
}

impl KeyId {
    /// Crockford's base 32, in lower case.
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

    /// What the key is for, the day that it was made, and four letters, each of five of the given random bits.
    pub(crate) fn of_day(stem: &'static str, day: NaiveDate, random: [u8; 4]) -> Self {
        let letters = random
            .into_iter()
            .filter_map(|byte| Self::ALPHABET.get(usize::from(byte & 31)))
            .map(|letter| char::from(*letter));
        let letters: String = letters.collect();
        Self(format!("{stem}-{}-{letters}", day.format("%Y%m%d")))
    }
}

macro_rules! unique_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes 128 bits that nobody else has: random ones, or a digest.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Reads 32 lower-case hexadecimal digits, the form that [`fmt::Display`] writes.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
                    return None;
                }
                let value = u128::from_str_radix(text, 16).ok()?;
                Some(Self(value.to_be_bytes()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", u128::from_be_bytes(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidRandomId;
            fn try_from(text: String) -> Result<Self, InvalidRandomId> {
                Self::parse(&text).ok_or(InvalidRandomId)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

/// A text that is not 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not 32 lower-case hexadecimal digits")]
pub struct InvalidRandomId;

unique_id! {
    /// What was issued to an application for one grant, such as an assertion. It stands in the assertion, and in the
    /// audit record of the grant.
    AnswerId
}
unique_id! {
    /// One person's registered factor.
    EnrolmentId
}
unique_id! {
    /// All codes and tokens that came of one grant.
    FamilyId
}
unique_id! {
    /// One login, from the application's request to its answer. Never shown: handles are minted from it.
    LoginId
}
unique_id! {
    /// One logout, from its beginning until everybody was told. Never shown: handles are minted from it.
    LogoutId
}
unique_id! {
    /// One session of a browser. It stays when the session's key is renewed, and opens nothing: administrators end
    /// sessions by it.
    SessionId
}

/// The number on an error page that finds the log lines and the audit rows of one login.
///
/// Ten characters of Crockford's base 32 (50 bits), written as two groups of five. It opens nothing: it is safe to read
/// out on the telephone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference(String);

impl Reference {
    /// Crockford's base 32: without the letters that look like digits, and without U.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// Reads what somebody took down: lower case counts as upper case, `O` as 0, `I` and `L` as 1, and blanks and
    /// dashes do not matter.
    ///
    /// # Errors
    /// [`InvalidReference`] unless ten characters are left and all are of the alphabet.
    pub fn parse(heard: &str) -> Result<Self, InvalidReference> {
        let mut text = String::with_capacity(11);
        for letter in heard.chars().filter(|c| !matches!(c, ' ' | '-')) {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if text.len() == 5 {
                text.push('-');
            }
            let is_of_alphabet = Self::ALPHABET
                .iter()
                .any(|known| char::from(*known) == letter);
            if !is_of_alphabet || text.len() == 11 {
                return Err(InvalidReference);
            }
            text.push(letter);
        }
        if text.len() == 11 {
            Ok(Self(text))
        } else {
            Err(InvalidReference)
        }
    }

    /// Spells 50 of the given 64 random bits.
    #[must_use]
    pub fn from_random(bytes: [u8; 8]) -> Self {
        let mut bits = u64::from_be_bytes(bytes);
        let mut text = String::with_capacity(11);
        for position in 0..10 {
            if position == 5 {
                text.push('-');
            }
            if let Some(letter) = Self::ALPHABET.get((bits & 31) as usize) {
                text.push(char::from(*letter));
            }
            bits >>= 5;
        }
        Self(text)
    }

    /// The text, such as `7K3F9-QWD2X`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that no error page shows as its reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a reference is ten letters and digits, such as 7K3F9-QWD2X")]
pub struct InvalidReference;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_lower_case_and_bounded() {
        for good in ["a", "adfs", "jira-dc_2"] {
            assert!(AppId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "2fa", "Adfs", "a b", "a/b", "ä", &"a".repeat(65)] {
            assert!(AppId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn random_ids_read_what_they_write() {
        let id = LoginId::from_bytes([0xab; 16]);
        assert_eq!(LoginId::parse(&id.to_string()), Some(id));
        for bad in ["", "AB", &"A".repeat(32), &"g".repeat(32), &"+".repeat(32)] {
            assert_eq!(LoginId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn references_are_two_groups_of_five() {
        assert_eq!(Reference::from_random([0; 8]).as_str(), "00000-00000");
        assert_eq!(Reference::from_random([0xff; 8]).as_str(), "ZZZZZ-ZZZZZ");
    }

    #[test]
    fn references_are_understood_as_people_read_them_out() {
        for heard in [
            "7K3F9-01D2X",
            "7k3f9-01d2x",
            "7K3F901D2X",
            " 7K3F9 Old2x",
            "7k-3f9-oI-d2x",
        ] {
            let reference = Reference::parse(heard).map(|reference| reference.to_string());
            assert_eq!(reference.as_deref(), Ok("7K3F9-01D2X"), "{heard}");
        }
        for bad in [
            "",
            "-",
            "7K3F9",
            "7K3F9-01D2",
            "7K3F9-01D2XX",
            "7K3F9-01D2U",
            "7K3F9_01D2X",
            "7K3F9-01D2É",
        ] {
            assert_eq!(Reference::parse(bad), Err(InvalidReference), "{bad}");
        }
    }
}
