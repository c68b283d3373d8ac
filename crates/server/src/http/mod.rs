//! The web: addresses, cookies, headers, and thin handlers that parse, call the engine, and render.
//!
//! Owns everything that knows HTTP. Does not decide anything about a login. Routes that are not named here answer 404.

mod account;
mod account_page;
mod assets;
mod body;
mod browser;
mod contain;
mod form;
mod framing;
mod headers;
mod listen;
mod login;
mod login_page;
mod observe;
mod operations;
mod origin;
mod page;
mod respond;
mod saml;
mod unread;
mod upstream;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use actix_web::web::{self, Data, ServiceConfig};
use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use url::Url;
use vestibule_core::{account::place, id::UpstreamId, port::Health};
use vestibule_engine::Engine;

pub use contain::contain;
pub use headers::harden;
pub use listen::{Listener, ServeError, Tls, serve};
pub use observe::install_metrics;

/// What the handlers share. Built once at start; parsed keys and metadata are kept.
pub struct Site {
    /// The conductor.
    pub engine: Engine,
    /// For `/readyz`.
    pub health: Arc<dyn Health>,
    /// For `/metrics`.
    pub metrics: PrometheusHandle,
    /// Who may read `/metrics`.
    pub metrics_from: Vec<IpNet>,
    /// The address that people and applications know us by.
    pub public_url: Url,
    /// The product name on the pages.
    pub brand: String,
    /// How the helpdesk is reached, on every page.
    pub support: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Our metadata as identity provider, towards applications.
    pub idp_metadata: String,
    /// Our metadata as service provider, towards each SAML upstream.
    pub sp_metadata: BTreeMap<UpstreamId, String>,
}

impl Site {
    /// Cookies are `Secure` and `__Host-`; only loopback http goes without.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// Every address that we answer at. Each area is a scope: the patterns of the others are not tried.
pub fn routes(site: Data<Site>) -> impl FnOnce(&mut ServiceConfig) {
    // A factor, and what is done to it.
    let factor = format!("{}{{id}}", place::FACTORS);
    let change = format!("{factor}/{{act}}");
    move |config| {
        config
            .app_data(site)
            .route("/healthz", web::get().to(operations::alive))
            .route("/readyz", web::get().to(operations::ready))
            .route("/metrics", web::get().to(operations::metrics))
            .service(web::scope("/static").route("/{name}", web::get().to(assets::file)))
            .route("/saml/metadata", web::get().to(saml::metadata))
            .route("/saml/sso", web::get().to(saml::sso_redirect))
            .route("/saml/sso", web::post().to(saml::sso_post))
            .service(
                web::scope("/upstream")
                    .route(
                        "/{id}/saml/metadata",
                        web::get().to(upstream::saml_metadata),
                    )
                    .route("/{id}/saml/acs", web::post().to(upstream::posted))
                    .route("/{id}/oidc/callback", web::get().to(upstream::redirected))
                    .route("/{id}/oidc/callback", web::post().to(upstream::posted)),
            )
            .service(
                web::scope("/login")
                    .route("/{handle}", web::get().to(login::show))
                    .route("/{handle}/another-way", web::get().to(login::other_ways))
                    .route("/{handle}/{act}", web::get().to(login::back_to_page))
                    .route("/{handle}/{act}", web::post().to(login::act)),
            )
            .route("/", web::get().to(account::home))
            .route(place::OVERVIEW, web::get().to(account::overview))
            .route(place::WAY_OUT, web::get().to(account::back))
            .route(place::ADD, web::get().to(account::back_to_overview))
            .route(place::ADD, web::post().to(account::add))
            .route(place::SIGN_OUT, web::get().to(account::back_to_overview))
            .route(place::SIGN_OUT, web::post().to(account::sign_out))
            .route(&factor, web::get().to(account::factor))
            .route(&change, web::get().to(account::back_to_overview))
            .route(&change, web::post().to(account::change))
            .default_service(web::to(respond::not_found));
    }
}
