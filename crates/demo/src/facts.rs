//! What the two sides know of each other: plain values, passed both ways before anything runs.
//!
//! Owns the two lists. Does not own where the values come from.

use std::net::SocketAddr;

use url::Url;

use crate::people::People;

/// What the broker must know of the stand-ins.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The stand-in application.
    pub application: Application,
    /// The stand-in identity provider.
    pub identity_provider: IdentityProvider,
    /// The mail catcher.
    pub mail: Mail,
    /// Who can log in.
    pub people: People,
}

/// The stand-in identity provider, over both protocols.
#[derive(Clone, Debug)]
pub struct IdentityProvider {
    /// Where it is, with a slash at the end.
    pub url: Url,
    /// Its entity ID.
    pub saml_entity_id: String,
    /// Its metadata; the same as at `/saml/metadata`.
    pub saml_metadata: String,
    /// Its OpenID issuer, without a slash at the end.
    pub oidc_issuer: String,
    /// Our client there.
    pub oidc_client_id: String,
    /// Made at this start; for `client_secret_basic`.
    pub oidc_client_secret: String,
}

/// The stand-in application: one site, two services.
#[derive(Clone, Debug)]
pub struct Application {
    /// Where it is, with a slash at the end; the guide stands there.
    pub url: Url,
    /// For the first tab.
    pub jira: Service,
    /// For the second tab.
    pub wiki: Service,
}

impl Application {
    /// Both.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        [&self.jira, &self.wiki].into_iter()
    }
}

/// One service of the application: a SAML service provider of its own.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its id in addresses, such as `jira`.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Its entity ID.
    pub entity_id: String,
    /// Its only assertion consumer service, with a query, as Atlassian's has.
    pub acs_url: String,
    /// Where a login begins.
    pub login_url: Url,
}

/// The mail catcher.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Where caught mails are shown, with a slash at the end.
    pub url: Url,
    /// Where it takes mail: SMTP without TLS, without authentication.
    pub smtp: SocketAddr,
}

/// What the stand-ins must know of the broker.
#[derive(Clone, Debug)]
pub struct Broker {
    /// Where people find it.
    pub public_url: Url,
    /// Its SAML metadata as identity provider: what the application believes.
    pub idp_metadata: String,
    /// Its SAML metadata as service provider: which requests the identity provider answers, and where.
    pub sp_metadata: String,
    /// Where the identity provider sends OpenID codes, and nowhere else.
    pub oidc_redirect_uri: String,
}
