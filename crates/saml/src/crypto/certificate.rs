//! What an administrator wants to know of a certificate.
//!
//! Owns the reading of a certificate's names and dates. Does not own trust: see [`super::key`].

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::CryptoError;

/// What an administrator wants to know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate itself.
    pub der: Vec<u8>,
    /// SHA-256 over the certificate, in lower-case hexadecimal.
    pub fingerprint: String,
    /// Last second of its validity.
    pub not_after: DateTime<Utc>,
    /// First second of its validity.
    pub not_before: DateTime<Utc>,
    /// Distinguished name of the subject.
    pub subject: String,
}

impl Certificate {
    /// Reads an X.509 certificate in DER, whatever its key is.
    ///
    /// # Errors
    /// [`CryptoError::Certificate`] for what is no certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, CryptoError> {
        parse(der).map(|certificate| Self::of(der, &certificate))
    }

    pub(super) fn of(der: &[u8], certificate: &X509Certificate<'_>) -> Self {
        Self {
            der: der.to_vec(),
            fingerprint: hex(digest::digest(&digest::SHA256, der).as_ref()),
            not_after: moment(certificate.validity().not_after.timestamp()),
            not_before: moment(certificate.validity().not_before.timestamp()),
            subject: certificate.subject().to_string(),
        }
    }
}

pub(super) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, CryptoError> {
    let unusable = |why: &str| CryptoError::Certificate(why.to_owned());
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) => Err(unusable("bytes follow the certificate")),
        Err(_) => Err(unusable("it is not an X.509 certificate")),
    }
}

fn moment(unix_seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(unix_seconds, 0).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
