//! What an ID token must match.
//!
//! Owns the expectation of one login and the limits that no configuration can widen.

use std::{fmt, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{algorithm::Algorithm, jwt::Window};

/// How long before now a token may have been issued. It is made when the code is redeemed, or at
/// the earliest with the code, which lives for ten minutes at most (RFC 6749 section 4.1.2).
const MAX_TOKEN_AGE: TimeDelta = TimeDelta::minutes(10);

/// What one login expects of its ID token. Start with [`Expectation::new`], then tighten.
#[derive(Clone)]
pub struct Expectation<'a> {
    /// `iss`, exactly as in the configuration and the provider metadata.
    pub issuer: &'a str,
    /// Our client id at that issuer.
    pub client_id: &'a str,
    /// The `nonce` of this login's authorization request; `None` only where no login is known.
    pub(crate) nonce: Option<&'a str>,
    /// The access token of the same token response, for `at_hash`.
    pub(crate) access_token: Option<&'a str>,
    /// The code that was redeemed, for `c_hash`.
    pub(crate) code: Option<&'a str>,
    /// The time of the check.
    pub now: DateTime<Utc>,
    /// The allow-list of signature algorithms; RS256 unless configured otherwise.
    pub algorithms: &'a [Algorithm],
    /// Audiences that may stand beside us in `aud`; none unless configured.
    pub trusted_audiences: &'a [&'a str],
    /// `max_age` of the authorization request; makes `auth_time` required.
    pub max_age: Option<Duration>,
    /// Values of `acr` of which one must be there; empty if any will do.
    pub essential_acr: &'a [&'a str],
    /// Whether `at_hash` and `c_hash` must be there. Where they are there, they are always checked.
    pub require_hashes: bool,
    /// How far the provider's clock may differ from ours; more than 120 s counts as 120 s.
    pub skew: Duration,
}

impl<'a> Expectation<'a> {
    /// An expectation with the defaults: RS256 only, no other audience, 60 s of skew.
    #[must_use]
    pub fn new(
        issuer: &'a str,
        client_id: &'a str,
        nonce: &'a str,
        access_token: &'a str,
        code: &'a str,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            nonce: Some(nonce),
            access_token: Some(access_token),
            code: Some(code),
            ..Self::danger_of_no_login(issuer, client_id, now)
        }
    }

    /// An expectation for a token whose login is not known: for a diagnosis, never for a login. Nonce, `at_hash` and
    /// `c_hash` are not compared unless they are told afterwards.
    #[must_use]
    pub fn danger_of_no_login(issuer: &'a str, client_id: &'a str, now: DateTime<Utc>) -> Self {
        Self {
            issuer,
            client_id,
            nonce: None,
            access_token: None,
            code: None,
            now,
            algorithms: &[Algorithm::Rs256],
            trusted_audiences: &[],
            max_age: None,
            essential_acr: &[],
            require_hashes: false,
            skew: Duration::from_secs(60),
        }
    }

    /// Compare these where they are known.
    #[must_use]
    pub fn with(
        self,
        nonce: Option<&'a str>,
        access_token: Option<&'a str>,
        code: Option<&'a str>,
    ) -> Self {
        Self {
            nonce: nonce.or(self.nonce),
            access_token: access_token.or(self.access_token),
            code: code.or(self.code),
            ..self
        }
    }

    pub(super) fn window(&self) -> Window {
        Window::new(self.now, self.skew, MAX_TOKEN_AGE)
    }

    pub(super) fn max_age(&self) -> Option<TimeDelta> {
        // An age beyond ten years cannot be told from none, and must not overflow the addition.
        const LONGEST: Duration = Duration::from_secs(3650 * 86_400);
        self.max_age
            .map(|age| TimeDelta::from_std(age.min(LONGEST)).unwrap_or_default())
    }
}

impl fmt::Debug for Expectation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expectation")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("now", &self.now)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}
