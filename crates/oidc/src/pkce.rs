//! Proof key for code exchange (RFC 7636), method S256.
//!
//! Owns verifier and challenge on both sides of the wire. The method `plain` does not exist here:
//! it proves nothing to whoever has seen the request (RFC 9700 section 2.1.1).

use std::fmt;

use aws_lc_rs::constant_time;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use serde::{Deserialize, Serialize};

/// Lengths of a verifier (RFC 7636 section 4.1).
const VERIFIER_LENGTHS: std::ops::RangeInclusive<usize> = 43..=128;

/// Why a proof key is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PkceRejection {
    /// The challenge is not 43 characters of base64url.
    #[error("the code challenge is not a SHA-256 in base64url")]
    BadChallenge,
    /// The verifier has the wrong length or other characters than RFC 7636 allows.
    #[error("the code verifier is not 43 to 128 unreserved characters")]
    BadVerifier,
    /// The method is absent (which means `plain`) or not `S256`.
    #[error("the code challenge method is not S256")]
    MethodNotS256,
    /// The verifier does not belong to the challenge.
    #[error("the code verifier does not belong to the code challenge")]
    Mismatch,
}

impl PkceRejection {
    /// The stable reason code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BadChallenge => "pkce_bad_challenge",
            Self::BadVerifier => "pkce_bad_verifier",
            Self::MethodNotS256 => "pkce_method_not_s256",
            Self::Mismatch => "pkce_mismatch",
        }
    }
}

/// The secret that proves that the one who redeems the code is the one who asked for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(String);

impl Verifier {
    /// A verifier from 32 random bytes (RFC 7636 section 4.1).
    #[must_use]
    pub fn from_entropy(entropy: [u8; 32]) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(entropy))
    }

    /// A verifier as it came back from storage or over the wire.
    ///
    /// # Errors
    /// [`PkceRejection::BadVerifier`].
    pub fn parse(text: &str) -> Result<Self, PkceRejection> {
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if VERIFIER_LENGTHS.contains(&text.len()) && text.chars().all(unreserved) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PkceRejection::BadVerifier)
        }
    }

    /// The secret, for the token request and for sealed storage.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// The challenge for the authorization request.
    #[must_use]
    pub fn challenge(&self) -> Challenge {
        Challenge(self.library_challenge().as_str().to_owned())
    }

    /// The same as the library's type; the constructors keep the lengths that it asserts.
    pub(crate) fn library_challenge(&self) -> PkceCodeChallenge {
        PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(self.0.clone()))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(..)")
    }
}

/// What the authorization request shows of the verifier: its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct Challenge(String);

impl TryFrom<String> for Challenge {
    type Error = PkceRejection;

    /// Reads what was stored.
    fn try_from(challenge: String) -> Result<Self, PkceRejection> {
        Self::parse(&challenge, Some("S256"))
    }
}

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method` of an authorization request.
    ///
    /// # Errors
    /// [`PkceRejection`].
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, PkceRejection> {
        if method != Some("S256") {
            return Err(PkceRejection::MethodNotS256);
        }
        match BASE64_URL_SAFE_NO_PAD.decode(challenge) {
            Ok(hash) if hash.len() == 32 => Ok(Self(challenge.to_owned())),
            _ => Err(PkceRejection::BadChallenge),
        }
    }

    /// As on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks the verifier of a token request (RFC 7636 section 4.6), in constant time.
    ///
    /// # Errors
    /// [`PkceRejection`].
    pub fn verify(&self, verifier: &str) -> Result<(), PkceRejection> {
        let shown = Verifier::parse(verifier)?.challenge();
        constant_time::verify_slices_are_equal(self.0.as_bytes(), shown.0.as_bytes())
            .map_err(|_| PkceRejection::Mismatch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_holds() {
        let verifier = Verifier::parse(VERIFIER).unwrap();
        assert_eq!(verifier.challenge().as_str(), CHALLENGE);
        assert_eq!(
            Challenge::parse(CHALLENGE, Some("S256"))
                .unwrap()
                .verify(VERIFIER),
            Ok(())
        );
        assert_eq!(Verifier::from_entropy([7; 32]).secret().len(), 43);
        assert_eq!(format!("{verifier:?}"), "Verifier(..)");
    }

    #[test]
    fn oo_03_other_methods_and_verifiers_are_refused() {
        let methods = [None, Some("plain"), Some("S256 "), Some("s256")];
        for method in methods {
            let refused = Challenge::parse(CHALLENGE, method).unwrap_err();
            assert_eq!(refused.code(), "pkce_method_not_s256", "{method:?}");
        }
        for challenge in [
            "",
            VERIFIER.get(1..).unwrap(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=",
        ] {
            let refused = Challenge::parse(challenge, Some("S256")).unwrap_err();
            assert_eq!(refused.code(), "pkce_bad_challenge", "{challenge}");
        }
        let challenge = Challenge::parse(CHALLENGE, Some("S256")).unwrap();
        let (short, long, stray) = ("a".repeat(42), "a".repeat(129), format!("{VERIFIER}+"));
        for (verifier, code) in [
            ("", "pkce_bad_verifier"),
            (short.as_str(), "pkce_bad_verifier"),
            (long.as_str(), "pkce_bad_verifier"),
            (stray.as_str(), "pkce_bad_verifier"),
            (CHALLENGE, "pkce_mismatch"),
        ] {
            assert_eq!(
                challenge.verify(verifier).unwrap_err().code(),
                code,
                "{verifier}"
            );
        }
    }
}
