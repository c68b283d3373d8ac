//! What a SAML identity provider may encrypt for us: some keys of `upstreams.<id>.saml`.
//!
//! Owns these keys and how they fit together. Does not keep private keys: the files are read again when the broker is
//! put together.

use std::path::PathBuf;

use vestibule_upstream::saml::{Certificate, DecryptionKey};

use crate::config::{
    file,
    reader::{Fields, Reader},
    setting::Key,
};

/// What a SAML identity provider may encrypt for us.
#[derive(Debug, Clone, Default)]
pub struct Decrypting {
    /// Our private keys, the current one first.
    pub key_files: Vec<PathBuf>,
    /// Our own generated key decrypts too, behind those.
    pub generated_key: bool,
    /// Publish the keys in our metadata; `None` is by the preset.
    pub offer: Option<bool>,
    /// Refuse responses that are not signed as a whole.
    pub require_signed_response: bool,
    /// Accept AES-CBC.
    pub danger_accept_cbc: bool,
}

impl Decrypting {
    /// Whether our metadata offers encryption: as somebody said, else where it is needed or wanted.
    #[must_use]
    pub fn is_offered(&self, expected_by_provider: bool) -> bool {
        let wanted = expected_by_provider || !self.key_files.is_empty() || self.danger_accept_cbc;
        self.offer.unwrap_or(wanted) && self.has_key()
    }

    const fn has_key(&self) -> bool {
        self.generated_key || !self.key_files.is_empty()
    }
}

pub(super) const OFFER: Key = Key::optional(
    "offer_encryption",
    "`true` or `false`",
    "by the preset: `true` for `shibboleth`; also with `decryption_key_files` or `danger_accept_cbc`",
    "Publish the certificates of our decryption keys in our metadata. Many providers encrypt as soon as they know one.",
);
pub(super) const KEY_FILES: Key = Key::optional(
    "decryption_key_files",
    "one or more PEM files",
    "none: a key that Vestibule makes and keeps in its store",
    "Private RSA keys (PKCS#8 or PKCS#1) that decrypt assertions, the current one first; the certificate may stand in the same file. All are tried, so that keys can be exchanged: new key in front, old one removed when the provider has our new metadata.",
);
pub(super) const GENERATED_KEY: Key = Key::optional(
    "decrypt_with_generated_key",
    "`true` or `false`",
    "`true` without `decryption_key_files`, else `false`",
    "Let the key that Vestibule made decrypt too, behind `decryption_key_files`: while a provider changes from the one to the other.",
);
pub(super) const REQUIRE_SIGNED_RESPONSE: Key = Key::optional(
    "require_signed_response",
    "`true` or `false`",
    "false",
    "Refuse responses that are not signed as a whole, also when the assertion in them is.",
);
pub(super) const ACCEPT_CBC: Key = Key::optional(
    "danger_accept_cbc",
    "`true` or `false`",
    "false",
    "Accept assertions that are encrypted with AES-CBC, as AD FS encrypts them. RSA PKCS#1 v1.5 is never accepted.",
)
.danger("AES-CBC does not notice changes: who has recorded an encrypted answer and may send many altered ones can learn what is in it from how they are refused. Vestibule makes all these refusals alike; only `require_signed_response` ends it.");

/// Reads these keys.
pub(super) fn read(fields: &Fields<'_>) -> Decrypting {
    let files = fields.get(KEY_FILES.name);
    let key_files = files.as_ref().map(|reader| reader.each_once(key_file));
    let key_files = key_files.unwrap_or_default();
    let generated = fields.get(GENERATED_KEY.name);
    let generated = generated.and_then(|reader| reader.flag());
    let required = fields.get(REQUIRE_SIGNED_RESPONSE.name);
    let required = required.and_then(|reader| reader.flag());
    let offer = fields.get(OFFER.name);
    let decrypting = Decrypting {
        generated_key: generated.unwrap_or(key_files.is_empty()),
        offer: offer.as_ref().and_then(Reader::flag),
        require_signed_response: required.unwrap_or_default(),
        danger_accept_cbc: accepts_cbc(fields, required.unwrap_or_default()),
        key_files,
    };
    // What is wrong with the files is told already.
    let is_missing = decrypting.offer == Some(true) && !decrypting.has_key() && files.is_none();
    if let Some(reader) = offer.filter(|_| is_missing) {
        reader.mistake(
            "missing",
            "there is no key that could decrypt",
            "add `decryption_key_files`, or remove `decrypt_with_generated_key: false`",
        );
    }
    decrypting
}

fn accepts_cbc(fields: &Fields<'_>, response_must_be_signed: bool) -> bool {
    let Some(reader) = fields.get(ACCEPT_CBC.name) else {
        return false;
    };
    let accepts = reader.flag().unwrap_or_default();
    if accepts && !response_must_be_signed {
        reader.warn(
            "accepts_cbc",
            "ciphertext is accepted that anybody may have changed",
            "let the provider sign whole responses (AD FS: `-SamlResponseSignature MessageAndAssertion`), and set `require_signed_response: true`",
        );
    }
    accepts
}

/// A private file with a key that decrypts.
fn key_file(reader: &Reader<'_>) -> Option<PathBuf> {
    let (path, content) = file::readable_file(reader)?;
    if !file::must_be_private(reader, &path) {
        return None;
    }
    let key = DecryptionKey::from_pem(&content);
    let certificate = key.map(|key| Certificate::from_der(key.certificate_der()));
    match certificate {
        Ok(certificate) => {
            if let Ok(certificate) = certificate {
                file::warn_of_the_end(reader, &path, &certificate);
            }
            Some(path)
        }
        Err(error) => {
            reader.mistake(
            "unusable_key",
            format!("the key in {} cannot be used: {error}", path.display()),
            "make one with `openssl req -x509 -newkey rsa:3072 -noenc -days 3650 -subj /CN=vestibule -keyout key.pem -out key.crt`, and put both into one file",
        );
            None
        }
    }
}
