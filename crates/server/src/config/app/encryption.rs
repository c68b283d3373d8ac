//! Whether and how assertions for an application are encrypted: some keys of `apps.<id>.saml`.

use vestibule_downstream::saml::{Cipher, Encryption, EncryptionKey, KeyTransport};

use crate::config::{
    file,
    reader::{Fields, Reader},
    setting::Key,
};

pub(super) const ENCRYPT: Key = Key::optional(
    "encrypt_assertions",
    "`true` or `false`",
    "false",
    "Encrypt assertions for the application, after they were signed. What the browser carries then tells nothing about the person.",
);
pub(super) const CERTIFICATE: Key = Key::optional(
    "encryption_certificate_file",
    "a PEM file",
    "from the metadata: its first key for encryption",
    "The application's certificate for `encrypt_assertions`, with an RSA key.",
);
pub(super) const CIPHER: Key = Key::optional(
    "encryption_cipher",
    "`aes256-gcm` or `aes128-gcm`",
    "aes256-gcm",
    "How assertions are encrypted.",
);
pub(super) const KEY_TRANSPORT: Key = Key::optional(
    "encryption_key_transport",
    "`rsa-oaep-sha1`, `rsa-oaep-sha256` or `rsa-oaep-sha512`",
    "rsa-oaep-sha1",
    "How the key of an assertion is encrypted. SHA-1 is no weakness here, and what every product reads (`rsa-oaep-mgf1p`).",
);

/// Reads these keys; `offered` is what the application's metadata has.
pub(super) fn read(fields: &Fields<'_>, offered: &[EncryptionKey]) -> Option<Encryption> {
    let encrypt = fields.get(ENCRYPT.name);
    let wanted = encrypt.as_ref().and_then(Reader::flag).unwrap_or_default();
    let certificate = fields.get(CERTIFICATE.name);
    let cipher = fields.get(CIPHER.name);
    let transport = fields.get(KEY_TRANSPORT.name);
    if !wanted {
        for idle in [certificate, cipher, transport].into_iter().flatten() {
            idle.mistake(
                "not_together",
                "nothing is encrypted for this application",
                "add `encrypt_assertions: true`, or remove this",
            );
        }
        return None;
    }
    let cipher = cipher.and_then(|reader| {
        reader.one_of(&[
            ("aes256-gcm", Cipher::Aes256Gcm),
            ("aes128-gcm", Cipher::Aes128Gcm),
        ])
    });
    let transport = transport.and_then(|reader| {
        reader.one_of(&[
            ("rsa-oaep-sha1", KeyTransport::OaepSha1),
            ("rsa-oaep-sha256", KeyTransport::OaepSha256),
            ("rsa-oaep-sha512", KeyTransport::OaepSha512),
        ])
    });
    let key = match certificate {
        Some(reader) => encryption_key(&reader)?,
        None => match offered.first() {
            Some(key) => key.clone(),
            None => {
                encrypt?.mistake(
                    "missing",
                    "there is no key to encrypt with",
                    "add `encryption_certificate_file` with the application's certificate (RSA)",
                );
                return None;
            }
        },
    };
    let usual = Encryption::with(key);
    Some(Encryption {
        cipher: cipher.unwrap_or(usual.cipher),
        transport: transport.unwrap_or(usual.transport),
        ..usual
    })
}

fn encryption_key(reader: &Reader<'_>) -> Option<EncryptionKey> {
    let path = file::certificate_file(reader)?;
    let content = reader.surroundings().read(&path).ok()?;
    EncryptionKey::from_certificate_pem(&content)
        .map_err(|error| {
            reader.mistake(
                "unusable_key",
                format!("{} cannot be used: {error}", path.display()),
                "give a certificate with an RSA key of 2048 bits or more",
            );
        })
        .ok()
}
