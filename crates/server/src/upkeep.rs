//! What has to be done from time to time while the broker runs.
//!
//! Owns how often: what expired is cleared away, metadata is read anew, samples of the figures are drained, paused
//! upstreams and new keys are counted, applications are told of ended sessions, the ends of certificates are looked at,
//! and changes of our own keys are taken. Does not own any of the work itself.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use metrics::gauge;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{task::JoinSet, time::sleep};
use vestibule_core::{
    id::UpstreamId,
    port::{Clock, Logins},
};
use vestibule_store::Store;
use vestibule_upstream::{http::Breaker, oidc::OidcUpstream, saml::SamlUpstream};

use crate::{
    calls::{self, Calling},
    certificates::Certificates,
    descriptions::Describing,
    keys::KeyRings,
};

/// How often expired logins and marks are cleared away.
const CLEARING: Duration = Duration::from_secs(60);
/// How often samples of the figures are drained.
const DRAINING: Duration = Duration::from_secs(5);
/// How often we ask whether our keys were changed.
const FOLLOWING: Duration = Duration::from_secs(5);
/// When metadata that could not be had is asked for again.
const RETRY: Duration = Duration::from_secs(60);

/// How often the ends of certificates are looked at. Figures that nobody sets for an hour go.
const LOOKING: Duration = Duration::from_secs(600);

/// Everything that needs looking after.
pub struct Upkeep {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) keys: Arc<KeyRings>,
    pub(crate) breakers: BTreeMap<UpstreamId, Arc<Breaker>>,
    pub(crate) saml: BTreeMap<UpstreamId, Arc<SamlUpstream>>,
    pub(crate) oidc: BTreeMap<UpstreamId, Arc<OidcUpstream>>,
    pub(crate) descriptions: Vec<Describing>,
    pub(crate) calling: Calling,
    pub(crate) metrics: PrometheusHandle,
}

/// How many signing keys in the metadata of each upstream are not trusted yet.
type NewKeys = BTreeMap<UpstreamId, Arc<AtomicU32>>;

impl Upkeep {
    /// Begins; it ends when the set is dropped.
    #[must_use]
    pub fn start(self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        tasks.spawn(count_calls(self.store.clone()));
        tasks.spawn(self.calling.run());
        tasks.spawn(clear(self.store, self.clock.clone()));
        let new_keys: NewKeys = self
            .saml
            .keys()
            .map(|id| (id.clone(), Arc::default()))
            .collect();
        tasks.spawn(figures(self.metrics, self.breakers, new_keys.clone()));
        tasks.spawn(look(self.certificates.clone(), self.clock.clone()));
        tasks.spawn(follow(
            self.keys,
            self.certificates.clone(),
            self.clock.clone(),
        ));
        for (id, upstream) in self.saml {
            let looked_after = Refreshing {
                new_keys: new_keys.get(&id).cloned().unwrap_or_default(),
                id,
                upstream,
                clock: self.clock.clone(),
                certificates: self.certificates.clone(),
            };
            tasks.spawn(looked_after.run());
        }
        for describing in self.descriptions {
            tasks.spawn(describing.run());
        }
        for (id, upstream) in self.oidc {
            let clock = self.clock.clone();
            tasks.spawn(async move {
                // Warms the cache; later the login itself keeps it fresh.
                if let Err(error) = upstream.refresh(clock.now()).await {
                    tracing::warn!(upstream = %id, code = error.code(), %error, "the provider's metadata could not be read");
                }
            });
        }
        tasks
    }
}

async fn count_calls(store: Arc<Store>) {
    loop {
        calls::count(&*store).await;
        sleep(CLEARING).await;
    }
}

async fn clear(store: Arc<Store>, clock: Arc<dyn Clock>) {
    loop {
        sleep(CLEARING).await;
        match store.clear_expired(clock.now()).await {
            Ok(rows) => tracing::debug!(rows, "cleared away what had expired"),
            Err(error) => tracing::warn!(code = error.code(), %error, "clearing away failed"),
        }
    }
}

/// Samples are kept until somebody drains them, whether or not anybody reads the figures.
async fn figures(
    metrics: PrometheusHandle,
    breakers: BTreeMap<UpstreamId, Arc<Breaker>>,
    new_keys: NewKeys,
) {
    loop {
        for (id, count) in &new_keys {
            let count = count.load(Ordering::Relaxed);
            gauge!("vestibule_upstream_new_keys", "upstream" => id.to_string()).set(count);
        }
        for (id, breaker) in &breakers {
            let paused = u32::try_from(breaker.paused()).unwrap_or(u32::MAX);
            gauge!("vestibule_upstream_paused", "upstream" => id.to_string()).set(paused);
        }
        sleep(DRAINING).await;
        metrics.run_upkeep();
    }
}

async fn look(certificates: Arc<Certificates>, clock: Arc<dyn Clock>) {
    loop {
        certificates.look(clock.now());
        sleep(LOOKING).await;
    }
}

/// Takes keys that were changed on another node, or by a command. What keeps it from that is told once.
async fn follow(keys: Arc<KeyRings>, certificates: Arc<Certificates>, clock: Arc<dyn Clock>) {
    let mut told = None;
    loop {
        sleep(FOLLOWING).await;
        match keys.follow().await {
            Ok(changed) => {
                told = None;
                if changed {
                    tracing::info!(
                        code = "keys_changed",
                        "our keys were changed; the new ones are in use"
                    );
                    certificates.look(clock.now());
                }
            }
            Err(error) => {
                let code = error.code();
                if told.replace(code) != Some(code) {
                    tracing::error!(code, %error, "our keys cannot be read anew; those of before stay in use");
                }
            }
        }
    }
}

/// A SAML upstream whose metadata is read anew.
struct Refreshing {
    id: UpstreamId,
    upstream: Arc<SamlUpstream>,
    clock: Arc<dyn Clock>,
    certificates: Arc<Certificates>,
    new_keys: Arc<AtomicU32>,
}

impl Refreshing {
    async fn run(self) {
        let id = &self.id;
        loop {
            let wait = match self.upstream.refresh(self.clock.now()).await {
                Ok(refreshed) => {
                    for key in &refreshed.not_trusted {
                        tracing::warn!(
                            upstream = %id, code = "metadata_new_key", key,
                            "the metadata holds a new key that is not trusted yet: look at it, and restart to trust it"
                        );
                    }
                    let count = u32::try_from(refreshed.not_trusted.len()).unwrap_or(u32::MAX);
                    self.new_keys.store(count, Ordering::Relaxed);
                    self.certificates.look(self.clock.now());
                    refreshed.again_after
                }
                Err(error) => {
                    tracing::warn!(upstream = %id, code = error.code(), %error, "the metadata could not be read");
                    RETRY
                }
            };
            sleep(wait).await;
        }
    }
}
