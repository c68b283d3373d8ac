//! Decrypting and encrypting by AWS-LC: RSA-OAEP for the key, AES for the data.
//!
//! Owns: the two steps each way, and that their failures look alike. Does not own: the XML around them.

use aws_lc_rs::{
    aead::{Aad, LessSafeKey, Nonce, RandomizedNonceKey, UnboundKey},
    cipher::{DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey},
    error::Unspecified,
    iv::FixedLength,
    rand,
};
use zeroize::Zeroizing;

use super::{
    CryptoError, DecryptionKey, Encrypted, EncryptionKey,
    encryption_algorithm::{CipherMode, DataCipher, KeyTransport},
};

const GCM_NONCE: usize = 12;
const CBC_IV: usize = 16;

/// The plaintext. All keys are tried, also behind one that fits, and a key that cannot be unwrapped is replaced by a
/// random one: so a wrong key takes the way, and the time, of a wrong text, and nobody learns anything about RSA from
/// us.
pub(super) fn decrypt(
    encrypted: &Encrypted,
    keys: &[DecryptionKey],
) -> Result<Vec<u8>, CryptoError> {
    let random = random_key(encrypted.cipher)?;
    let unwrapped = keys.iter().map(|key| unwrap(key, encrypted));
    let key = unwrapped.fold(None, Option::or).unwrap_or(random);
    open(encrypted.cipher, &key, &encrypted.ciphertext)
        .map_err(|Unspecified| CryptoError::Decryption)
}

/// The ciphertext, and its key for `recipient`.
pub(super) fn encrypt(
    plaintext: &[u8],
    recipient: &EncryptionKey,
    cipher: DataCipher,
    transport: KeyTransport,
) -> Result<Encrypted, CryptoError> {
    let failed = |Unspecified| CryptoError::Encryption;
    let key = random_key(cipher)?;
    let CipherMode::Gcm(algorithm) = cipher.mode() else {
        return Err(CryptoError::Cbc);
    };
    let mut text = plaintext.to_vec();
    let nonce = RandomizedNonceKey::new(algorithm, &key)
        .and_then(|sealing| sealing.seal_in_place_append_tag(Aad::empty(), &mut text))
        .map_err(failed)?;
    Ok(Encrypted {
        cipher,
        ciphertext: [nonce.as_ref().as_slice(), &text].concat(),
        transport,
        wrapped_key: recipient.wrap(transport, &key).map_err(failed)?,
    })
}

/// A key for one message. Like the nonce of a signature it belongs to the key operation, and must not be chosen
/// outside.
#[allow(
    clippy::disallowed_methods,
    reason = "a key that callers could hand in would be a key that they could repeat"
)]
fn random_key(cipher: DataCipher) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let mut key = Zeroizing::new(vec![0; cipher.key_length()]);
    rand::fill(&mut key).map_err(|Unspecified| CryptoError::Encryption)?;
    Ok(key)
}

/// The key of the data, if `key` is the one that it was wrapped for and its length fits.
fn unwrap(key: &DecryptionKey, encrypted: &Encrypted) -> Option<Zeroizing<Vec<u8>>> {
    let oaep = key.oaep();
    let mut buffer = Zeroizing::new(vec![0; oaep.min_output_size()]);
    let transport = encrypted.transport.oaep();
    let unwrapped = oaep
        .decrypt(transport, &encrypted.wrapped_key, &mut buffer, None)
        .ok()?;
    (unwrapped.len() == encrypted.cipher.key_length()).then(|| Zeroizing::new(unwrapped.to_vec()))
}

fn open(cipher: DataCipher, key: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Unspecified> {
    match cipher.mode() {
        CipherMode::Gcm(algorithm) => {
            let (nonce, text) = ciphertext.split_at_checked(GCM_NONCE).ok_or(Unspecified)?;
            let opening = LessSafeKey::new(UnboundKey::new(algorithm, key)?);
            let nonce = Nonce::try_assume_unique_for_key(nonce)?;
            let mut text = text.to_vec();
            let length = opening.open_in_place(nonce, Aad::empty(), &mut text)?.len();
            text.truncate(length);
            Ok(text)
        }
        CipherMode::Cbc(algorithm) => {
            let (iv, text) = ciphertext.split_at_checked(CBC_IV).ok_or(Unspecified)?;
            let iv: [u8; CBC_IV] = iv.try_into().map_err(|_| Unspecified)?;
            let key = UnboundCipherKey::new(algorithm, key)?;
            // XML-Enc 5.2: only the last byte of the padding means something.
            let opening = PaddedBlockDecryptingKey::cbc_iso10126(key)?;
            let mut text = text.to_vec();
            let context = DecryptionContext::Iv128(FixedLength::from(iv));
            let length = opening.decrypt(&mut text, context)?.len();
            text.truncate(length);
            Ok(text)
        }
    }
}
