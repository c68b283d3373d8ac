//! Proof that a factor was passed, and what a person has registered.
//!
//! Owns [`Evidence`] and [`Enrolment`]. Does not know how any factor works: a kind states its [`Traits`], and what it
//! stores is opaque here.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{EnrolmentId, FactorKind},
    identity::PersonId,
    request::Memo,
};

/// Evidence that is older is no leave to change anything (attack row MF-41).
pub const FRESH: TimeDelta = TimeDelta::minutes(5);
/// Nodes may differ by so much. What claims to be from further ahead has no age that could be told.
pub const AHEAD: TimeDelta = TimeDelta::minutes(2);

/// What a kind of factor is, stated by the kind itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// The kind.
    pub kind: FactorKind,
    /// RFC 8176 values that passing it adds.
    pub amr: &'static [&'static str],
    /// What it is for.
    pub role: Role,
    /// What it withstands.
    pub strength: Strength,
    /// A person can set it up during a login.
    pub enrols_inline: bool,
}

/// What a kind of factor withstands, weakest first: a stronger one may stand for a weaker one, never the other way
/// round. The classes are those of NIST SP 800-63B-4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A code that the person types, and can be talked into typing elsewhere: look-up secrets (section 3.1.2) and
    /// one-time passwords (3.1.4). Guessing it must be limited (3.2.2).
    OneTimeCode,
    /// A signature by a key that cannot be guessed and that answers nobody but us: cryptographic authentication (3.1.6)
    /// with verifier name binding (3.2.5).
    PhishingResistant,
}

/// What a factor is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Used every day. A person without one has no second factor.
    Primary,
    /// The way back in when the primary one is lost; offered last, and set up after a primary one.
    Recovery,
}

/// One person's registered factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Its id.
    pub id: EnrolmentId,
    /// Whose it is.
    pub person: PersonId,
    /// Its kind.
    pub kind: FactorKind,
    /// The person's name for it.
    pub label: String,
    /// What the kind stores: seed, counters, hashes. Sealed at rest.
    pub secret: Memo,
    /// A disabled one cannot be used and does not count as having one.
    pub disabled: bool,
    /// Nothing is left of it: the last backup code was used. Kept for the record, offers no way in.
    pub spent: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Last success.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Counts the changes; a change names the revision that it was made from (compare and swap).
    pub revision: i64,
}

impl Enrolment {
    /// A new one, made now.
    #[must_use]
    pub fn new(
        id: EnrolmentId,
        person: PersonId,
        kind: FactorKind,
        label: impl Into<String>,
        secret: Memo,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            person,
            kind,
            label: label.into(),
            secret,
            disabled: false,
            spent: false,
            created_at: now,
            last_used_at: None,
            revision: 0,
        }
    }

    /// It can answer a challenge.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.disabled && !self.spent
    }
}

/// Proof that a factor was passed, in this login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// By whom.
    pub person: PersonId,
    /// The kind that was passed.
    pub kind: FactorKind,
    /// The registered factor that was used.
    pub enrolment: EnrolmentId,
    /// When.
    pub at: DateTime<Utc>,
}

impl Evidence {
    /// Was it made in the five minutes before `since`, or later? `since` is now or earlier; what is from ahead of now
    /// has no age.
    #[must_use]
    pub fn is_fresh(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        since - self.at < FRESH && self.at - now <= AHEAD
    }
}
