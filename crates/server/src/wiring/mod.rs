//! Wiring: from a checked configuration to parts that run.
//!
//! Owns the choice of adapters and their order of birth. Does not own settings (the configuration does) nor any
//! behaviour. A new upstream, factor or application protocol adds one line here.

pub mod ambient;
mod downstream;
mod factor;
mod keys;
mod notify;
mod store;
mod upkeep;
mod upstream;

use std::{collections::BTreeMap, fmt, sync::Arc};

use actix_web::web::Data;
use metrics_exporter_prometheus::PrometheusHandle;
use thiserror::Error;
use vestibule_core::port::{Clock, Entropy};
use vestibule_engine::{Engine, Handles, Parts};
use vestibule_upstream::{http::Client, local::Passwords};

use self::{
    ambient::{SystemClock, SystemEntropy},
    upstream::Common,
};
pub use self::{downstream::Face, notify::notifier, store::open_store, upkeep::Upkeep};
use crate::{
    config::Config,
    http::{App, Listener, Tls},
};

/// What keeps the broker from starting, and which setting to look at.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{setting}: {cause}")]
pub struct WiringError {
    setting: String,
    cause: String,
}

impl WiringError {
    pub(crate) fn new(setting: impl Into<String>, cause: impl fmt::Display) -> Self {
        Self {
            setting: setting.into(),
            cause: cause.to_string(),
        }
    }
}

/// A broker that is ready to serve.
pub struct Broker {
    /// What the handlers share.
    pub app: Data<App>,
    /// Where it listens.
    pub listener: Listener,
    /// What has to be done from time to time.
    pub upkeep: Upkeep,
    /// What applications need to know of us.
    pub face: Face,
}

/// Puts a broker together. Must be called within a tokio runtime that lives as long as the broker.
///
/// # Errors
/// [`WiringError`] naming the setting at fault.
pub async fn broker(config: &Config, metrics: PrometheusHandle) -> Result<Broker, WiringError> {
    // Both crypto users of rustls get the same provider; a second call finds it installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
        (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let opened = store::open(config).await?;
    let store = Arc::new(opened.store);
    let now = clock.now();
    let host = config.server.public_url.host_str().unwrap_or("vestibule");
    let idp_key = keys::key(&*store, keys::IDENTITY_PROVIDER, host, now).await?;
    let sp_key = keys::key(&*store, keys::SERVICE_PROVIDER, host, now).await?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let http = Client::new().map_err(|error| WiringError::new("TLS", error))?;
    let common = Common {
        http: Arc::new(http),
        entropy: entropy.clone(),
        accounts: store.clone(),
        passwords: Passwords::new(cores),
        signing_key: sp_key,
    };
    let upstreams = upstream::upstreams(config, &common)?;
    let applications = downstream::applications(config, idp_key, &entropy)?;
    let sp_metadata = upstreams
        .saml
        .iter()
        .map(|(id, upstream)| match upstream.sp_metadata() {
            Ok(xml) => Ok((id.clone(), xml)),
            Err(error) => Err(WiringError::new(format!("upstreams.{id}"), error)),
        })
        .collect::<Result<BTreeMap<_, _>, _>>()?;
    let enabled = |(_, app): &(_, &crate::config::App)| !app.disabled;
    let engine = Engine::new(Parts {
        apps: config
            .apps
            .iter()
            .filter(enabled)
            .map(|(id, app)| (id.clone(), app.label.clone()))
            .collect(),
        downstreams: applications.downstreams,
        upstreams: upstreams.parts,
        factors: factor::factors(config, &entropy)?,
        policy: config.policy.clone(),
        routing: config.routing.clone(),
        networks: config.networks.clone(),
        store: store.clone(),
        notifier: notify::queued(config)?,
        clock: clock.clone(),
        entropy,
        handles: Handles::new(&opened.handle_key),
    });
    let app = Data::new(App {
        engine,
        health: store.clone(),
        metrics,
        public_url: config.server.public_url.clone(),
        brand: config.branding.product.clone(),
        support: config.branding.support.clone(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        idp_metadata: applications.face.metadata.clone(),
        sp_metadata,
    });
    let tls = config.server.tls.as_ref();
    let listener = Listener {
        address: config.server.listen,
        tls: tls.map(|tls| Tls {
            certificate: tls.certificate.clone(),
            key: tls.key.clone(),
        }),
        workers: cores,
    };
    let upkeep = Upkeep {
        store,
        clock,
        saml: upstreams.saml,
        oidc: upstreams.oidc,
    };
    Ok(Broker {
        app,
        listener,
        upkeep,
        face: applications.face,
    })
}
