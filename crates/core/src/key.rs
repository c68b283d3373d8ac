//! Our own keys: what one is, what it is for, and how one is replaced.
//!
//! Owns the purposes, the states and the rules by which keys change. Does not own the keys themselves (the store seals
//! them), their making, or what is signed with them.
//!
//! A key is *published* first: partners may read it, and nothing is signed with it. Then it is *active*. The one before
//! is *retiring*: nothing is signed with it any more, and partners may still check with it what was. So no signature is
//! ever made with a key that a partner had no chance to learn, or checked against one that is gone.

mod book;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::book::{KeyBook, KeyFault, KeyStep};
use crate::id::{AppId, KeyId, UpstreamId};

/// What a key is for. Each purpose has its own keys, and one of them is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// It signs SAML answers to applications.
    SamlIdentityProvider,
    /// It signs SAML requests to upstreams.
    SamlServiceProvider,
    /// It decrypts what SAML upstreams encrypt for us.
    SamlServiceProviderDecryption,
    /// It signs tokens for clients that want `EdDSA` (RFC 8037).
    #[serde(rename = "openid-eddsa")]
    OpenIdEdDsa,
    /// It signs tokens for clients that want `ES256` (RFC 7518 clause 3.4).
    #[serde(rename = "openid-es256")]
    OpenIdEs256,
    /// It signs tokens with `RS256`, which every client understands (OpenID Connect Discovery 1.0 section 3).
    #[serde(rename = "openid-rs256")]
    OpenIdRs256,
}

impl KeyPurpose {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SamlIdentityProvider,
        Self::SamlServiceProvider,
        Self::SamlServiceProviderDecryption,
        Self::OpenIdRs256,
        Self::OpenIdEs256,
        Self::OpenIdEdDsa,
    ];

    /// Its name in commands, files and the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SamlIdentityProvider => "saml-identity-provider",
            Self::SamlServiceProvider => "saml-service-provider",
            Self::SamlServiceProviderDecryption => "saml-service-provider-decryption",
            Self::OpenIdEdDsa => "openid-eddsa",
            Self::OpenIdEs256 => "openid-es256",
            Self::OpenIdRs256 => "openid-rs256",
        }
    }

    /// The purpose of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The kinds of key that serve it, the usual one first.
    #[must_use]
    pub const fn algorithms(self) -> &'static [KeyAlgorithm] {
        use KeyAlgorithm::{Ed25519, P256, Rsa2048, Rsa3072, Rsa4096};
        match self {
            // XML signatures with Ed25519 (RFC 9231 clause 2.3.12) are understood by nobody we serve.
            Self::SamlIdentityProvider | Self::SamlServiceProvider => {
                &[Rsa2048, Rsa3072, Rsa4096, P256]
            }
            Self::SamlServiceProviderDecryption | Self::OpenIdRs256 => &[Rsa2048, Rsa3072, Rsa4096],
            Self::OpenIdEdDsa => &[Ed25519],
            Self::OpenIdEs256 => &[P256],
        }
    }

    /// Whether a certificate goes with the key. Clients of OpenID Connect read bare keys (RFC 7517).
    #[must_use]
    pub const fn has_certificate(self) -> bool {
        match self {
            Self::SamlIdentityProvider
            | Self::SamlServiceProvider
            | Self::SamlServiceProviderDecryption => true,
            Self::OpenIdEdDsa | Self::OpenIdEs256 | Self::OpenIdRs256 => false,
        }
    }

    /// Whether one partner can be served with another key than the rest: a choice needs a signature that is made for
    /// somebody.
    const fn serves(self, partner: &Partner) -> bool {
        match (self, partner) {
            (
                Self::SamlIdentityProvider
                | Self::OpenIdEdDsa
                | Self::OpenIdEs256
                | Self::OpenIdRs256,
                Partner::App(_),
            )
            | (Self::SamlServiceProvider, Partner::Upstream(_)) => true,
            (Self::SamlServiceProviderDecryption, _)
            | (Self::SamlServiceProvider, Partner::App(_))
            | (
                Self::SamlIdentityProvider
                | Self::OpenIdEdDsa
                | Self::OpenIdEs256
                | Self::OpenIdRs256,
                Partner::Upstream(_),
            ) => false,
        }
    }

    /// What ids of its keys begin with.
    const fn stem(self) -> &'static str {
        match self {
            Self::SamlIdentityProvider => "idp",
            Self::SamlServiceProvider => "sp",
            Self::SamlServiceProviderDecryption => "decryption",
            Self::OpenIdEdDsa => "eddsa",
            Self::OpenIdEs256 => "es256",
            Self::OpenIdRs256 => "rs256",
        }
    }

    /// The id of a new key: what it is for, the day, and random letters. A key that was there before keys had ids
    /// bears its purpose's name.
    #[must_use]
    pub fn new_id(self, now: DateTime<Utc>, random: [u8; 4]) -> KeyId {
        KeyId::of_day(self.stem(), now.date_naive(), random)
    }
}

impl fmt::Display for KeyPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyAlgorithm {
    /// Ed25519 (RFC 8032).
    #[serde(rename = "ed25519")]
    Ed25519,
    /// The curve P-256 (FIPS 186-5).
    #[serde(rename = "p-256")]
    P256,
    /// RSA with 2048 bits.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// RSA with 3072 bits, for use beyond 2030 (NIST SP 800-57 part 1, table 4).
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    /// RSA with 4096 bits.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
}

impl KeyAlgorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Ed25519,
        Self::P256,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
    ];

    /// Its name in commands and the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::P256 => "p-256",
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a key stands in its life. A key that is removed has no state: it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Partners may read it; it is used only for those that were chosen for it.
    Published,
    /// It is used for everybody who was not chosen for another.
    Active,
    /// It was active; partners may still check with it what it signed.
    Retiring,
}

impl KeyState {
    /// All of them, in the order of a key's life.
    pub const ALL: [Self; 3] = [Self::Published, Self::Active, Self::Retiring];

    /// Its name in commands and the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Active => "active",
            Self::Retiring => "retiring",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Which.
    pub id: KeyId,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// What it is.
    pub algorithm: KeyAlgorithm,
    /// Where it stands.
    pub state: KeyState,
    /// When it came there, or, if later, when somebody who was chosen for it left it ([`last_left`](Self::last_left)).
    pub since: DateTime<Utc>,
    /// When it was made or brought in.
    pub created_at: DateTime<Utc>,
}

impl KeyRecord {
    /// When it last ceased to sign for somebody: for the rest, or for one who was chosen for it. None while it is active,
    /// and if nobody has left it yet; who was chosen for it may be served with it still.
    #[must_use]
    pub fn last_left(&self) -> Option<DateTime<Utc>> {
        let was_left = match self.state {
            KeyState::Active => false,
            // A key never comes back there: what came after its making is that somebody left it.
            KeyState::Published => self.since > self.created_at,
            KeyState::Retiring => true,
        };
        was_left.then_some(self.since)
    }
}

/// Somebody whom a key of ours is used for, and who can be moved to another one alone: those whose administrator
/// copies a certificate by hand do not follow by themselves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partner {
    /// An application.
    App(AppId),
    /// An upstream.
    Upstream(UpstreamId),
}

/// Somebody who is served with keys of one purpose: what the configuration says of a partner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Served {
    /// Who.
    pub partner: Partner,
    /// The purpose whose keys sign for it: no other key ever does.
    pub purpose: KeyPurpose,
}

impl fmt::Display for Partner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(id) => write!(f, "application `{id}`"),
            Self::Upstream(id) => write!(f, "upstream `{id}`"),
        }
    }
}

#[cfg(test)]
mod tests;
