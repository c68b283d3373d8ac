//! Who is served with our keys, and how each learns of a new one.
//!
//! Owns who has to be told by hand. That alone decides whether a change of keys can lock somebody out.

use vestibule_core::{
    id::KeyId,
    key::{self, KeyBook, KeyPurpose, KeyRecord, Partner},
};
use vestibule_downstream::{oidc::Algorithm, preset::AppPreset};

use crate::config::{App, AppProtocol, Config, UpstreamProtocol};

/// How somebody learns which keys are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Learns {
    /// Its administrator pastes the certificate.
    ByHand,
    /// It reads the set of our keys (`jwks_uri`).
    KeySet,
    /// It reads our metadata.
    Metadata,
}

impl Learns {
    /// In words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::ByHand => "certificate pasted by hand",
            Self::KeySet => "from our key set",
            Self::Metadata => "from our metadata",
        }
    }
}

/// Somebody who is served with keys of one purpose.
#[derive(Debug, Clone)]
pub(super) struct Served {
    pub(super) partner: Partner,
    pub(super) purpose: KeyPurpose,
    pub(super) learns: Learns,
}

impl Served {
    /// Everybody in the configuration, also those that are disabled at the moment: they come back.
    pub(super) fn all(config: &Config) -> Vec<Self> {
        let apps = config.apps.iter().map(|(id, app)| Self {
            partner: Partner::App(id.clone()),
            purpose: purpose_of(app),
            learns: learns(app),
        });
        let upstreams = config.upstreams.iter();
        let upstreams = upstreams
            .filter(|(_, upstream)| matches!(upstream.protocol, UpstreamProtocol::Saml(_)))
            .map(|(id, _)| Self {
                partner: Partner::Upstream(id.clone()),
                purpose: KeyPurpose::SamlServiceProvider,
                learns: Learns::Metadata,
            });
        apps.chain(upstreams).collect()
    }

    /// As the book of keys is told of it.
    pub(super) fn in_book(&self) -> key::Served {
        key::Served {
            partner: self.partner.clone(),
            purpose: self.purpose,
        }
    }

    /// Is it served with this key?
    pub(super) fn signed_by(&self, book: &KeyBook, key: &KeyId) -> bool {
        self.key(book).is_some_and(|record| record.id == *key)
    }

    /// The key that it is served with.
    pub(super) fn key<'a>(&self, book: &'a KeyBook) -> Option<&'a KeyRecord> {
        book.serving(self.purpose, &self.partner)
    }
}

fn purpose_of(app: &App) -> KeyPurpose {
    match &app.protocol {
        AppProtocol::Oidc(app) => match app.id_token_algorithm {
            Algorithm::EdDsa => KeyPurpose::OpenIdEdDsa,
            Algorithm::Es256 => KeyPurpose::OpenIdEs256,
            _ => KeyPurpose::OpenIdRs256,
        },
        AppProtocol::Saml(_) => KeyPurpose::SamlIdentityProvider,
    }
}

fn learns(app: &App) -> Learns {
    match &app.protocol {
        AppProtocol::Oidc(_) => Learns::KeySet,
        // Atlassian's products have a field for the certificate, and none for an address of metadata.
        AppProtocol::Saml(_) if app.preset != AppPreset::Generic => Learns::ByHand,
        AppProtocol::Saml(_) => Learns::Metadata,
    }
}
