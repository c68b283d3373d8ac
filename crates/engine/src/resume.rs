//! Step 2, for who is known already: a live session in this browser leads straight between the doors.
//!
//! Owns which session a browser shows, and what is looked up before the core is asked about it: the limits that count for
//! the protocol, whether the application takes sessions, and whether routing would lead the person to where they come
//! from. Does not own what the session is good for there: policy says that, when the login is settled.

use vestibule_core::{
    flow::BrowserKey,
    identity::Person,
    port::StoreError,
    request::{AuthnRequest, Protocol},
    session::{Limits, Live, Session, SingleSignOn},
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
        Ok(self.live_within(limits, session, browser))
    }

    /// This session, if it is of this browser and live now.
    pub(crate) fn live_within(
        &self,
        limits: Limits,
        session: Session,
        browser: BrowserKey,
    ) -> Option<Live> {
        let live = session.live(browser, limits, self.parts.clock.now());
        live.inspect_err(|over| tracing::debug!(code = over.code(), "a session is over"))
            .ok()
    }

    /// Moves a login between the doors if its browser has a session that counts for it
    /// ([`Login::goes_on`](vestibule_core::flow::Login::goes_on)).
    pub(crate) async fn resume(&self, turn: Turn) -> Turned<Turn> {
        let request = turn.login.request();
        let takes = self.single_sign_on(request);
        let live = if request.takes_sessions(takes) {
            let live = self.live_session(turn.visitor, self.limits_for(request));
            live.await
                .map_err(|error| self.store_failed(&turn.login, &error))?
        } else {
            None
        };
        let live =
            live.filter(|live| self.is_wanted(turn.login.request(), live.session().person()));
        let now = self.parts.clock.now();
        let turn = turn.step(self, |login| login.goes_on(live.as_ref(), takes, now))?;
        Ok(turn.resumed_from(live))
    }

    /// What the application takes of sessions.
    pub(crate) fn single_sign_on(&self, request: &AuthnRequest) -> SingleSignOn {
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

    /// Is this whom the application expects, and would routing lead them to where they come from?
    fn is_wanted(&self, request: &AuthnRequest, person: &Person) -> bool {
        let mail = request.login_hint.as_deref().or(person.mail.as_deref());
        let upstream = person.id.upstream();
        request.expects(person) && self.parts.routing.permits(&request.app, mail, upstream)
    }
}
