//! Requests for a logout that are kept until their browser is back with its cookie, or the person says yes.
//!
//! Owns what is kept of them, and whose bound each counts in: a person's own where the browser shows a live session, and
//! else that of all strangers (attack row WA-21). Does not own the bounds (`brake`), nor what becomes of a request later
//! (`begin`).

use vestibule_core::{
    id::LogoutId,
    logout::{Logout, LogoutRequest, Name},
    port::{Commit, LogoutChange},
    reason,
    session::{Live, Session},
};

use super::{begin::Beginning, once::Sender};
use crate::{
    Engine, Problem, ProblemKind, Visitor,
    stop::{Stop, Turned},
};

const TOO_MANY: &str = reason::named("logout_too_many");

impl Engine {
    /// Keeps what was asked until the browser shows its cookie, or the person says yes. `held` is the session of this
    /// browser.
    pub(super) async fn park_logout(
        &self,
        request: LogoutRequest,
        held: Option<Session>,
        beginning: Beginning,
    ) -> Turned {
        let visitor = beginning.visitor;
        // A session that is over by its limits says of nobody that they are here.
        let live = held
            .zip(visitor.browser)
            .and_then(|(held, browser)| self.live_within(self.parts.limits, held, browser));
        self.admit_parked(&request, live.as_ref(), visitor).await?;
        let app = request.app.clone();
        let name = Name {
            id: LogoutId::from_bytes(self.parts.entropy.bytes()),
            reference: self.new_reference(),
            browser: visitor.browser,
        };
        let logout = Logout::asked(name, request, self.parts.clock.now());
        let commit = Commit {
            logout: Some(LogoutChange::Open(logout.clone())),
            once: beginning.once.into_iter().collect(),
            ..Commit::default()
        };
        let sender = Sender::Application(app);
        self.commit_once(commit, sender, visitor).await?;
        Ok(self.at_logout(&logout))
    }

    /// May one more be kept?
    async fn admit_parked(
        &self,
        request: &LogoutRequest,
        live: Option<&Live>,
        visitor: Visitor,
    ) -> Turned<()> {
        let (is_kept, detail) = match live {
            Some(live) => (
                self.brake.parks_for(live),
                "more logouts than one person may have kept",
            ),
            None => (
                self.brake.parks(visitor),
                "more logouts than may be kept of browsers that show no session",
            ),
        };
        if is_kept {
            return Ok(());
        }
        let problem = self.stray_problem(ProblemKind::LogoutTooMany, TOO_MANY, detail);
        let person = live.map(|live| &live.session().person().id);
        let record = self.logout_unkept(request, person, &problem.reference, visitor);
        let record = record.because(TOO_MANY, Some(detail));
        self.write_down_stray(record, visitor).await;
        Err(Stop::Problem(Box::new(Problem {
            app: request.app.clone(),
            ..problem
        })))
    }
}
