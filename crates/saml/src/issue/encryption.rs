//! Encrypting an assertion for the application that it is for (SAML core 2.3.4 and 6).
//!
//! Owns: the choice that administrators have. Does not own: the ciphers ([`crate::crypto`]), or the shape of the result
//! ([`crate::encryption`]).
//!
//! Signed first, then encrypted: an application checks our signature over what it decrypted. A signature of the
//! Response covers the ciphertext.

use super::IssueError;
use crate::{
    crypto::{DataCipher, ENGINE, EncryptionKey, KeyTransport},
    encryption::write,
    xml::write::Element,
};

/// How assertions for one application are encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// The application's key.
    pub key: EncryptionKey,
    /// How the assertion itself is encrypted.
    pub cipher: Cipher,
    /// How its key is encrypted. SHA-1 is what every product reads, and no weakness here.
    pub transport: KeyTransport,
}

/// The ciphers that we write. AES-CBC is not among them: an application that reads it can be asked about its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cipher {
    /// AES-128 in GCM.
    Aes128Gcm,
    /// AES-256 in GCM.
    #[default]
    Aes256Gcm,
}

impl Encryption {
    /// AES-256-GCM and RSA-OAEP as every product reads it.
    #[must_use]
    pub fn with(key: EncryptionKey) -> Self {
        Self {
            key,
            cipher: Cipher::default(),
            transport: KeyTransport::OaepSha1,
        }
    }

    /// The `saml:EncryptedAssertion` that holds `assertion` for `recipient`.
    pub(super) fn seal(&self, assertion: &str, recipient: &str) -> Result<Element, IssueError> {
        let cipher = match self.cipher {
            Cipher::Aes128Gcm => DataCipher::Aes128Gcm,
            Cipher::Aes256Gcm => DataCipher::Aes256Gcm,
        };
        let encrypted = ENGINE.encrypt(assertion.as_bytes(), &self.key, cipher, self.transport)?;
        Ok(write::encrypted_assertion(&encrypted, &self.key, recipient))
    }
}
