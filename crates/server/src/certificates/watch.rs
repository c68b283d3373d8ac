//! The certificates in use, watched while the broker runs.
//!
//! Owns which they are at the moment, when an end is told again, and the figure. Does not own any consequence: keys of
//! partners are pinned, so an end alone refuses nobody. It is a person who has to act in time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use metrics::gauge;
use vestibule_core::id::UpstreamId;
use vestibule_upstream::saml::SamlUpstream;

use super::{
    NearEnd,
    in_use::{InUse, Name},
};
use crate::keys::KeyRings;

/// How often an end is told while it is near.
const AGAIN: TimeDelta = TimeDelta::days(1);

/// The certificates in use, those of upstreams as their metadata is at the moment.
pub(crate) struct Certificates {
    lasting: Vec<InUse>,
    keys: Option<Arc<KeyRings>>,
    upstreams: BTreeMap<UpstreamId, Arc<SamlUpstream>>,
    /// Those whose end is near, and when that was told last.
    told: Mutex<BTreeMap<Name, DateTime<Utc>>>,
}

impl Certificates {
    /// `lasting` are those that stay as they are until a restart; those of `keys` change with them.
    pub(crate) fn new(
        lasting: Vec<InUse>,
        keys: Option<Arc<KeyRings>>,
        upstreams: BTreeMap<UpstreamId, Arc<SamlUpstream>>,
    ) -> Self {
        Self {
            lasting,
            keys,
            upstreams,
            told: Mutex::default(),
        }
    }

    /// Sets the figures, and tells the ends that are near: each at once, and then once a day.
    pub(crate) fn look(&self, now: DateTime<Utc>) {
        let all = self.all();
        for one in &all {
            // Whole seconds since 1970, as Prometheus counts time; none of ours ends before.
            let end = u64::try_from(one.certificate.not_after.timestamp()).unwrap_or_default();
            gauge!(
                "vestibule_certificate_expires_seconds",
                "use" => one.purpose.name(),
                "upstream" => one.upstream().to_owned(),
                "fingerprint" => one.certificate.fingerprint.clone()
            )
            .set(Duration::from_secs(end).as_secs_f64());
        }
        for (one, end) in self.due(&all, now) {
            one.tell(end);
        }
    }

    fn all(&self) -> Vec<InUse> {
        let mut all = self.lasting.clone();
        if let Some(keys) = &self.keys {
            all.extend_from_slice(&keys.in_use());
        }
        for (id, upstream) in &self.upstreams {
            for (purpose, certificate) in upstream.certificates() {
                all.push(InUse {
                    purpose: purpose.into(),
                    upstream: Some(id.clone()),
                    key: None,
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
