//! Step 2, for who is known already: a live session in this browser leads straight between the doors.
//!
//! Owns which session a request shows, and whether this application and this request take it. Does not own what it is
//! good for there (policy says, when the login is settled), nor how long it lasts ([`vestibule_core::session`]).

use vestibule_core::{
    flow::FlowError,
    identity::Person,
    port::StoreError,
    request::{AuthnRequest, Protocol},
    session::{Limits, Live, SingleSignOn},
};

use crate::{Engine, Visitor, stop::Turned, turn::Turn};

impl Engine {
    /// The session that this browser shows, if it is live within these limits.
    pub(crate) async fn live_session(
        &self,
        visitor: Visitor,
        limits: Limits,
    ) -> Result<Option<Live>, StoreError> {
        let (Some(key), Some(browser)) = (visitor.session, visitor.browser) else {
            return Ok(None);
        };
        let Some(session) = self.parts.store.session(key).await? else {
            return Ok(None);
        };
        match session.live(browser, limits, self.parts.clock.now()) {
            Ok(live) => Ok(Some(live)),
            Err(over) => {
                tracing::debug!(code = over.code(), "a session is over");
                Ok(None)
            }
        }
    }

    /// Moves a login between the doors if its browser has a session that counts for it. If not, it stays where it is,
    /// and wants the first door passed anew where the application says how old that may be at most.
    pub(crate) async fn resume(&self, turn: Turn) -> Turned<Turn> {
        let request = turn.login.request();
        let takes = self.single_sign_on(request);
        if takes == SingleSignOn::Off || request.force_authn {
            return turn.step(self, |login| Ok(login.anew()));
        }
        let live = self.live_session(turn.visitor, self.limits_for(request));
        let live = live
            .await
            .map_err(|error| self.store_failed(&turn.login, &error))?;
        let now = self.parts.clock.now();
        if let Some(live) = live
            && self.is_wanted(turn.login.request(), live.session().person())
        {
            match turn.login.clone().resumed(&live, takes, now) {
                Ok(login) => return Ok(turn.settled(login)),
                Err(FlowError::Anew) => {}
                Err(error) => return Err(self.out_of_step(&turn.login, error)),
            }
        }
        if turn.login.request().max_age.is_some() {
            return turn.step(self, |login| Ok(login.anew()));
        }
        Ok(turn)
    }

    fn single_sign_on(&self, request: &AuthnRequest) -> SingleSignOn {
        let app = self.parts.apps.get(&request.app);
        app.map_or(SingleSignOn::Off, |app| app.single_sign_on)
    }

    /// Where factors are changed, a session counts for a shorter time.
    pub(crate) fn limits_for(&self, request: &AuthnRequest) -> Limits {
        match request.protocol {
            Protocol::Account => Limits::ACCOUNT,
            Protocol::Oidc | Protocol::Saml => self.parts.limits,
        }
    }

    /// Is this whom the application expects, as far as it says, and would routing lead them to where they come from?
    fn is_wanted(&self, request: &AuthnRequest, person: &Person) -> bool {
        let hint = request.login_hint.as_deref();
        let is_theirs = |hint: &str| {
            let mail = person.mail.as_deref();
            mail.is_some_and(|mail| mail.eq_ignore_ascii_case(hint))
                || person.subject.value == hint
                || person.id.name() == hint
        };
        let mail = hint.or(person.mail.as_deref());
        let upstream = person.id.upstream();
        hint.is_none_or(is_theirs) && self.parts.routing.permits(&request.app, mail, upstream)
    }
}
