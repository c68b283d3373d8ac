//! Keys of partners that we encrypt for.
//!
//! Owns: an RSA key that was taken from its certificate once and is kept parsed. Does not own: where certificates come
//! from. As with keys that verify, validity dates are told, not enforced ([`super::key`]).

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    error::Unspecified,
    rsa::{OaepPublicEncryptingKey, PublicEncryptingKey},
};
use x509_parser::{
    pem::Pem,
    prelude::{FromDer as _, X509Certificate},
};

use super::{CryptoError, KeyTransport};

/// A partner's RSA key. Cloning shares the parsed key.
#[derive(Clone)]
pub struct EncryptionKey {
    key: Arc<OaepPublicEncryptingKey>,
    certificate: Arc<[u8]>,
}

impl EncryptionKey {
    /// Takes the key out of an X.509 certificate in DER.
    ///
    /// # Errors
    /// [`CryptoError::Certificate`] for what is no certificate, and for keys other than RSA of 2048 to 8192 bits.
    pub fn from_certificate_der(der: &[u8]) -> Result<Self, CryptoError> {
        let (rest, certificate) = X509Certificate::from_der(der)
            .map_err(|_| unusable("it is not an X.509 certificate"))?;
        if !rest.is_empty() {
            return Err(unusable("bytes follow the certificate"));
        }
        let key = PublicEncryptingKey::from_der(certificate.public_key().raw)
            .and_then(|key| OaepPublicEncryptingKey::new(key).map_err(Into::into))
            .map_err(|_| unusable("its key is not RSA of 2048 to 8192 bits"))?;
        Ok(Self {
            key: Arc::new(key),
            certificate: der.into(),
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

    /// The certificate, in DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// `secret`, encrypted for the partner.
    pub(super) fn wrap(
        &self,
        transport: KeyTransport,
        secret: &[u8],
    ) -> Result<Vec<u8>, Unspecified> {
        let mut wrapped = vec![0; self.key.ciphertext_size()];
        let length = self
            .key
            .encrypt(transport.oaep(), secret, &mut wrapped, None)?
            .len();
        wrapped.truncate(length);
        Ok(wrapped)
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey").finish_non_exhaustive()
    }
}

/// Two keys are equal if their certificates are.
impl PartialEq for EncryptionKey {
    fn eq(&self, other: &Self) -> bool {
        self.certificate == other.certificate
    }
}

impl Eq for EncryptionKey {}

fn unusable(why: &str) -> CryptoError {
    CryptoError::Certificate(why.to_owned())
}
