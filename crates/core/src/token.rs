//! Opaque secrets that applications hold of us: codes and tokens.
//!
//! Owns what is kept of one: never itself, only a hash, with the purpose that it was minted for. Does not own how one is
//! spelled, what it is good for, or how long: the adapter that issues it does.
//!
//! **Invariant:** a code is only ever added in the commit of the grant that it was made of
//! ([`crate::request::Answered`]), and other tokens in a commit that uses up the one that they were given for.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{AppId, FamilyId, SessionId},
    identity::PersonId,
    request::Memo,
};

/// What a token is good for. What was minted for one purpose is never found under another (attack row OO-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPurpose {
    /// Opens what an application may know of a person (RFC 6749 section 1.4).
    AccessToken,
    /// Is exchanged for tokens, once (RFC 6749 section 4.1.2).
    AuthorizationCode,
    /// Stands for a request that was pushed to us (RFC 9126 section 2.2).
    PushedRequest,
    /// Is exchanged for new tokens, once (RFC 6749 section 1.5; RFC 9700 section 4.14).
    RefreshToken,
}

impl TokenPurpose {
    /// The name that stores keep.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::AuthorizationCode => "authorization_code",
            Self::PushedRequest => "pushed_request",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// SHA-256 of a token. 256 random bits need no slow hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenKey(pub [u8; 32]);

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its hash.
    pub key: TokenKey,
    /// What it is good for.
    pub purpose: TokenPurpose,
    /// Whose application holds it.
    pub app: AppId,
    /// About whom; `None` for a request that was pushed, where nobody is known yet.
    pub person: Option<PersonId>,
    /// Of which session; `None` for what outlives sessions.
    pub session: Option<SessionId>,
    /// All that came of one code is one family, and is revoked together.
    pub family: FamilyId,
    /// What its adapter wrote into it. Sealed at rest.
    pub body: Memo,
    /// Since when.
    pub issued_at: DateTime<Utc>,
    /// From then on it is good for nothing.
    pub expires_at: DateTime<Utc>,
    /// Until when it is kept, so that somebody who uses it again is noticed.
    pub keep_until: DateTime<Utc>,
    /// When it was used up.
    pub used_at: Option<DateTime<Utc>>,
}

/// A change to what is kept of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenChange {
    /// A new one.
    Add(TokenRecord),
    /// All of a family are revoked, for good.
    Revoke(FamilyId),
    /// One is used up. It must be there, and must not have been used: of several who use it at once, one does.
    Use {
        /// What it is good for.
        purpose: TokenPurpose,
        /// Which.
        key: TokenKey,
        /// When.
        at: DateTime<Utc>,
    },
}
