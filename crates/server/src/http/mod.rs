//! The web: addresses, cookies, headers, and thin handlers that parse, call the engine, and render.
//!
//! Owns everything that knows HTTP. Does not decide anything about a login. Routes that are not named here answer 404,
//! methods that are not named at a route answer 405.

mod account;
mod account_page;
mod assets;
mod body;
mod browser;
mod clients;
mod contain;
mod cors;
mod form;
mod framing;
mod headers;
mod listen;
mod login;
mod login_page;
mod logout;
mod logout_page;
mod message;
mod oauth2;
mod observe;
mod operations;
mod origin;
mod page;
mod respond;
mod saml;
mod start;
mod to_its_end;
mod unread;
mod upstream;
mod upstream_logout;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{
    FromRequest, Handler, Resource, Responder,
    http::Method,
    web::{self, Data, ServiceConfig},
};
use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use url::Url;
use vestibule_core::{account::place, id::UpstreamId, port::Health};
use vestibule_downstream::{
    oidc::{OidcProvider, registry::path, service::TokenService},
    saml::SamlIdp,
};
use vestibule_engine::Engine;
use vestibule_upstream::saml::SamlUpstream;

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
    /// Our face towards SAML applications: its metadata is written anew each time, for keys change.
    pub idp: Arc<SamlIdp>,
    /// Our face towards OpenID Connect applications.
    pub oidc: Arc<OidcProvider>,
    /// What the servers of those applications come to.
    pub tokens: Arc<TokenService>,
    /// Our faces towards SAML upstreams, likewise.
    pub saml_upstreams: BTreeMap<UpstreamId, Arc<SamlUpstream>>,
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
    let end_session = format!("{}{{id}}/end", place::SESSIONS);
    move |config| {
        config
            .app_data(site.clone())
            .service(plain("/healthz", operations::alive))
            .service(plain("/readyz", operations::ready))
            .service(plain("/metrics", operations::metrics))
            .service(web::scope("/static").service(plain("/{name}", assets::file)))
            .service(plain("/saml/metadata", saml::metadata))
            .service(web::resource("/saml/sso").get(saml::sso).post(saml::sso))
            .service(
                web::resource("/saml/slo")
                    .get(logout::saml)
                    .post(logout::saml),
            )
            .service(
                web::scope("/logout")
                    .service(web::resource("/{handle}").get(logout::show))
                    .service(
                        web::resource("/{handle}/{act}")
                            .get(logout::back_to_page)
                            .post(logout::act),
                    ),
            )
            .service(
                web::resource("/saml/start/{app}")
                    .get(start::show)
                    .post(start::begin),
            )
            .service(
                plain("/.well-known/openid-configuration", oauth2::metadata)
                    .wrap(cors::for_everybody()),
            )
            .service(plain(path::JWKS, oauth2::jwks).wrap(cors::for_everybody()))
            .service(
                web::resource(path::AUTHORIZE)
                    .get(oauth2::authorize)
                    .post(oauth2::authorize),
            )
            .service(
                web::resource(path::LOGOUT)
                    .get(logout::relying_party)
                    .post(logout::relying_party),
            )
            // Whatever the method: who comes with a wrong one is told in JSON.
            .service(
                web::resource(path::TOKEN)
                    .to(clients::token)
                    .wrap(cors::for_scripts(&site, [Method::POST])),
            )
            .service(
                web::resource(path::USERINFO)
                    .get(clients::userinfo)
                    .post(clients::userinfo)
                    .wrap(cors::for_scripts(&site, [Method::GET, Method::POST])),
            )
            .service(web::resource(path::INTROSPECT).to(clients::introspect))
            .service(
                web::resource(path::REVOKE)
                    .to(clients::revoke)
                    .wrap(cors::for_scripts(&site, [Method::POST])),
            )
            .service(web::resource(path::PUSH).to(clients::push))
            .service(
                web::scope("/upstream")
                    .service(plain("/{id}/saml/metadata", upstream::saml_metadata))
                    // Whoever reloads it reads that there is no such page.
                    .route("/{id}/saml/acs", web::post().to(upstream::answered))
                    .service(
                        web::resource("/{id}/saml/slo")
                            .get(upstream_logout::brought)
                            .post(upstream_logout::brought),
                    )
                    .route(
                        "/{id}/oidc/backchannel-logout",
                        web::post().to(upstream_logout::back_channel),
                    )
                    .route(
                        "/{id}/oidc/signed-out",
                        web::get().to(upstream_logout::brought),
                    )
                    .service(
                        web::resource("/{id}/oidc/callback")
                            .get(upstream::answered)
                            .post(upstream::answered),
                    ),
            )
            .service(
                web::scope("/login")
                    .service(web::resource("/{handle}").get(login::show))
                    .route("/{handle}/another-way", web::get().to(login::other_ways))
                    .service(
                        web::resource("/{handle}/{act}")
                            .get(login::back_to_page)
                            .post(login::act),
                    ),
            )
            .service(plain("/", account::home))
            .service(web::resource(place::OVERVIEW).get(account::overview))
            .service(web::resource(place::WAY_OUT).get(account::back))
            .service(
                web::resource(place::ADD)
                    .get(account::back_to_overview)
                    .post(account::add),
            )
            .service(
                web::resource(place::SIGN_OUT)
                    .get(account::back_to_overview)
                    .post(account::sign_out),
            )
            .service(
                web::resource(place::END_OTHERS)
                    .get(account::back_to_overview)
                    .post(account::end_others),
            )
            .service(
                web::resource(end_session)
                    .get(account::back_to_overview)
                    .post(account::end_session),
            )
            .service(web::resource(factor).get(account::factor))
            .service(
                web::resource(change)
                    .get(account::back_to_overview)
                    .post(account::change),
            )
            .default_service(web::to(respond::not_found));
    }
}

/// An address where to look changes nothing, so that HEAD is answered, too (RFC 9110 9.3.2). At the others HEAD is
/// refused like every other method that is not named: who arrives there begins or moves a login.
fn plain<F, Args>(path: &str, look: F) -> Resource
where
    F: Handler<Args> + Clone,
    F::Output: Responder + 'static,
    Args: FromRequest + 'static,
{
    web::resource(path).get(look.clone()).head(look)
}
