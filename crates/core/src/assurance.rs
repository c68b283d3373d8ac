//! What a login proved, derived from its evidence and never stored.
//!
//! Owns the derivation of `amr` and of the strength that applications are told. Does not spell AuthnContext URIs: each
//! application protocol has its own.

use std::collections::BTreeSet;

use crate::evidence::Evidence;

/// What a login proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assurance {
    /// RFC 8176 values, sorted.
    pub amr: Vec<String>,
    /// The person passed a second factor with us.
    pub second_factor: bool,
}

impl Assurance {
    /// Derives it. `amr_of` gives the RFC 8176 values of a piece of evidence.
    ///
    /// The upstream's password is `pwd`; a second factor adds its own values and `mfa`.
    #[must_use]
    pub fn derive<'a>(
        evidence: &'a [Evidence],
        amr_of: impl Fn(&'a Evidence) -> &'static [&'static str],
    ) -> Self {
        let mut amr: BTreeSet<String> = ["pwd".to_owned()].into();
        for piece in evidence {
            amr.extend(amr_of(piece).iter().map(|value| (*value).to_owned()));
            amr.insert("mfa".to_owned());
        }
        Self {
            amr: amr.into_iter().collect(),
            second_factor: !evidence.is_empty(),
        }
    }
}
