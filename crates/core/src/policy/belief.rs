//! What an upstream must say to be believed about a second factor (invariant 7).
//!
//! Owns how its word is weighed: exact values, and a greatest age. Does not own the words (an upstream adapter read them
//! from verified bytes), nor which rules accept them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::{evidence::AHEAD, identity::UpstreamProof};

/// Values of which each means, at one upstream, that a second factor was passed there. They are compared byte for byte:
/// nothing is trimmed, folded or taken for a part (attack rows AC-03, AC-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belief {
    /// AuthnContextClassRef (SAML core 2.7.2.2) or `acr`.
    pub contexts: BTreeSet<String>,
    /// `amr` (RFC 8176), or the methods that AD FS and Entra ID name in SAML. Others may stand beside them.
    pub methods: BTreeSet<String>,
    /// How long ago the upstream may have authenticated the person.
    pub max_age: TimeDelta,
}

/// What an upstream said of how it authenticated somebody, and where that comes from.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    /// What it said.
    pub proof: &'a UpstreamProof,
    /// It said so in an earlier login, of which the application takes nothing.
    pub is_of_another_login: bool,
    /// What was passed before this moment counts for nothing: somebody was signed out, or what they proved was revoked.
    pub counts_from: DateTime<Utc>,
}

/// Why an upstream's word does not count as a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Doubt {
    /// The account page keeps our factors, and opens by them alone.
    #[error("the account page opens by factors that are set up here alone")]
    Account,
    /// Its moment is ahead of now, so it has no age that could be told.
    #[error("the identity provider says that it was in the future: correct the clocks")]
    Ahead,
    /// It is of an earlier login, of which the application takes nothing.
    #[error(
        "it was said in an earlier login, and the application takes nothing of that (`single_sign_on`), or the session is over"
    )]
    Earlier,
    /// Nobody said that this upstream is to be believed.
    #[error(
        "the identity provider is not believed: `second_factor` below its `upstreams` entry is not set"
    )]
    NotBelieved,
    /// It is from before a sign-out or a revocation.
    #[error("it is from before they were signed out, or what they proved was revoked")]
    Revoked,
    /// It is older than the upstream's greatest age.
    #[error("it is too old: `max_age` of the identity provider's `second_factor` is less")]
    TooOld,
    /// It is older than the rule's greatest age.
    #[error("it is too old: `max_age` of the rule is less")]
    TooOldForRule,
    /// Without a moment it has no age (`AuthnInstant`, `auth_time`).
    #[error(
        "the identity provider does not say when it was: let it send `auth_time` (OpenID Connect) or `AuthnInstant` (SAML)"
    )]
    Undated,
    /// None of the values was said.
    #[error("the identity provider said none of the values that its `second_factor` names")]
    Unsaid,
}

impl Doubt {
    /// The reason code for the log, and in the explanation of a decision.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Account => "upstream_factor_account",
            Self::Ahead => "upstream_factor_ahead",
            Self::Earlier => "upstream_factor_earlier",
            Self::NotBelieved => "upstream_factor_not_believed",
            Self::Revoked => "upstream_factor_revoked",
            Self::TooOld => "upstream_factor_too_old",
            Self::TooOldForRule => "upstream_factor_too_old_for_rule",
            Self::Undated => "upstream_factor_undated",
            Self::Unsaid => "upstream_factor_unsaid",
        }
    }

    /// Would the same word count, were it said anew?
    #[must_use]
    pub fn ends_with_another_login(self) -> bool {
        match self {
            Self::Earlier | Self::Revoked | Self::TooOld | Self::TooOldForRule => true,
            Self::Account | Self::Ahead | Self::NotBelieved | Self::Undated | Self::Unsaid => false,
        }
    }
}

/// As its [`code`](Doubt::code).
impl Serialize for Doubt {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl Word<'_> {
    /// When the second factor was passed, as far as that is believed here and now.
    ///
    /// # Errors
    /// [`Doubt`], if it is not. That nothing was said that could count is told first.
    pub fn weigh(
        &self,
        belief: Option<&Belief>,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Doubt> {
        let at = belief.ok_or(Doubt::NotBelieved)?.weigh(self.proof, now)?;
        if self.is_of_another_login {
            Err(Doubt::Earlier)
        } else if at < self.counts_from {
            Err(Doubt::Revoked)
        } else {
            Ok(at)
        }
    }
}

impl Belief {
    /// When the second factor was passed, by the upstream's word.
    ///
    /// # Errors
    /// [`Doubt`], if that is not to be believed.
    pub fn weigh(&self, proof: &UpstreamProof, now: DateTime<Utc>) -> Result<DateTime<Utc>, Doubt> {
        let context = proof.authn_context.as_ref();
        let is_said = context.is_some_and(|said| self.contexts.contains(said))
            || proof.methods.iter().any(|said| self.methods.contains(said));
        if !is_said {
            return Err(Doubt::Unsaid);
        }
        let at = proof.authenticated_at.ok_or(Doubt::Undated)?;
        if at - now > AHEAD {
            Err(Doubt::Ahead)
        } else if now - at > self.max_age {
            Err(Doubt::TooOld)
        } else {
            Ok(at)
        }
    }
}

#[cfg(test)]
mod tests;
