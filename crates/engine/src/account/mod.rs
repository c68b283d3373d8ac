//! The account page: who may see it, and what it shows.
//!
//! Owns the way from a browser's token to the person behind it, read afresh each time: a session that is over, that
//! shows itself in another browser, or that policy would not grant again now, opens nothing, and the person comes by
//! the first door. Does not own that way (it is a login like every other), nor what may be changed
//! ([`vestibule_core::account`]).

mod change;
mod screen;

use vestibule_core::{
    account::Place,
    id::AppId,
    policy::{Facts, Outcome as Verdict},
    port::{Commit, Incoming, SessionChange, StoreError},
    request::Protocol,
    session::{Live, Session},
};

pub use self::{
    change::Change,
    screen::{AccountFault, AccountScreen, FactorShown, FactorState},
};
use crate::{
    Engine, Outcome, ProblemKind, SessionToken, Shown, Visitor,
    snapshot::Snapshot,
    stop::{Stop, Turned},
};

/// A use is remembered when the last one is so long ago: often enough, and no write for every click.
const REMEMBER_AFTER: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// Somebody with a live session, and what was read of them now.
struct Guest {
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
    pub async fn account(
        &self,
        place: Place,
        token: Option<&SessionToken>,
        visitor: Visitor,
    ) -> Outcome {
        let shown = async {
            match self.guest(token, visitor).await? {
                Some(guest) => {
                    self.remember_use(&guest).await?;
                    self.account_page(&guest, place, None)
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
    pub async fn account_back(&self, token: Option<&SessionToken>, visitor: Visitor) -> Outcome {
        let shown = async {
            let guest = self.guest(token, visitor).await?;
            Ok(match guest {
                Some(_) => Shown::At(Place::Overview),
                None => Shown::SignedOut,
            })
        };
        self.tell(shown.await)
    }

    /// Ends the session. Who has none is signed out already.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem).
    pub async fn sign_out(
        &self,
        token: Option<&SessionToken>,
        form: Option<&str>,
        visitor: Visitor,
    ) -> Outcome {
        let shown = async {
            if let Some(guest) = self.guest(token, visitor).await? {
                self.check_form(&guest, form)?;
                self.end(guest.live.session())
                    .await
                    .map_err(|error| self.account_failed(&error))?;
            }
            Ok(Shown::SignedOut)
        };
        self.tell(shown.await)
    }

    /// Who is there? Nobody, if anything about the session is not as it must be.
    async fn guest(&self, token: Option<&SessionToken>, visitor: Visitor) -> Turned<Option<Guest>> {
        let (Some(token), Some(browser)) = (token, visitor.browser) else {
            return Ok(None);
        };
        let failed = |error| self.account_failed(&error);
        let found = self.parts.store.session(token.key()).await;
        let Some(session) = found.map_err(failed)? else {
            return Ok(None);
        };
        let live = match session.live(browser, self.parts.clock.now()) {
            Ok(live) => live,
            Err(over) => {
                tracing::debug!(code = over.code(), "a session is over");
                return Ok(None);
            }
        };
        let account = AppId::account();
        let snapshot = self
            .look_at(live.session().person(), &account, visitor)
            .await
            .map_err(failed)?;
        let guest = Guest {
            live,
            snapshot,
            account,
            visitor,
        };
        let decision = self.parts.policy.decide_account(&self.facts_of(&guest));
        if let Verdict::Allow { .. } = decision.outcome {
            return Ok(Some(guest));
        }
        // Disabled, a factor gone, a stronger one there, another rule: it would not be granted again now.
        self.end(guest.live.session()).await.map_err(failed)?;
        Ok(None)
    }

    fn facts_of<'g>(&'g self, guest: &'g Guest) -> Facts<'g> {
        let session = guest.live.session();
        self.facts(
            &guest.snapshot,
            session.person(),
            &guest.account,
            session.evidence(),
        )
    }

    async fn remember_use(&self, guest: &Guest) -> Turned<()> {
        let (session, now) = (guest.live.session(), self.parts.clock.now());
        if now - session.used_at() < REMEMBER_AFTER {
            return Ok(());
        }
        let used = self.parts.store.use_session(session.key(), now).await;
        used.map_err(|error| self.account_failed(&error))
    }

    async fn end(&self, session: &Session) -> Result<(), StoreError> {
        let commit = Commit {
            session: Some(SessionChange::End(session.key())),
            ..Commit::default()
        };
        self.parts.store.commit(commit).await
    }

    /// A form must be one that this very session was shown (attack row WA-01).
    fn check_form(&self, guest: &Guest, form: Option<&str>) -> Turned<()> {
        let key = guest.live.session().key();
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
