//! What a provider publishes, fetched when needed and kept for a while.
//!
//! Owns the fetching and keeping of metadata and keys of one issuer: at most one fetch at a time, the last good answer
//! kept when a fetch fails, keys fetched anew for an unknown `kid` at most once a minute (attack rows OI-05, OI-152).
//! Does not read them: the room `oidc` does, and says whether to believe them.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;
use url::Url;
use vestibule_core::port::UpstreamError;
use vestibule_oidc::{
    Rejection,
    cooldown::Cooldown,
    discovery::{MAX_METADATA_BYTES, Provider, Rules},
    jwks::{Jwks, MAX_JWKS_BYTES},
};

use super::settings::{OidcSettings, OidcSettingsError};
use crate::http::{Http, Request, Words};

/// How long metadata and keys are used before they are asked for again. A key that the provider withdraws is believed
/// this much longer.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How long the last good answer is used after a failed fetch before the next try.
const RETRY: TimeDelta = TimeDelta::seconds(60);
/// How long a failure is remembered where there is no good answer, so that waiting logins fail together and not in a
/// row.
const FAILURE: TimeDelta = TimeDelta::seconds(5);
/// The longest time for one document.
const TIMEOUT: Duration = Duration::from_secs(3);

/// What is known of a provider.
pub(super) struct Known {
    pub(super) provider: Provider,
    pub(super) keys: Jwks,
}

/// The last outcome of asking, and how long it stands.
struct Slot {
    answer: Result<Arc<Known>, UpstreamError>,
    asked: DateTime<Utc>,
    stands: TimeDelta,
}

impl Slot {
    /// A clock that was set back ends it, too.
    fn stands_at(&self, now: DateTime<Utc>) -> bool {
        let age = now - self.asked;
        age >= TimeDelta::zero() && age < self.stands
    }
}

/// One issuer's metadata and keys.
pub(super) struct ProviderCache {
    /// For error details: which upstream, and who it is.
    label: String,
    issuer: String,
    other_hosts: Vec<String>,
    danger_allow_loopback_http: bool,
    document: Url,
    http: Arc<dyn Http>,
    slot: ArcSwapOption<Slot>,
    /// Whoever holds it may fetch, and write the slot. It guards when keys may be fetched for an unknown `kid`.
    flight: Mutex<Cooldown>,
}

impl ProviderCache {
    pub(super) fn new(
        settings: &OidcSettings,
        http: Arc<dyn Http>,
    ) -> Result<Self, OidcSettingsError> {
        let rules = Rules {
            issuer: &settings.issuer,
            other_hosts: &[],
            danger_allow_loopback_http: settings.danger_allow_loopback_http,
        };
        let document = rules
            .document_url()
            .ok_or_else(|| OidcSettingsError::Issuer(settings.issuer.clone()))?;
        Ok(Self {
            label: format!("upstream `{}` ({})", settings.id, settings.issuer),
            issuer: settings.issuer.clone(),
            other_hosts: settings.other_hosts.clone(),
            danger_allow_loopback_http: settings.danger_allow_loopback_http,
            document,
            http,
            slot: ArcSwapOption::empty(),
            flight: Mutex::default(),
        })
    }

    /// Metadata and keys, fetched if those that are there are too old.
    ///
    /// # Errors
    /// [`UpstreamError`] if they cannot be had and never could.
    pub(super) async fn known(&self, now: DateTime<Utc>) -> Result<Arc<Known>, UpstreamError> {
        if let Some(answer) = self.standing(now) {
            return answer;
        }
        let _flight = match (self.flight.try_lock(), self.read_last()) {
            (Ok(flight), _) => flight,
            // Somebody is asking already; what is there will do meanwhile.
            (Err(_), Some(known)) => return Ok(known),
            (Err(_), None) => self.flight.lock().await,
        };
        if let Some(answer) = self.standing(now) {
            return answer;
        }
        let (answer, stands) = match (self.fetch().await, self.read_last()) {
            (Ok(known), _) => (Ok(Arc::new(known)), LIFETIME),
            (Err(error), Some(known)) => {
                tracing::warn!(%error, "the provider cannot be asked; its last good metadata is used");
                (Ok(known), RETRY)
            }
            (Err(error), None) => (Err(error), FAILURE),
        };
        self.keep(answer.clone(), now, stands);
        answer
    }

    /// The last good answer, whether or not it still stands; nothing is fetched for it.
    pub(super) fn read_last(&self) -> Option<Arc<Known>> {
        let slot = self.slot.load();
        slot.as_ref()?.answer.as_ref().ok().cloned()
    }

    fn standing(&self, now: DateTime<Utc>) -> Option<Result<Arc<Known>, UpstreamError>> {
        let slot = self.slot.load();
        let standing = slot.as_ref().filter(|slot| slot.stands_at(now));
        standing.map(|slot| slot.answer.clone())
    }

    fn keep(
        &self,
        answer: Result<Arc<Known>, UpstreamError>,
        asked: DateTime<Utc>,
        stands: TimeDelta,
    ) {
        self.slot.store(Some(Arc::new(Slot {
            answer,
            asked,
            stands,
        })));
    }

    /// Keys newer than those of `seen`, which did not fit a token; `None` if it is too early to ask again.
    ///
    /// # Errors
    /// [`UpstreamError`] if they cannot be fetched.
    pub(super) async fn newer_keys(
        &self,
        seen: &Arc<Known>,
        now: DateTime<Utc>,
    ) -> Result<Option<Arc<Known>>, UpstreamError> {
        let mut flight = self.flight.lock().await;
        if let Some(known) = self.read_last()
            && !Arc::ptr_eq(&known, seen)
        {
            return Ok(Some(known));
        }
        if !flight.try_start(now) {
            return Ok(None);
        }
        let known = Arc::new(Known {
            keys: self.fetch_keys(&seen.provider).await?,
            provider: seen.provider.clone(),
        });
        self.keep(Ok(Arc::clone(&known)), now, LIFETIME);
        Ok(Some(known))
    }

    async fn fetch(&self) -> Result<Known, UpstreamError> {
        let other_hosts: Vec<&str> = self.other_hosts.iter().map(String::as_str).collect();
        let rules = Rules {
            issuer: &self.issuer,
            other_hosts: &other_hosts,
            danger_allow_loopback_http: self.danger_allow_loopback_http,
        };
        let document = self.get(self.document.clone(), MAX_METADATA_BYTES).await?;
        let provider =
            Provider::parse(&document, rules).map_err(|rejection| self.misbehaved(rejection))?;
        let keys = self.fetch_keys(&provider).await?;
        Ok(Known { provider, keys })
    }

    async fn fetch_keys(&self, provider: &Provider) -> Result<Jwks, UpstreamError> {
        let set = self
            .get(provider.jwks_uri().clone(), MAX_JWKS_BYTES)
            .await?;
        let keys = Jwks::parse(&set).map_err(|rejection| self.misbehaved(rejection))?;
        for ignored in keys.ignored() {
            tracing::debug!(upstream = %self.label, kid = ?ignored.kid, fault = ?ignored.fault, "a key is not used");
        }
        Ok(keys)
    }

    async fn get(&self, url: Url, limit: usize) -> Result<Vec<u8>, UpstreamError> {
        let address = url.clone();
        let unreachable = |cause: String| UpstreamError::Unreachable {
            detail: format!("{}: {address}: {cause}", self.label),
        };
        let request = Request::get(url, "application/json", limit, TIMEOUT, Words::Ours);
        let response = self.http.send(request).await.map_err(|error| {
            unreachable(format!(
                "{error}; try the address from this machine: name, firewall, proxy, certificate"
            ))
        })?;
        match response.status {
            200 => Ok(response.body),
            300..400 => Err(unreachable(format!(
                "HTTP status {}; redirects are not followed: configure the issuer as the provider itself spells it",
                response.status
            ))),
            status => Err(unreachable(format!(
                "HTTP status {status}; is the issuer right?"
            ))),
        }
    }

    fn misbehaved(&self, rejection: impl Into<Rejection>) -> UpstreamError {
        let rejection = rejection.into();
        UpstreamError::Misbehaved {
            code: rejection.code(),
            detail: format!("{}: {rejection}", self.label),
        }
    }
}
