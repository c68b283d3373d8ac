//! The algorithms of XML encryption that we accept and make, by their XML identifiers.
//!
//! Owns: the allow-lists. Does not own: keys. What is not named here does not exist for us: no RSA PKCS#1 v1.5 key
//! transport, which every implementation has leaked from since Bleichenbacher (1998), no triple DES, no key agreement,
//! no AES key wrap.

use aws_lc_rs::{
    aead, cipher,
    rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA512_MGF1SHA512, OaepAlgorithm},
};

use super::CryptoError;

/// How the data itself is encrypted (XML-Enc 1.1 clause 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataCipher {
    /// AES-128 in CBC mode, which does not notice changes.
    Aes128Cbc,
    /// AES-128 in GCM.
    Aes128Gcm,
    /// AES-192 in CBC mode, which does not notice changes.
    Aes192Cbc,
    /// AES-192 in GCM.
    Aes192Gcm,
    /// AES-256 in CBC mode, which does not notice changes.
    Aes256Cbc,
    /// AES-256 in GCM.
    Aes256Gcm,
}

impl DataCipher {
    /// All, the ones that we like best first.
    pub(crate) const ALL: [Self; 6] = [
        Self::Aes256Gcm,
        Self::Aes192Gcm,
        Self::Aes128Gcm,
        Self::Aes256Cbc,
        Self::Aes192Cbc,
        Self::Aes128Cbc,
    ];

    /// The identifier in `EncryptionMethod`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes192Cbc => "http://www.w3.org/2001/04/xmlenc#aes192-cbc",
            Self::Aes192Gcm => "http://www.w3.org/2009/xmlenc11#aes192-gcm",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        }
    }

    /// The cipher of that identifier, if it may be used.
    ///
    /// # Errors
    /// [`CryptoError::Cbc`] for CBC without `danger_accept_cbc`, [`CryptoError::Algorithm`] for anything unknown.
    pub fn accepted(uri: &str, danger_accept_cbc: bool) -> Result<Self, CryptoError> {
        match Self::ALL.into_iter().find(|it| it.uri() == uri) {
            Some(cipher) if cipher.is_cbc() && !danger_accept_cbc => Err(CryptoError::Cbc),
            Some(cipher) => Ok(cipher),
            None => Err(CryptoError::algorithm(uri)),
        }
    }

    /// Whether changes of the ciphertext go unnoticed.
    #[must_use]
    pub const fn is_cbc(self) -> bool {
        matches!(self, Self::Aes128Cbc | Self::Aes192Cbc | Self::Aes256Cbc)
    }

    /// Length of the key in bytes.
    pub(crate) const fn key_length(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm => 16,
            Self::Aes192Cbc | Self::Aes192Gcm => 24,
            Self::Aes256Cbc | Self::Aes256Gcm => 32,
        }
    }

    /// The cipher in the library.
    pub(super) fn mode(self) -> CipherMode {
        match self {
            Self::Aes128Cbc => CipherMode::Cbc(&cipher::AES_128),
            Self::Aes128Gcm => CipherMode::Gcm(&aead::AES_128_GCM),
            Self::Aes192Cbc => CipherMode::Cbc(&cipher::AES_192),
            Self::Aes192Gcm => CipherMode::Gcm(&aead::AES_192_GCM),
            Self::Aes256Cbc => CipherMode::Cbc(&cipher::AES_256),
            Self::Aes256Gcm => CipherMode::Gcm(&aead::AES_256_GCM),
        }
    }
}

/// A cipher in the library, which knows the two modes in different places.
pub(super) enum CipherMode {
    Cbc(&'static cipher::Algorithm),
    Gcm(&'static aead::Algorithm),
}

/// How the key of the data is encrypted for its reader: RSA-OAEP (XML-Enc 1.1 clause 5.5.2, RFC 8017 clause 7.1), with
/// the same digest in the padding and in its mask. SHA-1 is no weakness here: nothing rests on collisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyTransport {
    /// With SHA-1, which every product reads.
    OaepSha1,
    /// With SHA-256.
    OaepSha256,
    /// With SHA-512.
    OaepSha512,
}

/// `rsa-oaep-mgf1p`: the mask is always made with SHA-1.
const OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// `rsa-oaep` of XML-Enc 1.1: how the mask is made is said in `MGF`.
const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";

impl KeyTransport {
    const ALL: [Self; 3] = [Self::OaepSha1, Self::OaepSha256, Self::OaepSha512];

    /// The identifier in `EncryptionMethod`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::OaepSha1 => OAEP_MGF1P,
            Self::OaepSha256 | Self::OaepSha512 => OAEP,
        }
    }

    /// The identifier in `DigestMethod`.
    pub(crate) const fn digest_uri(self) -> &'static str {
        match self {
            Self::OaepSha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::OaepSha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::OaepSha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// The identifier in `MGF`.
    const fn mask_uri(self) -> &'static str {
        match self {
            Self::OaepSha1 => "http://www.w3.org/2009/xmlenc11#mgf1sha1",
            Self::OaepSha256 => "http://www.w3.org/2009/xmlenc11#mgf1sha256",
            Self::OaepSha512 => "http://www.w3.org/2009/xmlenc11#mgf1sha512",
        }
    }

    /// What we write into `MGF`; `rsa-oaep-mgf1p` has none.
    pub(crate) fn mask_parameter(self) -> Option<&'static str> {
        (self.uri() == OAEP).then_some(self.mask_uri())
    }

    /// The key transport of that identifier with these parameters, if it may be used. What is not said is SHA-1.
    ///
    /// # Errors
    /// [`CryptoError::Algorithm`] for anything unknown; [`CryptoError::OaepParameters`] for other digests, and where
    /// those of padding and mask differ, which the library does not offer.
    pub fn accepted(
        uri: &str,
        digest: Option<&str>,
        mask: Option<&str>,
    ) -> Result<Self, CryptoError> {
        if !matches!(uri, OAEP | OAEP_MGF1P) {
            return Err(CryptoError::algorithm(uri));
        }
        // XML-Enc 1.1 clause 5.5.2: beside `rsa-oaep-mgf1p` an `MGF` can only contradict.
        if uri == OAEP_MGF1P && mask.is_some() {
            return Err(CryptoError::OaepParameters);
        }
        let digest = digest.unwrap_or(Self::OaepSha1.digest_uri());
        let mask = mask.unwrap_or(Self::OaepSha1.mask_uri());
        Self::ALL
            .into_iter()
            .find(|it| it.digest_uri() == digest && it.mask_uri() == mask)
            .ok_or(CryptoError::OaepParameters)
    }

    /// The algorithm in the library.
    pub(super) fn oaep(self) -> &'static OaepAlgorithm {
        match self {
            Self::OaepSha1 => &OAEP_SHA1_MGF1SHA1,
            Self::OaepSha256 => &OAEP_SHA256_MGF1SHA256,
            Self::OaepSha512 => &OAEP_SHA512_MGF1SHA512,
        }
    }
}
