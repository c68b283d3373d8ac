//! What a login proved, derived from its evidence and never stored.
//!
//! Owns the derivation of `amr` and of the strength that applications are told, and whether it is what one of them
//! insists on. Does not spell AuthnContext URIs: each application protocol has its own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;

/// What an application wants a login to prove (SAML core 3.3.2.2.1, `RequestedAuthnContext`; OpenID Connect Core 5.5.1.1,
/// `acr`). Its adapter reads this out of the request. It can only ask for more than the rules do: which factor somebody
/// needs is for policy to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Nothing that the upstream's word would not prove.
    #[default]
    Anything,
    /// A second factor.
    SecondFactor,
    /// A second factor, from those who have one; the application is told what was proved, and decides.
    SecondFactorIfPossible,
    /// What no login here can prove, such as a smart card.
    Unattainable,
}

impl Demand {
    /// Whether the application can truthfully be told what it wants to hear.
    #[must_use]
    pub fn is_met(self, assurance: &Assurance) -> bool {
        match self {
            Self::Anything | Self::SecondFactorIfPossible => true,
            Self::SecondFactor => assurance.second_factor,
            Self::Unattainable => false,
        }
    }
}

/// What a login proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assurance {
    /// RFC 8176 values, sorted.
    pub amr: Vec<String>,
    /// The person passed a second factor, with us or with an upstream that is believed about it.
    pub second_factor: bool,
}

impl Assurance {
    /// Derives it. `amr_of` gives the RFC 8176 values of a piece of evidence.
    ///
    /// The upstream's password is `pwd`; a second factor adds its own values and `mfa`. Of one that was passed
    /// `at_upstream`, on which the login rests, `mfa` is all that is known for certain.
    #[must_use]
    pub fn derive<'a>(
        evidence: &'a [Evidence],
        at_upstream: bool,
        amr_of: impl Fn(&'a Evidence) -> &'static [&'static str],
    ) -> Self {
        let mut amr: BTreeSet<String> = ["pwd".to_owned()].into();
        for piece in evidence {
            amr.extend(amr_of(piece).iter().map(|value| (*value).to_owned()));
        }
        let second_factor = at_upstream || !evidence.is_empty();
        amr.extend(second_factor.then(|| "mfa".to_owned()));
        Self {
            amr: amr.into_iter().collect(),
            second_factor,
        }
    }
}
