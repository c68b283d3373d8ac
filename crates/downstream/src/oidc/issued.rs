//! What stands behind a code or token: the facts of one grant, as they were when it was made.
//!
//! Owns the sealed body of everything that is issued. Does not own whether it is still good: the record around it
//! ([`TokenRecord`](vestibule_core::token::TokenRecord)) has whose it is, its times and its family.
//!
//! **Invariant:** nothing in it is read again from the person later. What an application is told is what was true when
//! the person logged in; who is disabled or changed since is found by the record's person and `known_since`. Whether the
//! application may still be told is read at every use.

use std::{collections::BTreeSet, fmt};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule_core::id::Reference;
use vestibule_oidc::{pkce::Challenge, provider::token_endpoint::CodeTerms};

use super::OidcApp;

/// How long a code may be exchanged, in seconds (RFC 6749 section 4.1.2: ten minutes at most).
pub const CODE_LIFETIME: i64 = 60;

/// How long a code is kept, in seconds, so that whoever brings it a second time is noticed.
pub const CODE_KEPT: i64 = 600;

/// Where a claim can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the ID token.
    IdToken,
    /// At the userinfo endpoint.
    Userinfo,
}

/// A claim about the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedClaim {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// The scope that brought it, with which it goes; `None`: it was asked for by name alone, or always comes.
    pub scope: Option<String>,
    /// Told in the ID token.
    pub id_token: bool,
    /// Told at the userinfo endpoint.
    pub userinfo: bool,
}

/// The facts of one grant: the body of access and refresh tokens.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// `client_id`.
    pub client_id: String,
    /// `sub`, as this client knows the person.
    pub subject: String,
    /// `sid`, as this client knows the session.
    pub sid: String,
    /// What was granted; `openid` is among them.
    pub scopes: BTreeSet<String>,
    /// `auth_time`.
    pub auth_time: DateTime<Utc>,
    /// When the person came by the first door. It is what [`valid_from`](vestibule_core::port::PersonRecord::valid_from)
    /// is held against.
    pub known_since: DateTime<Utc>,
    /// When it was granted: what comes of it does not last for ever.
    pub granted_at: DateTime<Utc>,
    /// The login's reference.
    pub reference: Reference,
    /// `acr`.
    pub acr: String,
    /// `amr`.
    pub amr: Vec<String>,
    /// What it may be told about the person.
    pub claims: Vec<IssuedClaim>,
}

impl Issued {
    /// The claims for this place, as far as these scopes reach (those of the grant, or fewer after a refresh), and as
    /// far as the application may have them at this moment: what was taken from it is told no more, whoever asked for
    /// it how.
    #[must_use]
    pub fn claims(
        &self,
        place: Place,
        scopes: &BTreeSet<String>,
        app: &OidcApp,
    ) -> Map<String, Value> {
        let is_told = |claim: &&IssuedClaim| {
            let is_here = match place {
                Place::IdToken => claim.id_token,
                Place::Userinfo => claim.userinfo,
            };
            is_here
                && app.may_be_told(&claim.name)
                && claim
                    .scope
                    .as_ref()
                    .is_none_or(|scope| scopes.contains(scope))
        };
        let told = self.claims.iter().filter(is_told);
        told.map(|claim| (claim.name.clone(), claim.value.clone()))
            .collect()
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// The body of a code: what its exchange is held against, and what the tokens are made of.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCode {
    /// `redirect_uri`, as it was written in the request.
    pub redirect_uri: String,
    /// The PKCE challenge, if there was one.
    pub challenge: Option<Challenge>,
    /// `nonce`, for the first ID token.
    pub nonce: Option<String>,
    /// The facts.
    pub issued: Issued,
}

impl IssuedCode {
    /// What a request to exchange it is held against.
    #[must_use]
    pub fn terms(&self) -> CodeTerms<'_> {
        CodeTerms {
            client_id: &self.issued.client_id,
            redirect_uri: &self.redirect_uri,
            challenge: self.challenge.as_ref(),
        }
    }
}

impl fmt::Debug for IssuedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedCode")
            .field("redirect_uri", &self.redirect_uri)
            .field("issued", &self.issued)
            .finish_non_exhaustive()
    }
}

/// What an application was told of a person, by which it knows them when they leave (Back-Channel Logout 1.0 section
/// 2.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// `sub`.
    pub sub: String,
    /// `sid`.
    pub sid: String,
}
