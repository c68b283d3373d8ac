//! One certificate that is in use.
//!
//! Owns what it is used for, what it is known by, and the line that tells its end. Does not own when that is told.

use std::path::Path;

use chrono::{DateTime, Utc};
use vestibule_core::id::{KeyId, UpstreamId};
use vestibule_upstream::saml::{Certificate, CertificateUse};
use x509_parser::pem::Pem;

use super::NearEnd;

/// From so few days on an end is told as an error.
const URGENT: i64 = 7;

/// What the key of a certificate does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// It decrypts what a provider encrypts for us.
    Decryption,
    /// It signs our answers to applications.
    IdentityProviderSigning,
    /// It signs our requests to providers.
    ServiceProviderSigning,
    /// It proves to browsers who we are.
    Tls,
    /// It signs the metadata of a provider.
    UpstreamMetadataSigning,
    /// It signs the answers of a provider.
    UpstreamSigning,
}

impl Purpose {
    /// The name in the log and the figures.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Decryption => "decryption",
            Self::IdentityProviderSigning => "identity_provider_signing",
            Self::ServiceProviderSigning => "service_provider_signing",
            Self::Tls => "tls",
            Self::UpstreamMetadataSigning => "upstream_metadata_signing",
            Self::UpstreamSigning => "upstream_signing",
        }
    }
}

impl From<CertificateUse> for Purpose {
    fn from(of_upstream: CertificateUse) -> Self {
        match of_upstream {
            CertificateUse::Decryption => Self::Decryption,
            CertificateUse::MetadataSigning => Self::UpstreamMetadataSigning,
            CertificateUse::Signing => Self::UpstreamSigning,
        }
    }
}

/// One certificate and what it is used for.
#[derive(Debug, Clone)]
pub(crate) struct InUse {
    pub(super) purpose: Purpose,
    pub(super) upstream: Option<UpstreamId>,
    /// Of a key of ours, its id.
    pub(crate) key: Option<KeyId>,
    pub(super) certificate: Certificate,
}

/// What one certificate in its use is told apart from others by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    purpose: Purpose,
    upstream: Option<UpstreamId>,
    fingerprint: String,
}

impl InUse {
    /// The certificate that a key of ours is published with.
    pub(crate) const fn of_key(purpose: Purpose, key: KeyId, certificate: Certificate) -> Self {
        Self {
            purpose,
            upstream: None,
            key: Some(key),
            certificate,
        }
    }

    /// The certificates of our own listener, as they are at the start. A file that cannot be used is told by the
    /// listener, which reads it next.
    #[allow(
        clippy::disallowed_methods,
        reason = "the start reads the files that the configuration names"
    )]
    pub(crate) fn of_listener(file: &Path) -> Vec<Self> {
        let content = std::fs::read(file).unwrap_or_default();
        Pem::iter_from_buffer(&content)
            .filter_map(Result::ok)
            .filter_map(|pem| Certificate::from_der(&pem.contents).ok())
            .map(|certificate| Self {
                purpose: Purpose::Tls,
                upstream: None,
                key: None,
                certificate,
            })
            .collect()
    }

    /// Last second of its validity.
    pub(crate) const fn not_after(&self) -> DateTime<Utc> {
        self.certificate.not_after
    }

    pub(super) fn name(&self) -> Name {
        Name {
            purpose: self.purpose,
            upstream: self.upstream.clone(),
            fingerprint: self.certificate.fingerprint.clone(),
        }
    }

    pub(super) fn upstream(&self) -> &str {
        self.upstream.as_ref().map_or("", UpstreamId::as_str)
    }

    pub(super) fn tell(&self, end: NearEnd) {
        let (purpose, upstream) = (self.purpose.name(), self.upstream());
        let key = self.key.as_ref().map_or("", KeyId::as_str);
        let (code, days, within_days) = (end.code(), end.days, end.within);
        let Certificate {
            fingerprint,
            not_after,
            subject,
            ..
        } = &self.certificate;
        // The level of a line is fixed where it is written.
        if within_days <= URGENT {
            tracing::error!(code, purpose, upstream, key, subject, fingerprint, %not_after, days, within_days, "a certificate {end}");
        } else {
            tracing::warn!(code, purpose, upstream, key, subject, fingerprint, %not_after, days, within_days, "a certificate {end}");
        }
    }
}
