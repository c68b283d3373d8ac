//! Wiring: from a checked configuration to parts that run.
//!
//! Owns the choice of adapters and their order of birth. Does not own settings (the configuration does) nor any
//! behaviour. A new upstream, factor or application protocol adds one line here.

pub mod ambient;
mod downstream;
mod factor;
mod notify;
mod store;
mod upstream;

use std::{collections::BTreeMap, fmt, sync::Arc};

use actix_web::web::Data;
use metrics_exporter_prometheus::PrometheusHandle;
use thiserror::Error;
use vestibule_core::{
    id::{AppId, UpstreamId},
    key::KeyPurpose,
    port::{Clock, Entropy},
    session::SingleSignOn,
};
use vestibule_engine::{AppPart, Engine, Handles, Parts};
use vestibule_store::Store;
use vestibule_upstream::{
    http::{Client, Http},
    local::Passwords,
};

use self::{
    ambient::{SystemClock, SystemEntropy},
    downstream::Applications,
    upstream::{Common, Upstreams},
};
pub use self::{
    downstream::IdpFace,
    notify::notifier,
    store::{open_existing_store, open_store},
};
use crate::{
    calls::Calling,
    certificates::{Certificates, InUse},
    config::{App, Config},
    descriptions::Describing,
    http::{Listener, Site, Tls},
    keys::{First, KeyRings, KeysError, make_first},
    upkeep::Upkeep,
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
    pub app: Data<Site>,
    /// Where it listens.
    pub listener: Listener,
    /// What has to be done from time to time.
    pub upkeep: Upkeep,
    /// To be wound up when everything else has ended.
    pub store: Arc<Store>,
    /// What the other sides need to know of us.
    pub face: Face,
}

/// What the other sides need to know of us.
#[derive(Debug, Clone)]
pub struct Face {
    /// Towards applications: our identity provider.
    pub idp: IdpFace,
    /// Towards each SAML upstream: our metadata as service provider.
    pub sp_metadata: BTreeMap<UpstreamId, String>,
}

/// What everything else stands on.
struct Ground {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    store: Arc<Store>,
    handle_key: [u8; 32],
    pairwise_key: [u8; 32],
}

/// The adapters on both sides.
struct Sides {
    upstreams: Upstreams,
    applications: Applications,
    sp_metadata: BTreeMap<UpstreamId, String>,
    keys: Arc<KeyRings>,
    http: Arc<dyn Http>,
}

impl Ground {
    async fn lay(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, WiringError> {
        // Both crypto users of rustls get the same provider; a second call finds it installed.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let opened = store::open(config).await?;
        Ok(Self {
            clock,
            entropy: Arc::new(SystemEntropy),
            store: Arc::new(opened.store),
            handle_key: opened.handle_key,
            pairwise_key: opened.pairwise_key,
        })
    }

    async fn sides(&self, config: &Config) -> Result<Sides, WiringError> {
        let keys = Arc::new(self.keys(config).await?);
        let http = Client::new().map_err(|error| WiringError::new("TLS", error))?;
        let http: Arc<dyn Http> = Arc::new(http);
        let upstreams = upstream::upstreams(&Common {
            config,
            http: http.clone(),
            entropy: self.entropy.clone(),
            accounts: self.store.clone(),
            passwords: Passwords::new(cores()),
            keys: keys.sp.clone(),
        })?;
        Ok(Sides {
            sp_metadata: upstreams.sp_metadata()?,
            applications: downstream::applications(downstream::Common {
                config,
                keys: &keys,
                pairwise_key: &self.pairwise_key,
                clock: &self.clock,
                entropy: &self.entropy,
                shelf: self.store.clone(),
                upstreams: upstreams.parts.keys().cloned().collect(),
            })?,
            upstreams,
            keys,
            http,
        })
    }

    /// Our own keys; those that there should be and are not are made.
    async fn keys(&self, config: &Config) -> Result<KeyRings, WiringError> {
        let unfit = |error: KeysError| WiringError::new("keys", error);
        let mut needed = vec![
            KeyPurpose::SamlIdentityProvider,
            KeyPurpose::SamlServiceProvider,
            KeyPurpose::OpenIdRs256,
        ];
        if upstream::need_generated_key(config) {
            needed.push(KeyPurpose::SamlServiceProviderDecryption);
        }
        let first = First {
            common_name: host(config),
            entropy: &*self.entropy,
            now: self.clock.now(),
        };
        make_first(&*self.store, &needed, &first)
            .await
            .map_err(unfit)?;
        KeyRings::load(self.store.clone()).await.map_err(unfit)
    }
}

fn part_of(app: &App) -> AppPart {
    AppPart {
        label: app.label.clone(),
        single_sign_on: app.single_sign_on,
    }
}

fn account_page() -> AppPart {
    AppPart {
        label: "your account".to_owned(),
        single_sign_on: SingleSignOn::Shared,
    }
}

/// What our certificates are called by.
pub(crate) fn host(config: &Config) -> &str {
    config.server.public_url.host_str().unwrap_or("vestibule")
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What the other sides need to know of us, without a broker that could serve. On the first run this makes our
/// keys. Must be called within a tokio runtime.
///
/// # Errors
/// [`WiringError`] naming the setting at fault.
pub async fn face(config: &Config) -> Result<Face, WiringError> {
    let sides = Ground::lay(config, Arc::new(SystemClock))
        .await?
        .sides(config)
        .await?;
    Ok(Face {
        idp: sides.applications.face,
        sp_metadata: sides.sp_metadata,
    })
}

/// Puts a broker together. Must be called within a tokio runtime that lives as long as the broker.
///
/// # Errors
/// [`WiringError`] naming the setting at fault.
pub async fn broker(config: &Config, metrics: PrometheusHandle) -> Result<Broker, WiringError> {
    broker_with_clock(config, metrics, Arc::new(SystemClock)).await
}

/// [`broker`], by a clock that need not be the system's: a test lets an hour pass without waiting.
///
/// # Errors
/// [`WiringError`] naming the setting at fault.
pub async fn broker_with_clock(
    config: &Config,
    metrics: PrometheusHandle,
    clock: Arc<dyn Clock>,
) -> Result<Broker, WiringError> {
    let ground = Ground::lay(config, clock).await?;
    let Sides {
        upstreams,
        applications,
        sp_metadata,
        keys,
        http,
    } = ground.sides(config).await?;
    let enabled = config.apps.iter().filter(|(_, app)| !app.disabled);
    let sign_offs = applications.sign_offs;
    let engine = Engine::new(Parts {
        apps: enabled
            .map(|(id, app)| (id.clone(), part_of(app)))
            .chain([(AppId::account(), account_page())])
            .collect(),
        downstreams: applications.downstreams,
        sign_offs: sign_offs.clone(),
        upstreams: upstreams.parts,
        factors: factor::factors(config, &ground.entropy)?,
        policy: config.policy.clone(),
        routing: config.routing.clone(),
        networks: config.networks.clone(),
        limits: config.sessions,
        store: ground.store.clone(),
        notifier: notify::queued(config)?,
        clock: ground.clock.clone(),
        entropy: ground.entropy,
        handles: Handles::new(&ground.handle_key),
    });
    let face = Face {
        idp: applications.face,
        sp_metadata,
    };
    let app = Data::new(Site {
        engine,
        health: ground.store.clone(),
        metrics: metrics.clone(),
        metrics_from: config.server.metrics_from.clone(),
        public_url: config.server.public_url.clone(),
        brand: config.branding.product.clone(),
        support: config.branding.support.clone(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        idp: applications.idp,
        oidc: applications.oidc,
        tokens: applications.tokens,
        saml_upstreams: upstreams.saml.clone(),
    });
    let tls = config.server.tls.as_ref();
    let of_listener = tls.map(|tls| InUse::of_listener(&tls.certificate));
    let certificates = Certificates::new(
        of_listener.unwrap_or_default(),
        Some(keys.clone()),
        upstreams.saml.clone(),
    );
    let listener = Listener {
        address: config.server.listen,
        tls: tls.map(|tls| Tls {
            certificate: tls.certificate.clone(),
            key: tls.key.clone(),
        }),
        workers: cores(),
    };
    let described = app.idp.described();
    let descriptions = described.map(|(id, address)| Describing {
        id: id.clone(),
        url: address.url.clone(),
        idp: app.idp.clone(),
        http: http.clone(),
        clock: ground.clock.clone(),
    });
    let descriptions = descriptions.collect();
    let calling = Calling {
        store: ground.store.clone(),
        sign_offs,
        http: Arc::new(Client::wary().map_err(|error| WiringError::new("TLS", error))?),
        clock: ground.clock.clone(),
    };
    let upkeep = Upkeep {
        store: ground.store.clone(),
        clock: ground.clock,
        certificates: Arc::new(certificates),
        keys,
        breakers: upstreams.breakers,
        saml: upstreams.saml,
        oidc: upstreams.oidc,
        descriptions,
        calling,
        metrics,
    };
    Ok(Broker {
        app,
        listener,
        upkeep,
        store: ground.store,
        face,
    })
}
