//! Our own keys: made on the first start, sealed in the store, parsed once.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    port::{KeyPair, Keys},
};
use vestibule_downstream::saml::{CertificateProfile, RsaSize, SigningKey};
use vestibule_upstream::saml::DecryptionKey;

use super::WiringError;

/// Signs what applications get.
pub(super) const IDENTITY_PROVIDER: &str = "saml-identity-provider";
/// Signs what SAML upstreams get.
pub(super) const SERVICE_PROVIDER: &str = "saml-service-provider";
/// Decrypts what SAML upstreams send.
const SERVICE_PROVIDER_DECRYPTION: &str = "saml-service-provider-decryption";

/// The signing key of that name; a new one if the store has none.
pub(super) async fn signing_key(
    store: &dyn Keys,
    name: &str,
    common_name: &str,
    now: DateTime<Utc>,
) -> Result<SigningKey, WiringError> {
    let profile = CertificateProfile::starting(now, common_name);
    let kept = kept(store, name, now, || {
        let made = SigningKey::generate_rsa(RsaSize::Bits2048, &profile)
            .map_err(|error| unfit(name, &error))?;
        let pkcs8 = made.to_pkcs8_der().map_err(|error| unfit(name, &error))?;
        Ok((pkcs8.to_vec(), made.certificate_der().to_vec()))
    })
    .await?;
    SigningKey::from_pkcs8_der(&kept.pkcs8, &kept.certificate).map_err(|error| unfit(name, &error))
}

/// The key that decrypts; a new one if the store has none.
pub(super) async fn decryption_key(
    store: &dyn Keys,
    common_name: &str,
    now: DateTime<Utc>,
) -> Result<DecryptionKey, WiringError> {
    let name = SERVICE_PROVIDER_DECRYPTION;
    let profile = CertificateProfile::starting(now, common_name);
    let kept = kept(store, name, now, || {
        let made = DecryptionKey::generate(RsaSize::Bits2048, &profile)
            .map_err(|error| unfit(name, &error))?;
        let pkcs8 = made.to_pkcs8_der().map_err(|error| unfit(name, &error))?;
        Ok((pkcs8.to_vec(), made.certificate_der().to_vec()))
    })
    .await?;
    DecryptionKey::from_pkcs8_der(&kept.pkcs8, &kept.certificate)
        .map_err(|error| unfit(name, &error))
}

/// What the store keeps under that name; if nothing, what `make` makes. Of two nodes that start together, both get the
/// same.
async fn kept(
    store: &dyn Keys,
    name: &str,
    now: DateTime<Utc>,
    make: impl FnOnce() -> Result<(Vec<u8>, Vec<u8>), WiringError>,
) -> Result<KeyPair, WiringError> {
    if let Some(kept) = store.key(name).await.map_err(|error| unfit(name, &error))? {
        return Ok(kept);
    }
    let (pkcs8, certificate) = make()?;
    let sealed = KeyPair {
        pkcs8,
        certificate,
        created_at: now,
    };
    let audit = AuditRecord::new(now, AuditEvent::Administration, AuditResult::Success);
    let audit = audit.because("key_created", Some(name));
    store
        .keep_key(name, sealed, audit)
        .await
        .map_err(|error| unfit(name, &error))
}

fn unfit(name: &str, error: &dyn Display) -> WiringError {
    WiringError::new(format!("key `{name}`"), error)
}
