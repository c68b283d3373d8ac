//! The algorithms that we accept and make, by their XML identifiers.
//!
//! Owns: the allow-lists. Does not own: keys. What is not named here does not exist for us: no HMAC, DSA, RSA-PSS, MD5.

use aws_lc_rs::digest;

use super::CryptoError;

/// How a signature value is made (XML-DSig 6.4, RFC 6931 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    EcdsaSha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaSha384,
    /// ECDSA on P-521 with SHA-512.
    EcdsaSha512,
    /// RSA PKCS#1 v1.5 with SHA-1. Broken; accepted only where somebody asked for the danger.
    RsaSha1,
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaSha256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RsaSha384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaSha512,
}

impl SignatureAlgorithm {
    const ALL: [Self; 7] = [
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
        Self::RsaSha1,
        Self::RsaSha256,
        Self::RsaSha384,
        Self::RsaSha512,
    ];

    /// The identifier in `SignatureMethod` and in the query parameter `SigAlg`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::EcdsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::EcdsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
            Self::RsaSha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        }
    }

    /// The algorithm of that identifier, if it may be used.
    ///
    /// # Errors
    /// [`CryptoError::Sha1`] for SHA-1 without `danger_accept_sha1`, [`CryptoError::Algorithm`] for anything unknown.
    pub fn accepted(uri: &str, danger_accept_sha1: bool) -> Result<Self, CryptoError> {
        match Self::ALL.into_iter().find(|it| it.uri() == uri) {
            Some(Self::RsaSha1) if !danger_accept_sha1 => Err(CryptoError::Sha1),
            Some(algorithm) => Ok(algorithm),
            None => Err(CryptoError::algorithm(uri)),
        }
    }
}

/// How the signed bytes are digested (XML-DSig 6.2, XML encryption 5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// Broken; accepted only where somebody asked for the danger.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The identifier in `DigestMethod`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Self::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// The algorithm of that identifier, if it may be used.
    ///
    /// # Errors
    /// As [`SignatureAlgorithm::accepted`].
    pub fn accepted(uri: &str, danger_accept_sha1: bool) -> Result<Self, CryptoError> {
        match Self::ALL.into_iter().find(|it| it.uri() == uri) {
            Some(Self::Sha1) if !danger_accept_sha1 => Err(CryptoError::Sha1),
            Some(algorithm) => Ok(algorithm),
            None => Err(CryptoError::algorithm(uri)),
        }
    }

    /// The digest of `bytes`.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> digest::Digest {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes)
    }
}
