//! The session that a grant begins or goes on with: what the browser holds of it, and what the store is told.
//!
//! Owns the token, which is shown to the browser once and kept nowhere, and its hash, which is all that the store knows.
//! Does not own when a session gets another one ([`Carry`]), how long it lasts ([`vestibule_core::session`]), nor whether
//! a login may go on from one (`resume`).

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use vestibule_core::{
    grant::Grant,
    port::{Entropy, SessionChange},
    session::{Carry, Session, SessionKey},
};

use crate::{Engine, turn::Turn};

/// What a browser shows to be let in again: 256 random bits, in base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// Characters of a token.
    const LENGTH: usize = 43;

    /// Reads the value of a cookie. `None` if it cannot be one of ours.
    #[must_use]
    pub fn read(value: &str) -> Option<Self> {
        let is_ours = value.len() == Self::LENGTH && URL_SAFE_NO_PAD.decode(value).is_ok();
        is_ours.then(|| Self(value.to_owned()))
    }

    fn fresh(entropy: &dyn Entropy) -> Self {
        Self(URL_SAFE_NO_PAD.encode(entropy.bytes::<32>()))
    }

    /// The value of the cookie.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store knows it by. 256 random bits need no slow hash.
    #[must_use]
    pub fn key(&self) -> SessionKey {
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, self.0.as_bytes()).as_ref());
        SessionKey(key)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

/// What becomes of the browser's session by a grant.
pub(crate) struct Carried {
    /// For the browser, where the session has another key from now on.
    pub(crate) token: Option<SessionToken>,
    pub(crate) change: SessionChange,
}

impl Engine {
    /// The session that this grant begins or goes on with ([`Carry`]). `None` if the login is bound to no browser.
    pub(crate) fn carry_session(
        &self,
        turn: &Turn,
        grant: &Grant,
        held: Option<&Session>,
    ) -> Option<Carried> {
        let (login, limits, at) = (&turn.login, self.parts.limits, grant.at());
        let browser = login.browser()?;
        let token = SessionToken::fresh(&*self.parts.entropy);
        let new = || Session::begun(token.key(), browser, grant, limits);
        let change = match Carry::of(login, held, turn.visitor.session, limits, at) {
            Carry::Begin => SessionChange::Begin(new()),
            Carry::Renew { held, remembers } => SessionChange::Renew {
                old: held.key(),
                new: if remembers {
                    new().remembering(held)
                } else {
                    new()
                },
            },
            Carry::Use(id) => {
                return Some(Carried {
                    token: None,
                    change: SessionChange::Use { id, at },
                });
            }
        };
        Some(Carried {
            token: Some(token),
            change,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wa_03_only_what_we_could_have_set_is_looked_up() {
        let good = "A".repeat(43);
        assert!(SessionToken::read(&good).is_some());
        let long = "A".repeat(44);
        let odd = format!("{}=", "A".repeat(42));
        let blank = format!("{} ", "A".repeat(42));
        for bad in ["", "x", &long, &odd, &blank] {
            assert_eq!(SessionToken::read(bad), None, "{bad:?}");
        }
        let shown = format!("{:?}", SessionToken::read(&good));
        assert!(!shown.contains('A'), "{shown}");
    }
}
