//! Keys of partners, taken from their certificates and kept parsed.
//!
//! Owns: which keys are strong enough, and the check of one signature value. Does not own: trust. A key is trusted
//! because somebody configured it; validity dates and issuers of its certificate are told, not enforced (SAML
//! metadata interoperability profile 2.6.1).

use std::{fmt, sync::Arc};

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use x509_parser::{pem::Pem, public_key::PublicKey};

use super::{Certificate, CryptoError, SignatureAlgorithm, certificate};

/// A key that verifies signatures, one of a partner's.
#[derive(Clone)]
pub struct VerifyingKey {
    inner: Arc<Inner>,
}

struct Inner {
    /// The key, parsed once for each algorithm that it fits: AWS-LC binds the hash to the parsed key.
    parsed: Vec<(SignatureAlgorithm, ParsedPublicKey)>,
    certificate: Certificate,
    /// Length of a signature value in bytes.
    signature_length: usize,
}

impl VerifyingKey {
    /// Takes the key out of an X.509 certificate in DER, as `ds:X509Certificate` holds it after base64.
    ///
    /// # Errors
    /// [`CryptoError::Certificate`] for what is no certificate, RSA below 2048 bit, and keys other than RSA and the
    /// curves P-256, P-384, P-521.
    pub fn from_certificate_der(der: &[u8]) -> Result<Self, CryptoError> {
        let certificate = certificate::parse(der)?;
        let spki = certificate.public_key();
        let key = spki
            .parsed()
            .map_err(|_| unusable("its key cannot be read"))?;
        let parsed = algorithms_for(&key)?
            .iter()
            .map(|algorithm| {
                ParsedPublicKey::new(verification(*algorithm), &spki.subject_public_key.data)
                    .map(|key| (*algorithm, key))
                    .map_err(|_| unusable("its key is not valid"))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            inner: Arc::new(Inner {
                parsed,
                signature_length: signature_length(&key),
                certificate: Certificate::of(der, &certificate),
            }),
        })
    }

    /// As [`Self::from_certificate_der`], from a PEM file. The first certificate counts.
    ///
    /// # Errors
    /// As [`Self::from_certificate_der`].
    pub fn from_certificate_pem(pem: &[u8]) -> Result<Self, CryptoError> {
        let block = Pem::iter_from_buffer(pem)
            .filter_map(Result::ok)
            .find(|block| block.label == "CERTIFICATE")
            .ok_or_else(|| unusable("the file holds no CERTIFICATE block"))?;
        Self::from_certificate_der(&block.contents)
    }

    /// The certificate that the key came from.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.inner.certificate
    }

    /// Whether the key is of the kind that `algorithm` needs.
    #[must_use]
    pub fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        self.inner.parsed.iter().any(|(own, _)| *own == algorithm)
    }

    /// How this key usually signs, and how long its signature values are, in bytes.
    pub(crate) fn usual_signature(&self) -> Option<(SignatureAlgorithm, usize)> {
        let (algorithm, _) = self.inner.parsed.first()?;
        Some((*algorithm, self.inner.signature_length))
    }

    /// Checks one signature value over `message`. ECDSA values are `r‖s` (XML-DSig 6.4.3), on the Redirect binding too.
    ///
    /// # Errors
    /// [`CryptoError::KeyMismatch`] before any cryptography if the key does not fit; [`CryptoError::Mismatch`] if the
    /// signature is wrong *or cannot be read*: an error is a no.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        value: &[u8],
    ) -> Result<(), CryptoError> {
        let (_, key) = self
            .inner
            .parsed
            .iter()
            .find(|(own, _)| *own == algorithm)
            .ok_or(CryptoError::KeyMismatch(algorithm.uri()))?;
        key.verify_sig(message, value)
            .map_err(|_| CryptoError::Mismatch(1))
    }

    /// Checks one signature value with each fitting key; one success is enough, so that partners can change keys.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_any(
        keys: &[Self],
        algorithm: SignatureAlgorithm,
        message: &[u8],
        value: &[u8],
    ) -> Result<(), CryptoError> {
        let mut tried = 0;
        for key in keys.iter().filter(|key| key.fits(algorithm)) {
            if key.verify(algorithm, message, value).is_ok() {
                return Ok(());
            }
            tried += 1;
        }
        Err(match tried {
            0 => CryptoError::KeyMismatch(algorithm.uri()),
            _ => CryptoError::Mismatch(tried),
        })
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("subject", &self.inner.certificate.subject)
            .field("fingerprint", &self.inner.certificate.fingerprint)
            .finish_non_exhaustive()
    }
}

/// Two keys are equal if their certificates are.
impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.inner.certificate == other.inner.certificate
    }
}

impl Eq for VerifyingKey {}

/// The algorithms of a key's family. The family is the key's, never the message's (CVE-2018-7644).
fn algorithms_for(key: &PublicKey<'_>) -> Result<&'static [SignatureAlgorithm], CryptoError> {
    const RSA_MINIMUM_BITS: usize = 2048;
    const P256_BITS: usize = 256;
    const P384_BITS: usize = 384;
    const P521_BITS: usize = 521;
    match key {
        PublicKey::RSA(rsa) if rsa.key_size() < RSA_MINIMUM_BITS => {
            Err(unusable("its RSA key is shorter than 2048 bit"))
        }
        PublicKey::RSA(_) => Ok(&[
            SignatureAlgorithm::RsaSha256,
            SignatureAlgorithm::RsaSha384,
            SignatureAlgorithm::RsaSha512,
            SignatureAlgorithm::RsaSha1,
        ]),
        PublicKey::EC(point) => match point.key_size() {
            P256_BITS => Ok(&[SignatureAlgorithm::EcdsaSha256]),
            P384_BITS => Ok(&[SignatureAlgorithm::EcdsaSha384]),
            // The point is written in whole octets: 528 for the 521 bit of the curve.
            P521_BITS..=528 => Ok(&[SignatureAlgorithm::EcdsaSha512]),
            _ => Err(unusable("its curve is not P-256, P-384 or P-521")),
        },
        _ => Err(unusable("its key is neither RSA nor elliptic curve")),
    }
}

/// RSA: as long as the modulus. ECDSA: two numbers as long as a coordinate of the point, of which there are two.
fn signature_length(key: &PublicKey<'_>) -> usize {
    match key {
        PublicKey::RSA(rsa) => rsa.key_size() / 8,
        PublicKey::EC(point) => point.key_size().div_ceil(8) * 2,
        _ => 0,
    }
}

fn verification(algorithm: SignatureAlgorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        SignatureAlgorithm::EcdsaSha256 => &signature::ECDSA_P256_SHA256_FIXED,
        SignatureAlgorithm::EcdsaSha384 => &signature::ECDSA_P384_SHA384_FIXED,
        SignatureAlgorithm::EcdsaSha512 => &signature::ECDSA_P521_SHA512_FIXED,
        SignatureAlgorithm::RsaSha1 => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        SignatureAlgorithm::RsaSha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        SignatureAlgorithm::RsaSha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        SignatureAlgorithm::RsaSha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
    }
}

fn unusable(why: &str) -> CryptoError {
    CryptoError::Certificate(why.to_owned())
}
