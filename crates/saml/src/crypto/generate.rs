//! New keys with a certificate of their own, for signing and for decrypting.
//!
//! Owns: generating a key pair and the self-signed certificate that metadata publishes for it.
//! Does not own: when that happens, or where the key is kept. A SAML certificate is only a carrier for a public key
//! (SAML metadata interoperability profile 2.5); nobody builds a path from it.

use std::time::Duration;

use chrono::{DateTime, Datelike as _, Months, Utc};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose, RsaKeySize};
use zeroize::Zeroizing;

use super::sign::{SignError, SigningKey};

/// How long a self-signed certificate lives if the caller has no other wish: ten years.
pub const DEFAULT_LIFETIME: Months = Months::new(120);

/// Modulus sizes that we generate. 3072 bits are for use beyond 2030 (NIST SP 800-57 part 1, table 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaSize {
    /// 2048 bits.
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits.
    Bits4096,
}

/// What stands in a self-signed certificate.
#[derive(Clone, Debug)]
pub struct CertificateProfile {
    /// The common name of subject and issuer; administrators see it in the other side's screens.
    pub common_name: String,
    /// Start of validity; seconds count.
    pub not_before: DateTime<Utc>,
    /// End of validity.
    pub not_after: DateTime<Utc>,
}

impl CertificateProfile {
    /// A certificate for [`DEFAULT_LIFETIME`] from `now` on.
    #[must_use]
    pub fn starting(now: DateTime<Utc>, common_name: impl Into<String>) -> Self {
        Self {
            common_name: common_name.into(),
            not_before: now,
            not_after: now
                .checked_add_months(DEFAULT_LIFETIME)
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }
}

impl SigningKey {
    /// Generates an RSA key and its self-signed certificate.
    ///
    /// # Errors
    /// [`SignError::Engine`] if the library fails, or if the validity cannot be written into a certificate.
    pub fn generate_rsa(size: RsaSize, profile: &CertificateProfile) -> Result<Self, SignError> {
        let made = rsa(size, profile, Use::Signing)?;
        Self::from_pkcs8_der(&made.pkcs8, &made.certificate)
    }

    /// Generates a key on the curve P-256 and its self-signed certificate.
    ///
    /// # Errors
    /// As [`SigningKey::generate_rsa`].
    pub fn generate_ec_p256(profile: &CertificateProfile) -> Result<Self, SignError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(engine)?;
        let made = self_signed(&key, profile, Use::Signing)?;
        Self::from_pkcs8_der(&made.pkcs8, &made.certificate)
    }
}

/// What a certificate says that its key is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Use {
    Decrypting,
    Signing,
}

/// A new key and its certificate, both in DER.
pub(super) struct Made {
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
    pub(super) certificate: Vec<u8>,
}

/// A new RSA key with its self-signed certificate.
pub(super) fn rsa(
    size: RsaSize,
    profile: &CertificateProfile,
    purpose: Use,
) -> Result<Made, SignError> {
    let size = match size {
        RsaSize::Bits2048 => RsaKeySize::_2048,
        RsaSize::Bits3072 => RsaKeySize::_3072,
        RsaSize::Bits4096 => RsaKeySize::_4096,
    };
    let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size).map_err(engine)?;
    self_signed(&key, profile, purpose)
}

/// A self-signed certificate for a key that is there already, in DER. For RSA the same input gives the same bytes: the
/// serial number is a digest of the key.
pub(super) fn certificate(
    pkcs8: &[u8],
    profile: &CertificateProfile,
    purpose: Use,
) -> Result<Vec<u8>, SignError> {
    let key = KeyPair::try_from(pkcs8).map_err(engine)?;
    self_signed(&key, profile, purpose).map(|made| made.certificate)
}

fn self_signed(
    key: &KeyPair,
    profile: &CertificateProfile,
    purpose: Use,
) -> Result<Made, SignError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, profile.common_name.as_str());
    params.key_usages = vec![match purpose {
        Use::Decrypting => KeyUsagePurpose::KeyEncipherment,
        Use::Signing => KeyUsagePurpose::DigitalSignature,
    }];
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + since_epoch(profile.not_before)?;
    params.not_after = epoch + since_epoch(profile.not_after)?;
    let certificate = params.self_signed(key).map_err(engine)?;
    Ok(Made {
        pkcs8: Zeroizing::new(key.serialize_der()),
        certificate: certificate.der().to_vec(),
    })
}

/// Seconds since 1970, refused beyond the year 9999, which is the last that a certificate can name (RFC 5280 4.1.2.5).
fn since_epoch(moment: DateTime<Utc>) -> Result<Duration, SignError> {
    let seconds = u64::try_from(moment.timestamp())
        .ok()
        .filter(|_| moment.year() <= 9999);
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| SignError::Engine {
            reason: format!("{moment} does not fit into a certificate"),
        })
}

fn engine(error: rcgen::Error) -> SignError {
    SignError::Engine {
        reason: error.to_string(),
    }
}
