//! The certificates in use, and their ends, which are told while the broker runs (attack rows FT-09, SI-68).
//!
//! Owns which certificates those are, when an end is told again, and the figure. Does not own any consequence: keys of
//! partners are pinned, so an end alone refuses nobody. It is a person who has to act in time.

mod tls;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use metrics::gauge;
use vestibule_core::id::UpstreamId;
use vestibule_upstream::saml::{Certificate, CertificateUse, SamlUpstream, SigningKey};

pub(crate) use self::tls::tls;
use super::end::NearEnd;

/// How often an end is told while it is near.
const AGAIN: TimeDelta = TimeDelta::days(1);

/// From so few days on it is told as an error.
const URGENT: i64 = 7;

/// One certificate and what it is used for.
#[derive(Debug, Clone)]
pub(crate) struct InUse {
    purpose: &'static str,
    upstream: Option<UpstreamId>,
    certificate: Certificate,
}

/// What one certificate in its use is told apart from others by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    purpose: &'static str,
    upstream: Option<UpstreamId>,
    fingerprint: String,
}

/// The certificate that a signing key is published with.
pub(crate) fn signing(purpose: &'static str, key: &SigningKey) -> Option<InUse> {
    let certificate = Certificate::from_der(key.certificate_der()).ok()?;
    Some(InUse {
        purpose,
        upstream: None,
        certificate,
    })
}

impl InUse {
    fn name(&self) -> Name {
        Name {
            purpose: self.purpose,
            upstream: self.upstream.clone(),
            fingerprint: self.certificate.fingerprint.clone(),
        }
    }

    fn upstream(&self) -> &str {
        self.upstream.as_ref().map_or("", UpstreamId::as_str)
    }

    fn tell(&self, end: NearEnd) {
        let (purpose, upstream) = (self.purpose, self.upstream());
        let (code, days, within_days) = (end.code(), end.days, end.within);
        let Certificate {
            fingerprint,
            not_after,
            subject,
            ..
        } = &self.certificate;
        // The level of a line is fixed where it is written.
        if within_days <= URGENT {
            tracing::error!(code, purpose, upstream, subject, fingerprint, %not_after, days, within_days, "a certificate {end}");
        } else {
            tracing::warn!(code, purpose, upstream, subject, fingerprint, %not_after, days, within_days, "a certificate {end}");
        }
    }
}

/// The certificates in use, those of upstreams as their metadata is at the moment.
pub(crate) struct Certificates {
    lasting: Vec<InUse>,
    upstreams: BTreeMap<UpstreamId, Arc<SamlUpstream>>,
    /// Those whose end is near, and when that was told last.
    told: Mutex<BTreeMap<Name, DateTime<Utc>>>,
}

impl Certificates {
    /// `lasting` are those that stay as they are until a restart.
    pub(crate) fn new(
        lasting: Vec<InUse>,
        upstreams: BTreeMap<UpstreamId, Arc<SamlUpstream>>,
    ) -> Self {
        Self {
            lasting,
            upstreams,
            told: Mutex::default(),
        }
    }

    /// Sets the figures, and tells the ends that are near: each at once, and then once a day.
    pub(crate) async fn look(&self, now: DateTime<Utc>) {
        let all = self.all().await;
        for one in &all {
            // Whole seconds since 1970, as Prometheus counts time; none of ours ends before.
            let end = u64::try_from(one.certificate.not_after.timestamp()).unwrap_or_default();
            gauge!(
                "vestibule_certificate_expires_seconds",
                "use" => one.purpose,
                "upstream" => one.upstream().to_owned(),
                "fingerprint" => one.certificate.fingerprint.clone()
            )
            .set(Duration::from_secs(end).as_secs_f64());
        }
        for (one, end) in self.due(&all, now) {
            one.tell(end);
        }
    }

    async fn all(&self) -> Vec<InUse> {
        let mut all = self.lasting.clone();
        for (id, upstream) in &self.upstreams {
            for (purpose, certificate) in upstream.certificates().await {
                all.push(InUse {
                    purpose: match purpose {
                        CertificateUse::Decryption => "decryption",
                        CertificateUse::MetadataSigning => "upstream_metadata_signing",
                        CertificateUse::Signing => "upstream_signing",
                    },
                    upstream: Some(id.clone()),
                    certificate,
                });
            }
        }
        all
    }

    /// Those to tell now; they count as told. A clock that was set back makes nothing wait longer than a day.
    fn due<'a>(&self, all: &'a [InUse], now: DateTime<Utc>) -> Vec<(&'a InUse, NearEnd)> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let near = all.iter().filter_map(|one| {
            let end = NearEnd::of(one.certificate.not_after, now)?;
            Some((one, end))
        });
        let mut due = Vec::new();
        let mut kept = BTreeMap::new();
        for (one, end) in near {
            let last = told.get(&one.name()).copied();
            let last = last.filter(|last| (TimeDelta::zero()..AGAIN).contains(&(now - *last)));
            if last.is_none() {
                due.push((one, end));
            }
            kept.insert(one.name(), last.unwrap_or(now));
        }
        // What is not in use any more is forgotten.
        *told = kept;
        due
    }
}

#[cfg(test)]
mod tests;
