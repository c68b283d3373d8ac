//! The stand-in for Atlassian Cloud: one site, two services, each a strict SAML service provider.
//!
//! Owns the logins that it began, its memory of assertions, and the page that shows what it checked. It believes the
//! broker's published keys and nothing else.
//! Does not own the checks themselves; those are [`vestibule_saml::response`]. It keeps no session: each login shows
//! its result and is over.

mod callback;
mod check;
mod memory;
mod start;
mod verdict;

use std::sync::Arc;

use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;
use vestibule_saml::metadata::{IdpMetadata, Source};

use self::memory::Memory;
use crate::guide::Guide;
use crate::shelf::Shelf;
use crate::{Broker, DemoError, Facts, Service, listener, page};

/// How long a login may take.
const LOGIN_LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// What its handlers share.
struct Site {
    facts: Arc<Facts>,
    broker: IdpMetadata,
    broker_url: Url,
    logins: Shelf<Login>,
    memory: Memory,
}

/// A login that was begun here. Its name on the shelf is the `RelayState`.
#[derive(Clone, Debug)]
struct Login {
    service: &'static str,
    /// `ID` of the request.
    request: String,
    began: DateTime<Utc>,
    /// Whether an answer was taken.
    answered: bool,
}

impl Site {
    fn service(&self, id: &str) -> Option<&Service> {
        self.facts
            .application
            .services()
            .find(|service| service.id == id)
    }

    fn guide(&self) -> Guide<'_> {
        Guide::new(&self.facts, &self.broker_url)
    }
}

/// Everything that it answers.
pub(crate) fn routes(
    facts: &Arc<Facts>,
    broker: &Broker,
) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + 'static, DemoError> {
    let metadata =
        IdpMetadata::parse(&Source::trusted(broker.idp_metadata.as_bytes())).map_err(|cause| {
            DemoError::Broker {
                role: "identity provider",
                cause,
            }
        })?;
    let site = Data::new(Site {
        facts: Arc::clone(facts),
        broker: metadata,
        broker_url: broker.public_url.clone(),
        logins: Shelf::new(LOGIN_LIFETIME),
        memory: Memory::default(),
    });
    Ok(move |config: &mut ServiceConfig| {
        config
            .app_data(site.clone())
            .app_data(PayloadConfig::new(listener::MAX_BODY_BYTES))
            .configure(page::assets)
            .route("/", web::get().to(start::guide))
            .route("/login/callback", web::post().to(callback::take))
            .route("/{service}", web::get().to(start::show))
            .route("/{service}/login", web::get().to(start::begin));
    })
}
