//! What was measured, round by round.
//!
//! Owns the figures and what each is called. Does not own how one is taken, nor what it is held against.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    figure::ratios,
    measure::{bad, logouts},
};

/// What is measured. CPU is in microseconds, and of one login unless something else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// Judging a Response.
    Acs,
    /// A login by SAML, while nobody else logs in.
    Alone,
    /// Appending to the audit log of the small store.
    AppendFew,
    /// Appending to the audit log of the large store.
    AppendMany,
    /// A posted Response.
    Bad(bad::Kind),
    /// A login by SAML, with two signatures on the answer.
    Both,
    /// Logins a second, if the processors alone set the pace.
    Bound,
    /// A login by OpenID Connect on both sides.
    Codes,
    /// Bare commits a second.
    Commits,
    /// One signature and one verification.
    F1,
    /// Two signatures and one verification.
    F2,
    /// A login by SAML at the small store.
    Few,
    /// Memory that a posted Response took, in MiB.
    Growth(bad::Kind),
    /// Memory at rest, in bytes.
    Idle,
    /// The last records of a person in the small store.
    LastFew,
    /// The last records of a person in the large store.
    LastMany,
    /// A login by SAML at the large store.
    Many,
    /// A login that begins by SAML and asks an OpenID provider.
    Oidc,
    /// Logins a second.
    Rate,
    /// Audit records of one login.
    Records,
    /// A right code.
    Right,
    /// A login by SAML.
    Saml,
    /// The second application of somebody who is known, by OpenID Connect.
    SecondByCode,
    /// The same by SAML.
    SecondBySaml,
    /// One signature.
    Sign,
    /// A cold start, in seconds.
    Start,
    /// An application that is told of a logout.
    Told(logouts::Way),
    /// Until the last of some applications is told, in seconds.
    ToldAlone(logouts::Way),
    /// Applications told a second.
    ToldRate(logouts::Way),
    /// A wrong code.
    Wrong,
    /// Judging a Response, by `xmlsec1`.
    Xmlsec1,
}

/// Figures of each round.
#[derive(Default)]
pub(crate) struct Rounds(BTreeMap<Name, Vec<f64>>);

impl Rounds {
    /// Keeps the figure of one more round.
    pub(crate) fn add(&mut self, name: Name, figure: f64) {
        self.0.entry(name).or_default().push(figure);
    }

    /// Keeps a time, in microseconds.
    pub(crate) fn cpu(&mut self, name: Name, time: Duration) {
        self.add(name, time.as_secs_f64() * 1e6);
    }

    /// One figure of every round.
    pub(crate) fn of(&self, name: Name) -> &[f64] {
        self.0.get(&name).map_or(&[], Vec::as_slice)
    }

    /// How often the second figure goes into the first, round by round.
    pub(crate) fn by(&self, above: Name, below: Name) -> Vec<f64> {
        ratios(self.of(above), self.of(below))
    }
}
