//! Our own signing keys: made on the first start, sealed in the store, parsed once.

use chrono::{DateTime, Utc};
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    port::{KeyPair, Keys},
};
use vestibule_downstream::saml::{CertificateProfile, RsaSize, SigningKey};

use super::WiringError;

/// Signs what applications get.
pub(super) const IDENTITY_PROVIDER: &str = "saml-identity-provider";
/// Signs what SAML upstreams get.
pub(super) const SERVICE_PROVIDER: &str = "saml-service-provider";

/// The key of that name; a new one if the store has none. Of two nodes that start together, both get the same.
pub(super) async fn key(
    store: &dyn Keys,
    name: &str,
    common_name: &str,
    now: DateTime<Utc>,
) -> Result<SigningKey, WiringError> {
    let unfit =
        |error: &dyn std::fmt::Display| WiringError::new(format!("signing key `{name}`"), error);
    let kept = match store.key(name).await.map_err(|error| unfit(&error))? {
        Some(kept) => kept,
        None => {
            let profile = CertificateProfile::starting(now, common_name);
            let made = SigningKey::generate_rsa(RsaSize::Bits2048, &profile)
                .map_err(|error| unfit(&error))?;
            let sealed = KeyPair {
                pkcs8: made.to_pkcs8_der().map_err(|error| unfit(&error))?.to_vec(),
                certificate: made.certificate_der().to_vec(),
                created_at: now,
            };
            let audit = AuditRecord::new(now, AuditEvent::Administration, AuditResult::Success);
            let audit = audit.because("key_created", Some(name));
            store
                .keep_key(name, sealed, audit)
                .await
                .map_err(|error| unfit(&error))?
        }
    };
    SigningKey::from_pkcs8_der(&kept.pkcs8, &kept.certificate).map_err(|error| unfit(&error))
}
