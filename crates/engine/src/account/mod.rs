//! The account page: who may see it, and what it shows.
//!
//! Owns the way from a browser's token to the person behind it, read afresh each time: a session that is over for this
//! page, that shows itself in another browser, or that policy would not grant again now, opens nothing, and a login
//! begins. Does not own that way (it is a login like every other), nor what may be changed
//! ([`vestibule_core::account`]).

mod change;
mod screen;
mod sessions;

use vestibule_core::{
    account::Place,
    id::AppId,
    policy::{Facts, Outcome as Verdict},
    port::{Incoming, StoreError},
    request::Protocol,
    session::{Limits, Live, SessionKey},
};

pub use self::{
    change::Change,
    screen::{AccountFault, AccountScreen, FactorShown, FactorState},
    sessions::{EndSessions, SessionShown},
};
use crate::{
    Engine, Outcome, ProblemKind, Shown, Visitor,
    snapshot::Snapshot,
    stop::{Stop, Turned},
};

/// A use is remembered when the last one is so long ago: often enough, and no write for every click.
const REMEMBER_AFTER: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// Somebody with a live session, and what was read of them now.
struct SignedIn {
    live: Live,
    snapshot: Snapshot,
    account: AppId,
    visitor: Visitor,
}

impl Engine {
    /// Shows a page of the account, or begins the login that leads to it.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem).
    pub async fn account(&self, place: Place, visitor: Visitor) -> Outcome {
        let shown = async {
            match self.signed_in(visitor).await? {
                Some(signed_in) => {
                    self.remember_use(&signed_in).await?;
                    self.account_page(&signed_in, place, None).await
                }
                None => {
                    let incoming = Incoming {
                        query: place.path(),
                        form: None,
                    };
                    self.open(Protocol::Account, &incoming, visitor).await
                }
            }
        };
        self.tell(shown.await)
    }

    /// Where a login for the account leads that came to nothing: back to the page, if the person is still signed in.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem).
    pub async fn account_back(&self, visitor: Visitor) -> Outcome {
        let shown = async {
            let signed_in = self.signed_in(visitor).await?;
            Ok(match signed_in {
                Some(_) => Shown::At(Place::Overview),
                // A link may lead here, and no link signs anybody out.
                None => Shown::Nobody,
            })
        };
        self.tell(shown.await)
    }

    /// Who is there? Nobody, if anything about the session is not as it must be here. It goes on elsewhere all the same:
    /// a login for the account takes it up as far as it counts.
    async fn signed_in(&self, visitor: Visitor) -> Turned<Option<SignedIn>> {
        let failed = |error| self.account_failed(&error);
        let live = self.live_session(visitor, Limits::ACCOUNT).await;
        let Some(live) = live.map_err(failed)? else {
            return Ok(None);
        };
        let account = AppId::account();
        let snapshot = self
            .look_at(live.session().person(), &account, visitor)
            .await
            .map_err(failed)?;
        if live.session().started_at() < snapshot.guard.valid_from {
            return Ok(None);
        }
        let signed_in = SignedIn {
            live,
            snapshot,
            account,
            visitor,
        };
        let decision = self.parts.policy.decide_account(&self.facts_of(&signed_in));
        let is_in = matches!(decision.outcome, Verdict::Allow { .. });
        Ok(is_in.then_some(signed_in))
    }

    fn facts_of<'s>(&'s self, signed_in: &'s SignedIn) -> Facts<'s> {
        let session = signed_in.live.session();
        self.facts(
            &signed_in.snapshot,
            session.person(),
            &signed_in.account,
            session.evidence(),
        )
    }

    async fn remember_use(&self, signed_in: &SignedIn) -> Turned<()> {
        let (session, now) = (signed_in.live.session(), self.parts.clock.now());
        if now - session.used_at() < REMEMBER_AFTER {
            return Ok(());
        }
        let used = self.parts.store.use_session(session.key(), now).await;
        used.map_err(|error| self.account_failed(&error))
    }

    /// A form must be one that this very session was shown (attack row WA-01).
    pub(crate) fn check_form(&self, key: SessionKey, form: Option<&str>) -> Turned<()> {
        if form.is_some_and(|form| self.parts.handles.is_form_of(key, form)) {
            Ok(())
        } else {
            Err(self.stray(
                ProblemKind::ForeignForm,
                "form_foreign",
                "the form carries no token of this session",
            ))
        }
    }

    fn account_failed(&self, error: &StoreError) -> Stop {
        self.stray(ProblemKind::Unavailable, error.code(), error)
    }
}
