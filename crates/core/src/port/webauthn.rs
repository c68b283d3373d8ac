//! What a browser hands over for a security key or passkey.

/// The longest answer that is parsed, in bytes. A credential id has at most 1023 bytes, an RSA key of 4096 bits and its
/// signature 1 KiB, and everything is in base64; without attestation there is nothing else.
const LONGEST: usize = 16 * 1024;

/// A `PublicKeyCredential` as JSON (WebAuthn L3 section 5.1): bounded, and not parsed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialJson(String);

impl CredentialJson {
    /// `None` if it is longer than any answer that makes sense.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        (text.len() <= LONGEST).then_some(Self(text))
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mf_66_what_is_too_long_is_not_parsed() {
        assert!(CredentialJson::new("x".repeat(LONGEST)).is_some());
        assert!(CredentialJson::new("x".repeat(LONGEST + 1)).is_none());
    }
}
