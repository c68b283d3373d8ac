//! The stand-in identity provider: SAML and OpenID Connect over one login page and one session.
//!
//! Owns what a real one would: its registered partners, its people's passwords, its session cookie, its keys. It knows
//! no second factor; that is why the broker stands behind it.
//! Does not own the protocols, which are in the crates `saml` and `oidc`. It keeps everything in memory.

mod claims;
mod code;
mod login;
mod oidc;
mod reply;
mod saml;
mod session;

use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};
use chrono::TimeDelta;
use url::Url;
use vestibule_oidc::provider::authorization::AcceptedAuthorization;
use vestibule_oidc::provider::client::Client;
use vestibule_oidc::signing::SigningKey as OidcKey;
use vestibule_saml::authn_request::AcceptedAuthnRequest;
use vestibule_saml::crypto::sign::SigningKey as SamlKey;
use vestibule_saml::metadata::{Source, SpMetadata};

use crate::shelf::Shelf;
use crate::{Broker, DemoError, Facts, page};

/// How its people are called over SAML: by a name that says nothing and does not change (SAML core 8.3.7).
pub(crate) const NAME_ID_FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

/// How it calls itself on its pages.
const WHO: &str = "Identity provider";

/// How long somebody may think about their password.
const LOGIN_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How long nobody is asked again.
const SESSION_LIFETIME: TimeDelta = TimeDelta::hours(8);
/// RFC 6749 section 4.1.2 recommends at most ten minutes.
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(1);
/// For the userinfo endpoint.
const TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// Its private keys.
#[derive(Debug)]
pub(crate) struct IdpKeys {
    pub(crate) saml: SamlKey,
    pub(crate) oidc: OidcKey,
}

/// What its handlers share.
struct Idp {
    facts: Arc<Facts>,
    keys: IdpKeys,
    /// The broker, as it describes itself.
    partner: SpMetadata,
    /// The broker, as it is registered for OpenID Connect.
    client: Client,
    /// Where forms lead: the broker's origin.
    partner_origin: String,
    logins: Shelf<login::Pending>,
    sessions: Shelf<session::Session>,
    codes: Shelf<code::Code>,
    tokens: Shelf<oidc::Token>,
}

/// Who asked, in which protocol, and how to answer.
#[derive(Clone, Debug)]
enum Ask {
    Oidc(Box<AcceptedAuthorization>),
    Saml(Box<AcceptedAuthnRequest>),
}

/// Where it takes SAML requests.
pub(crate) fn sso_url(base: &Url) -> String {
    format!("{base}saml/sso")
}

/// Everything that it answers.
pub(crate) fn routes(
    facts: &Arc<Facts>,
    keys: IdpKeys,
    broker: &Broker,
) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + 'static, DemoError> {
    let partner =
        SpMetadata::parse(&Source::trusted(broker.sp_metadata.as_bytes())).map_err(|cause| {
            DemoError::Broker {
                role: "service provider",
                cause,
            }
        })?;
    let idp = Data::new(Idp {
        facts: Arc::clone(facts),
        keys,
        partner,
        client: oidc::client(facts, &broker.oidc_redirect_uri)?,
        partner_origin: broker.public_url.origin().ascii_serialization(),
        logins: Shelf::new(LOGIN_LIFETIME),
        sessions: Shelf::new(SESSION_LIFETIME),
        codes: Shelf::new(CODE_LIFETIME),
        tokens: Shelf::new(TOKEN_LIFETIME),
    });
    Ok(move |config: &mut ServiceConfig| {
        config
            .app_data(idp.clone())
            .configure(page::assets)
            .route("/", web::get().to(session::show))
            .route("/logout", web::post().to(session::end))
            .route("/continue/{ticket}", web::get().to(login::show))
            .route("/login", web::post().to(login::submit))
            .route("/cancel", web::post().to(login::cancel))
            .route("/saml/metadata", web::get().to(saml::metadata))
            .route("/saml/sso", web::get().to(saml::redirected))
            .route("/saml/sso", web::post().to(saml::posted))
            .route(
                "/.well-known/openid-configuration",
                web::get().to(oidc::discovery),
            )
            .route("/oidc/authorize", web::get().to(oidc::authorize))
            .route("/oidc/token", web::post().to(oidc::token))
            .route("/oidc/userinfo", web::get().to(oidc::userinfo))
            .route("/oidc/jwks", web::get().to(oidc::jwks));
    })
}
