//! Which assertions were used already (SAML profiles 4.1.4.5).
//!
//! Owns the marks. **Invariant:** a mark is kept as long as its assertion could be accepted; when there is no room for
//! another one the assertion is refused, never an older mark dropped.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use vestibule_saml::response::VerifiedAssertion;

/// More logins in an hour than any demo sees.
const MOST: usize = 10_000;

/// The memory of one application.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Issuer and id, and until when to remember.
    seen: Mutex<HashMap<(String, String), DateTime<Utc>>>,
}

impl Memory {
    /// Whether the assertion is seen for the first time; from now on it is not. Of two at once, one is the first.
    pub(super) fn is_first(&self, assertion: &VerifiedAssertion, now: DateTime<Utc>) -> bool {
        let id = assertion.replay_id();
        let key = (id.issuer.to_owned(), id.assertion_id.to_owned());
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, until| *until > now);
        if seen.len() >= MOST || seen.contains_key(&key) {
            return false;
        }
        seen.insert(key, assertion.remember_until());
        true
    }
}
