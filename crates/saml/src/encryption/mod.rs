//! What an encrypted assertion may look like, and the one way to get from it to the bytes inside (SAML core 2.3.4 and
//! 6). An encrypted name looks the same (SAML core 2.2.4).
//!
//! Owns: the encryption profile, what may be decrypted and for whom. Does not own: key operations ([`crate::crypto`]),
//! or which signatures an encrypted assertion needs ([`crate::response`]): decrypting proves nothing about who wrote
//! it, since anybody can encrypt for us.

mod shape;
pub(crate) mod write;

use crate::{
    crypto::{CryptoError, DecryptionKey, Encrypted},
    xml::{Element, XmlError},
};

/// `Type` of an encrypted element (XML-Enc 3.1). `Content` would leave the element around it outside.
const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";

/// What may be decrypted. The default is nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Decryption<'a> {
    /// Our keys, the current one first. All are tried, so that keys can be exchanged without an interruption.
    pub keys: &'a [DecryptionKey],
    /// Accept AES-CBC, whose ciphertext can be changed without notice: an attacker who may ask often enough learns the
    /// text from our answers (Jager and Somorovsky, CCS 2011).
    pub danger_accept_cbc: bool,
}

/// Why an encrypted assertion, or name, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionError {
    /// The ciphertext would have to be fetched from elsewhere.
    #[error("the encrypted element refers to ciphertext elsewhere (CipherReference)")]
    CipherReference,
    /// The cryptography refused.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// Not exactly one encrypted key.
    #[error("the encrypted element holds {0} encrypted keys instead of one")]
    KeyCount(usize),
    /// The key is for somebody else.
    #[error("the encrypted key is for {found:?}, not for {expected:?}")]
    Recipient {
        /// Our entity ID.
        expected: String,
        /// The recipient that it names.
        found: String,
    },
    /// Some other part is not as the profile wants it.
    #[error("the encrypted element is not of an accepted shape: {0}")]
    Shape(String),
    /// The XML around the ciphertext.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl EncryptionError {
    /// Stable reason code for logs, audit and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CipherReference => "cipher_reference_refused",
            Self::Crypto(error) => error.code(),
            Self::KeyCount(_) => "encrypted_key_count",
            Self::Recipient { .. } => "encrypted_key_recipient",
            Self::Shape(_) => "encryption_shape",
            Self::Xml(error) => error.code(),
        }
    }
}

/// Reads the `saml:EncryptedAssertion` or `saml:EncryptedID` `element`, meant for `recipient`, without decrypting it.
///
/// # Errors
/// Any [`EncryptionError`] that can be told from what everybody can read.
pub fn read(
    element: Element<'_>,
    recipient: &str,
    decryption: Decryption<'_>,
) -> Result<Encrypted, EncryptionError> {
    shape::read(element, recipient, decryption.danger_accept_cbc)
}

/// The text inside an element of ours that declares what is in force at `element`: XML-Enc 4.2 wants it parsed where it
/// stood, and some providers (Keycloak) declare prefixes only on the Response.
///
/// Markup that closes our element leads to a document that is not well-formed. Other declarations than the signer meant
/// lead to another canonical form than the one that was signed.
pub(crate) fn in_context(element: Element<'_>, plaintext: &[u8]) -> Vec<u8> {
    let plain = |uri: &str| {
        uri.bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"&<".contains(&byte))
    };
    let mut text = String::from("<decrypted");
    for (prefix, uri) in element.namespaces_in_force() {
        if prefix != "xml" && plain(uri) {
            let colon = if prefix.is_empty() { "" } else { ":" };
            text.extend([" xmlns", colon, prefix, "=\"", uri, "\""]);
        }
    }
    text.push('>');
    [text.as_bytes(), plaintext, b"</decrypted>"].concat()
}
