//! What becomes of a browser's session by a grant.
//!
//! Owns when it gets another key, and what it goes on with. Does not own the key, nor the transaction.

use chrono::{DateTime, Utc};

use super::{Limits, Session, SessionKey};
use crate::{flow::Login, id::SessionId};

/// What becomes of a browser's session by the grant of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carry<'s> {
    /// One begins. That of somebody else, if the browser had one, ends (attack row MF-06).
    Begin,
    /// It goes on under another key, and so its applications are not told of an end. The old key is good for nothing
    /// from then on (attack row WA-02).
    Renew {
        /// The one that was.
        held: &'s Session,
        /// What was proved in it counts in the new one, too.
        remembers: bool,
    },
    /// Nothing was proved that was not proved before: it was used, and stays as it is.
    Use(SessionId),
}

impl<'s> Carry<'s> {
    /// `held` is the session that the login came from, as it is now, or the one of the same person in the same browser;
    /// `shown` the one whose cookie the browser shows. Who came by the first door goes on with what their old session
    /// remembers only if the browser shows it, and it is not over.
    #[must_use]
    pub fn of(
        login: &Login,
        held: Option<&'s Session>,
        shown: Option<SessionKey>,
        limits: Limits,
        now: DateTime<Utc>,
    ) -> Self {
        let origin = login.session();
        if let Some(origin) = origin
            && login.errand().is_none()
            && !login.has_proved()
        {
            return Self::Use(origin.id);
        }
        let Some(held) = held else {
            return Self::Begin;
        };
        let is_shown = || shown == Some(held.key()) && held.lasts(limits, now).is_ok();
        Self::Renew {
            held,
            remembers: origin.is_some() || is_shown(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixture::{BROWSER, at, evidence, factor, login, request, session},
        flow::Wish,
        id::{FactorKind, LoginId, Reference},
        port::Prompt,
        request::Memo,
        session::SingleSignOn,
    };

    fn held() -> Session {
        session(vec![evidence(1, "totp", 0)], 0)
    }

    /// Somebody who comes from their session.
    fn known() -> Login {
        let live = held().live(BROWSER, Limits::USUAL, at(0));
        opened()
            .goes_on(Some(&live.unwrap()), SingleSignOn::OwnFactor, at(0))
            .unwrap()
    }

    fn opened() -> Login {
        login(request()).bind(BROWSER).unwrap()
    }

    fn proved(login: Login) -> Login {
        let (factor, passed) = (factor(1, "totp"), evidence(1, "totp", 10));
        let prompt = Prompt::Code {
            digits: None,
            hint: String::new(),
        };
        let kind = FactorKind::totp();
        let ways = vec![kind.clone()];
        login
            .challenged(&kind, &[factor], prompt, Memo::default(), ways, at(10))
            .and_then(|login| login.passed(passed, at(10)))
            .unwrap()
    }

    fn on_errand() -> Login {
        let live = held().live(BROWSER, Limits::ACCOUNT, at(0));
        let reference = Reference::from_random([7; 8]);
        let id = LoginId::from_bytes([1; 16]);
        Login::on_errand(id, reference, request(), &live.unwrap(), Wish::Prove, at(0))
    }

    #[test]
    fn wa_02_whatever_is_proved_gives_the_session_another_key() {
        let held = held();
        let here = Some(held.key());
        let renew = |remembers| Carry::Renew {
            held: &held,
            remembers,
        };
        let other = Some(SessionKey([9; 32]));
        let hour = 3600;
        let table = [
            (known(), Some(&held), here, 10, Carry::Use(held.id())),
            (proved(known()), Some(&held), here, 10, renew(true)),
            // Another tab was faster: the session has another key than the browser showed here.
            (proved(known()), Some(&held), other, 10, renew(true)),
            (on_errand(), Some(&held), here, 10, renew(true)),
            // By the first door.
            (opened(), None, None, 10, Carry::Begin),
            (opened(), None, other, 10, Carry::Begin),
            (opened(), Some(&held), here, 10, renew(true)),
            (opened(), Some(&held), None, 10, renew(false)),
            (opened(), Some(&held), other, 10, renew(false)),
            (opened(), Some(&held), here, hour - 1, renew(true)),
            (opened(), Some(&held), here, hour, renew(false)),
        ];
        for (nth, (login, held, shown, now, expected)) in table.into_iter().enumerate() {
            let carried = Carry::of(&login, held, shown, Limits::USUAL, at(now));
            assert_eq!(carried, expected, "{nth}");
        }
    }
}
