//! What has to be done from time to time: clearing away what expired, and reading metadata anew.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{task::JoinSet, time::sleep};
use vestibule_core::{
    id::UpstreamId,
    port::{Clock, Logins},
};
use vestibule_store::Store;
use vestibule_upstream::{oidc::OidcUpstream, saml::SamlUpstream};

/// How often expired logins and marks are cleared away.
const CLEARING: Duration = Duration::from_secs(60);
/// How often samples of the figures are drained.
const DRAINING: Duration = Duration::from_secs(5);
/// When metadata that could not be had is asked for again.
const RETRY: Duration = Duration::from_secs(60);

/// Everything that needs looking after.
pub struct Upkeep {
    pub(super) store: Arc<Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) saml: BTreeMap<UpstreamId, Arc<SamlUpstream>>,
    pub(super) oidc: BTreeMap<UpstreamId, Arc<OidcUpstream>>,
    pub(super) metrics: PrometheusHandle,
}

impl Upkeep {
    /// Begins; it ends when the set is dropped.
    #[must_use]
    pub fn start(self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        tasks.spawn(clear(self.store, self.clock.clone()));
        let metrics = self.metrics;
        tasks.spawn(async move {
            // Samples are kept until somebody drains them, whether or not anybody reads the figures.
            loop {
                sleep(DRAINING).await;
                metrics.run_upkeep();
            }
        });
        for (id, upstream) in self.saml {
            tasks.spawn(refresh(id, upstream, self.clock.clone()));
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

async fn clear(store: Arc<Store>, clock: Arc<dyn Clock>) {
    loop {
        sleep(CLEARING).await;
        match store.clear_expired(clock.now()).await {
            Ok(rows) => tracing::debug!(rows, "cleared away what had expired"),
            Err(error) => tracing::warn!(code = error.code(), %error, "clearing away failed"),
        }
    }
}

async fn refresh(id: UpstreamId, upstream: Arc<SamlUpstream>, clock: Arc<dyn Clock>) {
    loop {
        let wait = match upstream.refresh(clock.now()).await {
            Ok(refreshed) => {
                for key in &refreshed.not_trusted {
                    tracing::warn!(
                        upstream = %id, code = "metadata_new_key", key,
                        "the metadata holds a new key that is not trusted yet: look at it, and restart to trust it"
                    );
                }
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
