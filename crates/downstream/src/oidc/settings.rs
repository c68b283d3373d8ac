//! What the OpenID provider must be told.
//!
//! Owns the checked values of our provider and of each application. Does not read files or know the configuration's
//! spelling; presets ([`crate::preset::AppPreset`]) fill in what is not said.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use thiserror::Error;
use url::Url;
use vestibule_core::id::AppId;
use vestibule_oidc::{
    algorithm::Algorithm,
    provider::client_auth::{ClientAuthMethod, RegisteredAuth},
};
pub use vestibule_oidc::{
    jwks::Jwks,
    provider::{
        answer::ResponseMode,
        client::{Client, ClientKind, FrontChannelFault, SubjectType},
        client_auth::SecretHash,
        id_token::PROTOCOL_CLAIMS,
        redirect_uri::{MAX_URI_BYTES, RedirectUri, UriFault},
    },
};

use super::keys::OidcKeyRing;
pub use super::{
    acr::AcrClasses,
    claims::{ClaimRule, ClaimShape},
};
use crate::told::{GroupFilter, PairwiseKey, Source};

/// The scope that asks for a refresh token (OpenID Connect Core 11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Us as an OpenID provider.
#[derive(Debug)]
pub struct OidcSettings {
    /// The address that everybody knows us by; the issuer is it, without a slash at its end.
    pub public_url: Url,
    /// The keys that sign tokens, as they are at the moment.
    pub keys: OidcKeyRing,
    /// The key that pairwise subjects are made with.
    pub pairwise_key: PairwiseKey,
    /// The applications.
    pub apps: BTreeMap<AppId, OidcApp>,
}

/// One application. A preset makes one.
#[derive(Debug, Clone)]
pub struct OidcApp {
    /// What it may ask for. Its `acr_values` are filled in from `acr`.
    pub client: Client,
    /// How it proves who it is.
    pub auth: ClientAuth,
    /// What ID tokens for it are signed with.
    pub id_token_algorithm: Algorithm,
    /// What it calls people, unless that is pairwise; exactly one value must come, and never that of somebody else.
    pub subject: Source,
    /// What else it may be told.
    pub claims: Vec<ClaimRule>,
    /// Claims of scopes come in the ID token, too, and not at the userinfo endpoint alone (OpenID Connect Core 5.4).
    pub claims_in_id_token: bool,
    /// Which groups it hears of.
    pub groups: GroupFilter,
    /// How it is told that a person was authenticated.
    pub acr: AcrClasses,
    /// How long things last.
    pub lifetimes: Lifetimes,
    /// How its server is told that a session has ended (Back-Channel Logout 1.0).
    pub back_channel_logout: Option<Url>,
    /// It gets no answers.
    pub disabled: bool,
}

/// How an application proves who it is.
#[derive(Debug, Clone)]
pub enum ClientAuth {
    /// Not at all: a public client.
    None,
    /// With an assertion that it signed (OpenID Connect Core 9).
    PrivateKeyJwt {
        /// What may sign.
        algorithms: Vec<Algorithm>,
        /// Its public keys.
        keys: std::sync::Arc<Jwks>,
        /// The token endpoint's address is taken for the audience, too.
        danger_accept_endpoint_audience: bool,
    },
    /// With a secret.
    Secret {
        /// Where it may stand.
        way: SecretWay,
        /// Each that is good at present: two while one is being replaced.
        hashes: Vec<SecretHash>,
    },
}

/// Where a secret stands in a request (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretWay {
    /// In the header `Authorization`.
    Basic,
    /// Wherever the client puts it.
    Either,
    /// In the body.
    Post,
}

impl ClientAuth {
    /// As the wire's check takes it; `endpoint` is the address of the token endpoint, in case it is taken for the
    /// audience.
    #[must_use]
    pub fn registered<'a>(&'a self, endpoint: &'a [&'a str]) -> RegisteredAuth<'a> {
        match self {
            Self::None => RegisteredAuth::None,
            Self::PrivateKeyJwt {
                algorithms,
                keys,
                danger_accept_endpoint_audience,
            } => RegisteredAuth::PrivateKeyJwt {
                algorithms,
                keys,
                danger_other_audiences: if *danger_accept_endpoint_audience {
                    endpoint
                } else {
                    &[]
                },
            },
            Self::Secret { way, hashes } => match way {
                SecretWay::Basic => RegisteredAuth::SecretBasic(hashes),
                SecretWay::Either => RegisteredAuth::SecretEither(hashes),
                SecretWay::Post => RegisteredAuth::SecretPost(hashes),
            },
        }
    }

    /// The methods that are taken.
    #[must_use]
    pub fn methods(&self) -> &'static [ClientAuthMethod] {
        self.registered(&[]).methods()
    }
}

/// How long things last for an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// An ID token.
    pub id_token: TimeDelta,
    /// An access token.
    pub access_token: TimeDelta,
    /// A refresh token that nobody uses.
    pub refresh_idle: TimeDelta,
    /// All refresh tokens of one login, however much they are used.
    pub refresh_absolute: TimeDelta,
}

impl Default for Lifetimes {
    /// Ten minutes; for refresh tokens a week of rest and thirty days.
    fn default() -> Self {
        Self {
            id_token: TimeDelta::minutes(10),
            access_token: TimeDelta::minutes(10),
            refresh_idle: TimeDelta::days(7),
            refresh_absolute: TimeDelta::days(30),
        }
    }
}

impl OidcApp {
    /// May it be told this claim: has it a rule for it, and can it have the scope that brings it?
    #[must_use]
    pub fn may_be_told(&self, claim: &str) -> bool {
        let rule = self.claims.iter().find(|rule| rule.name == claim);
        rule.is_some_and(|rule| {
            let scope = rule.scope.as_deref();
            scope.is_none_or(|scope| self.client.may_have(scope))
        })
    }

    /// Those of these scopes that it can have at this moment.
    #[must_use]
    pub fn still(&self, scopes: &BTreeSet<String>) -> BTreeSet<String> {
        let still = scopes.iter().filter(|scope| self.client.may_have(scope));
        still.cloned().collect()
    }

    /// May it have refresh tokens?
    #[must_use]
    pub fn may_refresh(&self) -> bool {
        self.client.may_have(OFFLINE_ACCESS)
    }
}

/// What is wrong with an application.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OidcFault {
    /// Two claims of one name.
    #[error("application `{app}`: the claim `{name}` stands there twice")]
    ClaimTwice {
        /// Which application.
        app: AppId,
        /// Which claim.
        name: String,
    },
    /// Two applications of one name: a request could not be told to one of them.
    #[error(
        "applications `{other}` and `{app}` have the same client id {client_id:?}, so a request could not be told to one of them"
    )]
    ClientIdTwice {
        /// One of them.
        app: AppId,
        /// The other.
        other: AppId,
        /// Their client id.
        client_id: String,
    },
    /// No address for answers.
    #[error("application `{0}`: there is no address for answers (redirect URI)")]
    NoRedirectUri(AppId),
    /// Pairwise subjects, and redirect URIs on several hosts.
    #[error(
        "application `{0}`: pairwise subjects need a sector, for its redirect URIs are not all on one host"
    )]
    NoSector(AppId),
    /// Only pushed requests are taken of a client that may push none.
    #[error(
        "application `{0}`: it may ask only with requests that were pushed, and a public client pushes none"
    )]
    NothingToPush(AppId),
    /// A claim that only the protocol may write.
    #[error("application `{app}`: the claim `{name}` belongs to the protocol")]
    ProtocolClaim {
        /// Which application.
        app: AppId,
        /// Which claim.
        name: String,
    },
}

impl OidcFault {
    /// The application to look at.
    #[must_use]
    pub fn app(&self) -> &AppId {
        match self {
            Self::ClaimTwice { app, .. }
            | Self::ClientIdTwice { app, .. }
            | Self::NoRedirectUri(app)
            | Self::NoSector(app)
            | Self::NothingToPush(app)
            | Self::ProtocolClaim { app, .. } => app,
        }
    }

    /// Stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ClaimTwice { .. } | Self::ClientIdTwice { .. } => "repeated",
            Self::NoRedirectUri(_) | Self::NoSector(_) => "missing",
            Self::NothingToPush(_) => "not_together",
            Self::ProtocolClaim { .. } => "reserved",
        }
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::ClaimTwice { .. } => "keep one",
            Self::ClientIdTwice { .. } => "give each application its own, or keep one of the two",
            Self::NoRedirectUri(_) => "add its `redirect_uris`",
            Self::NoSector(_) => {
                "add `sector` with a name that never changes, such as the application's domain"
            }
            Self::NothingToPush(_) => {
                "remove `require_pushed_requests`, or give the application a secret or a key (`client_auth`)"
            }
            Self::ProtocolClaim { .. } => {
                "give it another name; `sub` is set by `subject`, `acr` by `acr` and `password_acr`"
            }
        }
    }
}

/// All that is wrong with applications and can be told without a request.
#[must_use]
pub fn faults(apps: &BTreeMap<AppId, OidcApp>) -> Vec<OidcFault> {
    let mut faults = Vec::new();
    let mut names: BTreeMap<&str, &AppId> = BTreeMap::new();
    for (id, app) in apps {
        if let Some(other) = names.insert(app.client.id(), id) {
            faults.push(OidcFault::ClientIdTwice {
                app: id.clone(),
                other: other.clone(),
                client_id: app.client.id().to_owned(),
            });
        }
        if app.client.redirect_uris().is_empty() {
            faults.push(OidcFault::NoRedirectUri(id.clone()));
        } else if matches!(app.client.subject_type, SubjectType::Pairwise { .. })
            && app.client.sector().is_none()
        {
            faults.push(OidcFault::NoSector(id.clone()));
        }
        // As the endpoint has it (`service::push`).
        if app.client.require_pushed && app.client.kind() != ClientKind::Confidential {
            faults.push(OidcFault::NothingToPush(id.clone()));
        }
        let mut seen = BTreeSet::new();
        for ClaimRule { name, .. } in &app.claims {
            let (app, name) = (id.clone(), name.clone());
            if PROTOCOL_CLAIMS.contains(&name.as_str()) {
                faults.push(OidcFault::ProtocolClaim { app, name });
            } else if !seen.insert(name.clone()) {
                faults.push(OidcFault::ClaimTwice { app, name });
            }
        }
    }
    faults
}
