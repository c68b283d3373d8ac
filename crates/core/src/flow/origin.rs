//! Where somebody comes from who passed the first door before this login: a session of their browser.
//!
//! Owns the ways from a session between the doors, to the next application and on an errand, and what is kept of it in
//! the login. Does not own what the session is good for there: policy says so when the login is settled.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Between, ERRAND_LIFETIME, Errand, FlowError, Login, Stage, Step, Wish};
use crate::{
    id::{LoginId, Reference, SessionId},
    request::AuthnRequest,
    session::{Limits, Live, SingleSignOn},
};

/// The session that a person came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Which, whatever its key is by then. It must still be there when something comes of the login, which goes on with
    /// it.
    pub id: SessionId,
    /// What the application takes of it.
    pub takes: SingleSignOn,
}

impl Login {
    /// A person comes from a live session on an errand. They have passed the first door, and stand between the doors
    /// with what the session remembers. The errand ends when the account would shut at the latest: what it renews is no younger.
    #[must_use]
    pub fn on_errand(
        id: LoginId,
        reference: Reference,
        request: AuthnRequest,
        live: &Live,
        wish: Wish,
        now: DateTime<Utc>,
    ) -> Self {
        let session = live.session();
        Self {
            id,
            reference,
            browser: Some(session.browser()),
            opener: None,
            request,
            session: Some(Origin::of(live, SingleSignOn::Shared)),
            errand: Some(Errand { wish, since: now }),
            sent_again: false,
            stage: between_from(live),
            expires_at: (session.started_at() + Limits::ACCOUNT.absolute)
                .min(now + ERRAND_LIFETIME),
            revision: 0,
        }
    }

    /// Step 2: where a login goes on. The browser's live session, if there is one of somebody whom the request expects,
    /// leads straight between the doors with what it remembers, as far as application and request take that, and ask for
    /// no first door that was passed later. Otherwise the person comes by the first door, and passes it anew where what
    /// was passed before would not do.
    ///
    /// # Errors
    /// [`FlowError::OtherBrowser`] unless the session is of the browser that the login is bound to; else as ever.
    pub fn goes_on(
        self,
        live: Option<&Live>,
        takes: SingleSignOn,
        now: DateTime<Utc>,
    ) -> Result<Self, FlowError> {
        self.ensure_open(now)?;
        if self.stage != Stage::Routing {
            return Err(FlowError::OutOfOrder);
        }
        let request = &self.request;
        let takes_sessions = request.takes_sessions(takes);
        // A session was not enough, if that is how they came to be sent again.
        let goes_by_session = takes_sessions && !self.sent_again;
        let is_young = |live: &&Live| {
            let age = now - live.session().authenticated_at();
            let is_enough = |most| age <= TimeDelta::seconds(i64::from(most));
            request.max_age.is_none_or(is_enough)
        };
        let Some(live) = live.filter(|_| goes_by_session).filter(is_young) else {
            let wants_anew = !takes_sessions || request.max_age.is_some();
            return Ok(if wants_anew { self.anew() } else { self });
        };
        if self.browser != Some(live.session().browser()) {
            return Err(FlowError::OtherBrowser);
        }
        Ok(Self {
            session: Some(Origin::of(live, takes)),
            ..self.into_stage(between_from(live))
        })
    }

    /// Step 2: the first door must be passed anew, whatever session the upstream has (SAML core 3.4.1, `ForceAuthn`).
    #[must_use]
    pub fn anew(mut self) -> Self {
        self.request.force_authn = true;
        self
    }

    /// What the person proved counts no more: the login stands where it began, and wants the first door passed anew. A
    /// session that the upstream has may be the very one that was to be shut out.
    #[must_use]
    pub fn start_over(self) -> Self {
        self.back_to_the_first_door().anew()
    }

    /// The person passes a second factor at the upstream anew, if it asks them for one. Nothing is demanded of it that the
    /// application did not ask for: what it says is weighed as before, and once in a login is enough.
    pub(super) fn send_again(self) -> Self {
        let sent = Self {
            sent_again: true,
            ..self.back_to_the_first_door()
        };
        // How old the session was is known; how old the next answer is must be asked of the upstream.
        if sent.request.max_age.is_some() {
            sent.anew()
        } else {
            sent
        }
    }

    fn back_to_the_first_door(self) -> Self {
        Self {
            session: None,
            errand: None,
            ..self.into_stage(Stage::Routing)
        }
    }
}

impl Origin {
    fn of(live: &Live, takes: SingleSignOn) -> Self {
        let session = live.session();
        Self {
            id: session.id(),
            takes,
        }
    }
}

/// The stage of somebody who comes from a session.
fn between_from(live: &Live) -> Stage {
    let session = live.session();
    Stage::Between(Box::new(Between {
        person: session.person().clone(),
        since: session.started_at(),
        remembered: session.evidence().to_vec(),
        evidence: Vec::new(),
        declined: Vec::new(),
        step: Step::Decide,
    }))
}
