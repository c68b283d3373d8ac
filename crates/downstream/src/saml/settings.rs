//! What the SAML identity provider must be told.
//!
//! Owns the checked values of our identity provider and of each application. Does not read files or know the
//! configuration's spelling; [`AppPreset`](crate::preset::AppPreset) fills in what is not said.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use thiserror::Error;
use url::Url;
use vestibule_core::id::AppId;
use vestibule_saml::{
    binding::Binding,
    issue::MAX_LIFETIME,
    metadata::{
        AssertionConsumerService, MetadataError, SingleLogoutService, Source as MetadataSource,
        SpMetadata, Validity,
    },
    signature::Trust,
};
pub use vestibule_saml::{
    binding::MAX_FOREIGN_RELAY_STATE_BYTES as LONGEST_RELAY_STATE,
    crypto::{EncryptionKey, KeyTransport, VerifyingKey, sign::SigningKey},
    instant::Skew,
    issue::{Cipher, Encryption, Sign},
};

pub use super::{
    attribute::AttributeRule,
    context::AuthnContexts,
    name_id::{NameIdFormat, NameIdRule},
    start::IdpInitiated,
};
use super::{description::MetadataAddress, keys::IdpKeyRing, relay_state::RelayStateSites};
use crate::told::{GroupFilter, PairwiseKey};

/// Us as an identity provider.
#[derive(Debug, Clone)]
pub struct SamlSettings {
    /// Our entity ID: `<public_url>/saml/metadata`.
    pub entity_id: String,
    /// Where requests come: `<public_url>/saml/sso`.
    pub sso_url: Url,
    /// Where logout messages come: `<public_url>/saml/slo`.
    pub slo_url: Url,
    /// The keys that sign answers, as they are at the moment.
    pub keys: IdpKeyRing,
    /// The key that pairwise names are made with.
    pub pairwise_key: PairwiseKey,
    /// The applications.
    pub apps: BTreeMap<AppId, SamlApp>,
    /// How far their clocks may differ.
    pub skew: Skew,
}

/// One application. [`AppPreset::app`](crate::preset::AppPreset::app) makes one.
#[derive(Debug, Clone)]
pub struct SamlApp {
    /// Who it is.
    pub sp: ServiceProvider,
    /// What it calls people.
    pub name_id: NameIdRule,
    /// Answer with that name even if its request asks for another format.
    pub ignore_name_id_policy: bool,
    /// What else it is told, each name once.
    pub attributes: Vec<AttributeRule>,
    /// Which groups it hears of.
    pub groups: GroupFilter,
    /// What is signed.
    pub sign: Sign,
    /// How assertions for it are encrypted, if they are.
    pub encryption: Option<Encryption>,
    /// Refuse its requests without a signature.
    pub require_signed_requests: bool,
    /// Accept SHA-1, which is broken, in the signatures of its requests.
    pub danger_accept_sha1: bool,
    /// How it is told that a person was authenticated.
    pub authn_context: AuthnContexts,
    /// How long an assertion may be used: one second to five minutes.
    pub lifetime: TimeDelta,
    /// How long a session there may last that is built on an answer (SAML core 2.7.2, `SessionNotOnOrAfter`); `None`
    /// leaves it to the application.
    pub session_lifetime: Option<TimeDelta>,
    /// Logins for it that begin with us, if there are any.
    pub idp_initiated: Option<IdpInitiated>,
    /// Where the RelayState of a request may lead that no signature covers, besides the sites of its addresses; `None`:
    /// anywhere.
    pub relay_state_sites: Option<RelayStateSites>,
    /// Where it describes itself; then `sp` holds what is known before that is read.
    pub metadata: Option<MetadataAddress>,
    /// Its requests are refused.
    pub disabled: bool,
}

/// Who an application is.
#[derive(Debug, Clone)]
pub struct ServiceProvider {
    /// Its entity ID: the issuer of its requests and the audience of its answers.
    pub entity_id: String,
    /// Where answers may go, compared byte for byte; the query is part of it.
    pub services: Vec<AssertionConsumerService>,
    /// Where it takes logout messages; may be nowhere.
    pub single_logout: Vec<SingleLogoutService>,
    /// Keys that sign its requests.
    pub signing_keys: Vec<VerifyingKey>,
    /// Keys that its metadata offers for encryption, the preferred one first.
    pub encryption_keys: Vec<EncryptionKey>,
    /// Its metadata says that it always signs its requests; then it must (attack row MD-02).
    pub requests_signed: bool,
}

/// Why a description of a service provider cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{cause}")]
pub struct ServiceProviderError {
    /// Stable reason code.
    pub code: &'static str,
    cause: String,
}

impl ServiceProviderError {
    pub(super) fn new(code: &'static str, cause: String) -> Self {
        Self { code, cause }
    }
}

impl From<MetadataError> for ServiceProviderError {
    fn from(error: MetadataError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl ServiceProvider {
    /// One that is typed by hand: the first address is the usual one. Addresses are taken as they were typed, for they
    /// are compared byte for byte.
    #[must_use]
    pub fn typed(
        entity_id: impl Into<String>,
        acs_urls: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let services =
            acs_urls
                .into_iter()
                .zip(0_u16..)
                .map(|(location, index)| AssertionConsumerService {
                    location: location.into(),
                    index,
                    is_default: Some(index == 0),
                });
        Self {
            entity_id: entity_id.into(),
            services: services.collect(),
            single_logout: Vec::new(),
            signing_keys: Vec::new(),
            encryption_keys: Vec::new(),
            requests_signed: false,
        }
    }

    /// One that is described by its metadata, which is trusted for the way it came. `entity_id` says which, if it
    /// describes several.
    ///
    /// # Errors
    /// [`ServiceProviderError`].
    pub fn from_metadata(
        xml: &[u8],
        entity_id: Option<&str>,
    ) -> Result<Self, ServiceProviderError> {
        Self::read(xml, entity_id, &[]).map(|(sp, _)| sp)
    }

    /// The same, with how long that holds; signed by one of these keys, unless there are none.
    pub(super) fn read(
        xml: &[u8],
        entity_id: Option<&str>,
        signed_by: &[VerifyingKey],
    ) -> Result<(Self, Validity), ServiceProviderError> {
        let trust = (!signed_by.is_empty()).then_some(Trust {
            keys: signed_by,
            danger_accept_sha1: false,
        });
        let source = MetadataSource {
            xml,
            entity_id,
            trust,
        };
        let metadata = SpMetadata::parse(&source)?;
        let sp = Self {
            requests_signed: metadata.requires_signed_requests(false),
            entity_id: metadata.entity_id,
            services: metadata.assertion_consumer_services,
            single_logout: metadata.single_logout,
            signing_keys: metadata.signing_keys,
            encryption_keys: metadata.encryption_keys,
        };
        Ok((sp, metadata.validity))
    }

    /// With this address for logout messages, by HTTP-Redirect, whatever was known.
    #[must_use]
    pub fn with_logout_at(self, address: String) -> Self {
        let service = SingleLogoutService {
            binding: Binding::Redirect,
            location: address,
            response_location: None,
        };
        Self {
            single_logout: vec![service],
            ..self
        }
    }

    /// With these keys of its requests, besides those that are known already.
    #[must_use]
    pub fn with_keys(mut self, keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        for key in keys {
            if !self.signing_keys.contains(&key) {
                self.signing_keys.push(key);
            }
        }
        self
    }
}

/// What is wrong with an application.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SamlFault {
    /// Two attributes of one name.
    #[error("application `{app}`: the attribute `{name}` stands there twice")]
    AttributeTwice {
        /// Which application.
        app: AppId,
        /// Which attribute.
        name: String,
    },
    /// Two applications of one name: a request could not be told to one of them.
    #[error(
        "applications `{other}` and `{app}` have the same entity ID {entity_id:?}, so a request could not be told to one of them"
    )]
    EntityIdTwice {
        /// One of them.
        app: AppId,
        /// The other.
        other: AppId,
        /// Their entity ID.
        entity_id: String,
    },
    /// An assertion lives too long, or not at all.
    #[error("application `{0}`: an assertion lives between one second and five minutes")]
    Lifetime(AppId),
    /// No address for answers.
    #[error("application `{0}`: there is no address for answers (assertion consumer service)")]
    NoAddress(AppId),
    /// Requests must be signed, and no key is known.
    #[error(
        "application `{0}`: signed requests are required, but no key is known to check them with"
    )]
    NoKey(AppId),
}

impl SamlFault {
    /// The application to look at.
    #[must_use]
    pub fn app(&self) -> &AppId {
        match self {
            Self::AttributeTwice { app, .. }
            | Self::EntityIdTwice { app, .. }
            | Self::Lifetime(app)
            | Self::NoAddress(app)
            | Self::NoKey(app) => app,
        }
    }

    /// Stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AttributeTwice { .. } | Self::EntityIdTwice { .. } => "repeated",
            Self::Lifetime(_) => "not_in_range",
            Self::NoAddress(_) | Self::NoKey(_) => "missing",
        }
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::AttributeTwice { .. } => "keep one",
            Self::EntityIdTwice { .. } => "give each application its own, or keep one of the two",
            Self::Lifetime(_) => "choose a lifetime in between",
            Self::NoAddress(_) => "add its assertion consumer service (`acs_url`)",
            Self::NoKey(_) => "add `certificate_file` with the application's signing certificate",
        }
    }
}

/// All that is wrong with applications and can be told without a request.
#[must_use]
pub fn faults(apps: &BTreeMap<AppId, SamlApp>) -> Vec<SamlFault> {
    let mut faults = Vec::new();
    let mut names: BTreeMap<&str, &AppId> = BTreeMap::new();
    for (id, app) in apps {
        if let Some(other) = names.insert(&app.sp.entity_id, id) {
            faults.push(SamlFault::EntityIdTwice {
                app: id.clone(),
                other: other.clone(),
                entity_id: app.sp.entity_id.clone(),
            });
        }
        if app.sp.services.is_empty() && app.metadata.is_none() {
            faults.push(SamlFault::NoAddress(id.clone()));
        }
        let has_key = !app.sp.signing_keys.is_empty() || app.metadata.is_some();
        if app.require_signed_requests && !has_key {
            faults.push(SamlFault::NoKey(id.clone()));
        }
        if app.lifetime < TimeDelta::seconds(1) || app.lifetime > MAX_LIFETIME {
            faults.push(SamlFault::Lifetime(id.clone()));
        }
        let mut seen = BTreeSet::new();
        for rule in app
            .attributes
            .iter()
            .filter(|rule| !seen.insert(&rule.name))
        {
            faults.push(SamlFault::AttributeTwice {
                app: id.clone(),
                name: rule.name.clone(),
            });
        }
    }
    faults
}
