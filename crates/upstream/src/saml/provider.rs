//! What a provider's metadata says, read when needed and refreshed by whoever calls [`ProviderCache::refresh`].
//!
//! Owns the fetching, the keeping of the last good metadata, and the rules for changes: the entity stays the same
//! (attack row MD-03), and a key that appears later at an address is not trusted by itself (MD-06). Does not own the
//! schedule.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;
use url::Url;
use vestibule_core::{id::UpstreamId, port::UpstreamError};
use vestibule_saml::{crypto::VerifyingKey, metadata::IdpMetadata};

use super::{
    metadata::{check_metadata, read_metadata},
    settings::{MetadataPlace, MetadataSource, SamlSettings},
};
use crate::http::{Http, Request, Words};

/// The largest metadata file, in bytes (attack row MD-05).
const LARGEST: usize = 2 * 1024 * 1024;
/// The longest time for one file.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long metadata is used beyond its `validUntil` while no newer one can be had (MD-04).
const GRACE: TimeDelta = TimeDelta::hours(24);
/// How long a failure is remembered, so that waiting logins fail together and not in a row.
const FAILURE: TimeDelta = TimeDelta::seconds(5);
/// How soon a failed refresh is tried again.
const RETRY: Duration = Duration::from_secs(60);

/// What a refresh came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refreshed {
    /// SHA-256 fingerprints of certificates that appeared and are not used until a restart.
    pub not_trusted: Vec<String>,
    /// When to refresh again.
    pub again_after: Duration,
}

/// One provider's metadata.
pub(super) struct ProviderCache {
    /// For error details.
    id: UpstreamId,
    source: MetadataSource,
    sp_entity_id: String,
    http: Arc<dyn Http>,
    known: ArcSwapOption<IdpMetadata>,
    /// Whoever holds it may fetch; when the last fetch failed, and why.
    flight: Mutex<Option<(DateTime<Utc>, UpstreamError)>>,
}

impl ProviderCache {
    pub(super) fn new(settings: &SamlSettings, http: Arc<dyn Http>) -> Self {
        Self {
            id: settings.id.clone(),
            source: settings.metadata.clone(),
            sp_entity_id: settings.sp_entity_id.clone(),
            http,
            known: ArcSwapOption::empty(),
            flight: Mutex::default(),
        }
    }

    /// The metadata, fetched if there is none yet.
    ///
    /// # Errors
    /// [`UpstreamError`] if there is none, or if it ended too long ago.
    pub(super) async fn known(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Arc<IdpMetadata>, UpstreamError> {
        if self.known.load().is_none() {
            self.load(now).await?;
        }
        let known = self.read_last();
        let known = known.ok_or_else(|| self.unreachable("there is no metadata"))?;
        let graced = now.checked_sub_signed(GRACE).unwrap_or(now);
        known.validity.check(graced).map_err(|error| {
            self.misbehaved(
                error.code(),
                &format!("{error}, and no newer metadata could be had; refresh it"),
            )
        })?;
        Ok(known)
    }

    /// What was read last, whether or not it still holds; nothing is fetched for it.
    pub(super) fn read_last(&self) -> Option<Arc<IdpMetadata>> {
        self.known.load_full()
    }

    /// The first fetch, by one login for all that wait.
    async fn load(&self, now: DateTime<Utc>) -> Result<(), UpstreamError> {
        let mut flight = self.flight.lock().await;
        if self.known.load().is_some() {
            return Ok(());
        }
        if let Some((at, error)) = flight.as_ref()
            && (TimeDelta::zero()..FAILURE).contains(&(now - *at))
        {
            return Err(error.clone());
        }
        match self.fetch(now).await {
            Ok(metadata) => {
                *flight = None;
                self.known.store(Some(Arc::new(metadata)));
                Ok(())
            }
            Err(error) => {
                *flight = Some((now, error.clone()));
                Err(error)
            }
        }
    }

    /// Fetches again. If that fails, what is known is kept.
    ///
    /// # Errors
    /// [`UpstreamError`].
    pub(super) async fn refresh(&self, now: DateTime<Utc>) -> Result<Refreshed, UpstreamError> {
        let _flight = self.flight.lock().await;
        let mut fresh = self.fetch(now).await?;
        let again_after = fresh.validity.refresh_after().to_std().unwrap_or(RETRY);
        let old = self.read_last();
        let not_trusted = match old {
            Some(old) => self.reconcile(&old, &mut fresh)?,
            None => Vec::new(),
        };
        self.known.store(Some(Arc::new(fresh)));
        Ok(Refreshed {
            not_trusted,
            again_after,
        })
    }

    /// Applies the rules for changes; returns the fingerprints of keys that are left out.
    fn reconcile(
        &self,
        old: &IdpMetadata,
        fresh: &mut IdpMetadata,
    ) -> Result<Vec<String>, UpstreamError> {
        if old.entity_id != fresh.entity_id {
            return Err(self.misbehaved(
                "metadata_entity_changed",
                &format!(
                    "its metadata now describes {:?} instead of {:?}; restart if that is meant",
                    fresh.entity_id, old.entity_id
                ),
            ));
        }
        let by_address = matches!(self.source.place, MetadataPlace::Url(_));
        if !by_address || !self.source.signed_by.is_empty() {
            return Ok(Vec::new());
        }
        let (trusted, appeared): (Vec<_>, Vec<_>) = std::mem::take(&mut fresh.signing_keys)
            .into_iter()
            .partition(|key| old.signing_keys.contains(key));
        let fingerprints: Vec<String> = appeared.iter().map(fingerprint).collect();
        if trusted.is_empty() {
            return Err(self.misbehaved(
                "metadata_keys_replaced",
                &format!(
                    "all signing keys of its metadata are new ({}); compare the fingerprints with the provider's administrator and restart, or configure signed metadata",
                    fingerprints.join(", ")
                ),
            ));
        }
        fresh.signing_keys = trusted;
        Ok(fingerprints)
    }

    async fn fetch(&self, now: DateTime<Utc>) -> Result<IdpMetadata, UpstreamError> {
        let xml = match &self.source.place {
            MetadataPlace::File(path) => tokio::fs::read(path).await.map_err(|error| {
                self.unreachable(&format!("the metadata file {}: {error}", path.display()))
            })?,
            MetadataPlace::Inline(xml) => xml.clone().into_bytes(),
            MetadataPlace::Url(url) => self.get(url).await?,
        };
        let entity_id = self.source.entity_id.as_deref();
        let metadata = read_metadata(&xml, entity_id, &self.source.signed_by)
            .map_err(|rejection| rejection.at(&self.id))?;
        check_metadata(&metadata, &self.sp_entity_id, now)
            .map_err(|rejection| rejection.at(&self.id))?;
        Ok(metadata)
    }

    async fn get(&self, url: &Url) -> Result<Vec<u8>, UpstreamError> {
        let accept = "application/samlmetadata+xml, application/xml, text/xml";
        let request = Request::get(url.clone(), accept, LARGEST, TIMEOUT, Words::Ours);
        let response = self.http.send(request).await.map_err(|error| {
            self.unreachable(&format!(
                "{url}: {error}; try the address from this machine, or save the metadata to a file"
            ))
        })?;
        match response.status {
            200 => Ok(response.body),
            status @ 300..400 => Err(self.unreachable(&format!(
                "{url}: HTTP status {status}; redirects are not followed: configure the address that it leads to"
            ))),
            status => Err(self.unreachable(&format!("{url}: HTTP status {status}"))),
        }
    }

    fn unreachable(&self, cause: &str) -> UpstreamError {
        UpstreamError::Unreachable {
            detail: format!("upstream `{}`: {cause}", self.id),
        }
    }

    fn misbehaved(&self, code: &'static str, cause: &str) -> UpstreamError {
        UpstreamError::Misbehaved {
            code,
            detail: format!("upstream `{}`: {cause}", self.id),
        }
    }
}

fn fingerprint(key: &VerifyingKey) -> String {
    key.certificate().fingerprint.clone()
}
