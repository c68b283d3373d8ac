//! Starting and stopping: ports first, then facts, then servers.
//!
//! Owns the order of the start and the keys and secrets that are made in it. Does not own what the servers do.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use chrono::Utc;
use vestibule_oidc::signing::{KeyKind, SigningKey as OidcKey};
use vestibule_saml::crypto::generate::{CertificateProfile, RsaSize};
use vestibule_saml::crypto::sign::SigningKey as SamlKey;
use vestibule_saml::metadata::IdpDescription;

use crate::application;
use crate::facts::{Application, Broker, Facts, IdentityProvider, Mail, Service};
use crate::idp::{self, IdpKeys};
use crate::listener::{self, Bound};
use crate::mail::{self, SmtpHandle};
use crate::people::People;
use crate::{DemoError, random};

/// Our client at the stand-in identity provider.
const OIDC_CLIENT_ID: &str = "vestibule";

/// Where the stand-ins listen. Port 0 takes any that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// A loopback address.
    pub host: IpAddr,
    /// Port of the application and of the guide.
    pub application: u16,
    /// Port of the identity provider.
    pub identity_provider: u16,
    /// Port of the mail catcher's page.
    pub mail: u16,
    /// Port where mail is caught.
    pub smtp: u16,
}

impl Places {
    /// The four ports after the broker's, of `127.0.0.1`; `None` if there are not that many.
    ///
    /// Not `localhost`: with the broker at `localhost` a browser takes the two for different sites, as in real life, and
    /// holds cookies back as it would there.
    #[must_use]
    pub fn after(broker: u16) -> Option<Self> {
        Some(Self {
            host: Ipv4Addr::LOCALHOST.into(),
            identity_provider: broker.checked_add(1)?,
            application: broker.checked_add(2)?,
            mail: broker.checked_add(3)?,
            smtp: broker.checked_add(4)?,
        })
    }

    /// Any free ports of `127.0.0.1`.
    #[must_use]
    pub fn ephemeral() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            identity_provider: 0,
            application: 0,
            mail: 0,
            smtp: 0,
        }
    }
}

/// Ports that are taken, and everything that the broker must know before it can be built.
#[derive(Debug)]
pub struct Stage {
    facts: Facts,
    keys: IdpKeys,
    application: Bound,
    identity_provider: Bound,
    mail: Bound,
    smtp: Bound,
}

impl Stage {
    /// Takes the ports; makes people, passwords and keys.
    ///
    /// # Errors
    /// [`DemoError`], such as [`DemoError::NotLoopback`] or a port that is taken.
    pub fn bind(places: Places) -> Result<Self, DemoError> {
        let host = places.host;
        let identity_provider =
            listener::bind("identity provider", host, places.identity_provider)?;
        let application = listener::bind("application", host, places.application)?;
        let mail = listener::bind("mail catcher's page", host, places.mail)?;
        let smtp = listener::bind("mail catcher", host, places.smtp)?;
        let profile = CertificateProfile::starting(Utc::now(), "Stand-in identity provider");
        let keys = IdpKeys {
            saml: SamlKey::generate_rsa(RsaSize::Bits2048, &profile)?,
            oidc: OidcKey::from_pkcs8(&OidcKey::generate_pkcs8(KeyKind::Rsa2048)?)?,
        };
        let facts = Facts {
            application: describe_application(&application)?,
            identity_provider: describe_identity_provider(&identity_provider, &keys)?,
            mail: Mail {
                url: mail.url()?,
                smtp: smtp.address,
            },
            people: People::new()?,
        };
        Ok(Self {
            facts,
            keys,
            application,
            identity_provider,
            mail,
            smtp,
        })
    }

    /// What the broker must know.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Serves. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`DemoError::Broker`] if the broker's metadata cannot be used.
    pub fn start(self, broker: &Broker) -> Result<Running, DemoError> {
        let facts = Arc::new(self.facts);
        let idp = idp::routes(&facts, self.keys, broker)?;
        let application = application::routes(&facts, broker)?;
        let (smtp, caught) = mail::smtp::serve(self.smtp)?;
        Ok(Running {
            servers: vec![
                self.identity_provider.serve(idp)?,
                self.application.serve(application)?,
                self.mail.serve(mail::web::routes(caught))?,
            ],
            _smtp: smtp,
            facts,
        })
    }
}

/// The stand-ins, until this is dropped or stopped.
#[derive(Debug)]
#[must_use = "the stand-ins stop when this is dropped"]
pub struct Running {
    servers: Vec<ServerHandle>,
    /// Stops the mail catcher when dropped.
    _smtp: SmtpHandle,
    facts: Arc<Facts>,
}

impl Running {
    /// What they tell about themselves.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Stops, and waits for requests under way.
    pub async fn stop(mut self) {
        for server in std::mem::take(&mut self.servers) {
            server.stop(true).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for server in &self.servers {
            // The command is sent by the call; the future only waits for the end.
            drop(server.stop(false));
        }
    }
}

fn describe_identity_provider(
    bound: &Bound,
    keys: &IdpKeys,
) -> Result<IdentityProvider, DemoError> {
    let url = bound.url()?;
    let saml_entity_id = format!("{url}saml/metadata");
    let saml_metadata = IdpDescription {
        entity_id: &saml_entity_id,
        sso_url: &idp::sso_url(&url),
        certificates: vec![keys.saml.certificate_der()],
        want_authn_requests_signed: false,
        single_logout: Vec::new(),
        name_id_formats: vec![idp::NAME_ID_FORMAT],
        valid_until: None,
    }
    .to_xml(None)
    .map_err(DemoError::Metadata)?;
    Ok(IdentityProvider {
        saml_entity_id,
        saml_metadata,
        oidc_issuer: url.as_str().trim_end_matches('/').to_owned(),
        oidc_client_id: OIDC_CLIENT_ID.to_owned(),
        oidc_client_secret: random::token()?,
        url,
    })
}

fn describe_application(bound: &Bound) -> Result<Application, DemoError> {
    let url = bound.url()?;
    let service = |id, name| -> Result<Service, DemoError> {
        let login_url = url.join(&format!("{id}/login"));
        Ok(Service {
            id,
            name,
            entity_id: format!("{url}saml/{id}"),
            // As Atlassian Cloud's: one path for all, told apart by the query.
            acs_url: format!("{url}login/callback?connection=saml-demo-{id}"),
            login_url: login_url.map_err(|_| DemoError::Url(bound.address))?,
        })
    };
    Ok(Application {
        jira: service("jira", "Jira")?,
        wiki: service("wiki", "Wiki")?,
        url,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stand_ins_stand_behind_the_broker() {
        let places = Places::after(9080).unwrap();
        assert_eq!(
            [
                places.identity_provider,
                places.application,
                places.mail,
                places.smtp
            ],
            [9081, 9082, 9083, 9084]
        );
        assert_eq!(Places::after(u16::MAX - 4).unwrap().smtp, u16::MAX);
        assert!(Places::after(u16::MAX - 3).is_none());
    }
}
