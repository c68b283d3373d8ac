//! Logouts: a session ends, and its applications are told, one after the other.
//!
//! Owns what an application's message about a logout leads to, and whose browser may see a logout. Does not own which
//! session is meant and how it ends (`begin`), what is kept until that is known (`park`), the way from one application to the
//! next (`go_on`) and to the upstream (`first_door`), or who is told without a browser: the store queues them, and the
//! server calls them.
//!
//! **Invariant:** no application is told of the end before the transaction that ended the session; nothing ends that the
//! browser, or a signed message, does not show to be theirs (attack row WA-01).

mod begin;
mod first_door;
mod go_on;
mod once;
mod park;
mod record;
mod screen;
mod upstream;

use std::sync::Arc;

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    flow::BrowserKey,
    id::AppId,
    logout::{Heard, Logout, LogoutFault, Next},
    port::{
        Commit, Conflict, Incoming, LogoutChange, LogoutMessage, Rejection, SignOff, StoreError,
    },
    request::Protocol,
};

pub use self::screen::{FirstDoorShown, LogoutAsk, LogoutScreen, PartingShown};
use crate::{
    Engine, Outcome, ProblemKind, Shown, Visitor,
    handle::Purpose,
    stop::{Stop, Turned},
};

/// What a person does on a page of a logout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutAct {
    /// Goes on without the answer that is waited for.
    Continue,
    /// Wants the session at the upstream to end, too.
    Onward,
    /// Says yes: they want to be signed out.
    SignOut,
}

impl Engine {
    /// An application's message about a logout arrives in a browser.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem) to be told on our own page; nothing ends, and nothing is sent anywhere.
    pub async fn hear_logout(
        &self,
        protocol: Protocol,
        incoming: &Incoming,
        visitor: Visitor,
    ) -> Outcome {
        let heard = async {
            let sign_off = self.sign_off(protocol)?;
            match sign_off.hear(incoming, self.parts.clock.now()).await {
                Ok(LogoutMessage::Request { request, once }) => {
                    self.asked_to_end(request, once, visitor).await
                }
                Ok(LogoutMessage::Answer { app, handle, heard }) => {
                    self.hear_answer(&app, &handle, heard, visitor).await
                }
                Err(rejection) => Err(self.logout_rejected(rejection, visitor).await),
            }
        };
        self.tell(heard.await)
    }

    /// Shows where a logout is, and goes on as far as nobody has to be waited for.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem).
    pub async fn show_logout(&self, handle: &str, visitor: Visitor) -> Outcome {
        let shown = async {
            let logout = self.load_logout(handle, visitor).await?;
            self.go_on_telling(logout, visitor).await
        };
        self.tell(shown.await)
    }

    /// Does what a person wants on a page of a logout, if that is the page that it is at.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem).
    pub async fn act_on_logout(
        &self,
        handle: &str,
        step: Option<i64>,
        act: LogoutAct,
        visitor: Visitor,
    ) -> Outcome {
        let done = async {
            let logout = self.load_logout(handle, visitor).await?;
            if step != Some(logout.revision()) {
                return Ok(self.at_logout(&logout));
            }
            match act {
                LogoutAct::SignOut => self.confirmed(logout, visitor).await,
                LogoutAct::Continue => {
                    let waits = matches!(logout.next(), Next::Wait(_) | Next::WaitThere(_));
                    let logout = match waits {
                        true => self.pass_over(logout, visitor).await?,
                        false => logout,
                    };
                    Ok(self.at_logout(&logout))
                }
                LogoutAct::Onward => {
                    let Ok(onward) = logout.clone().onward() else {
                        return Ok(self.at_logout(&logout));
                    };
                    let onward = self.keep_logout(onward, Commit::default()).await?;
                    Ok(self.at_logout(&onward))
                }
            }
        };
        self.tell(done.await)
    }

    /// An application answers. It counts from whichever browser: the message is the application's own, and names the
    /// very request that it answers. The browser goes on at its page.
    async fn hear_answer(
        &self,
        app: &AppId,
        handle: &str,
        heard: Heard,
        visitor: Visitor,
    ) -> Turned {
        let id = self
            .parts
            .handles
            .open_logout(Purpose::SignOff(app), handle);
        let found = match id {
            Some(id) => self.parts.store.logout(id).await,
            None => Ok(None),
        };
        let found = found.map_err(|error| self.logout_failed(&error))?;
        let unknown = || Rejection {
            code: "logout_answer_unexpected",
            detail: format!("application `{app}` answers a request that is not pending"),
            app: Some(app.clone()),
            tell: Default::default(),
        };
        let Some(logout) = found else {
            return Err(self.logout_rejected(unknown(), visitor).await);
        };
        match logout.heard(app, heard, self.parts.clock.now()) {
            Ok(logout) => {
                let logout = self.keep_logout(logout, Commit::default()).await?;
                Ok(self.at_logout(&logout))
            }
            Err(LogoutFault::Expired) => Err(self.logout_fault(LogoutFault::Expired)),
            Err(_) => Err(self.logout_rejected(unknown(), visitor).await),
        }
    }

    /// The logout behind a page's handle, in the browser that it belongs to.
    async fn load_logout(&self, handle: &str, visitor: Visitor) -> Turned<Logout> {
        let unknown = || {
            self.stray(
                ProblemKind::UnknownLogout,
                "logout_unknown",
                "no logout has this handle",
            )
        };
        let id = self.parts.handles.open_logout(Purpose::Logout, handle);
        let logout = self.parts.store.logout(id.ok_or_else(unknown)?).await;
        let logout = logout.map_err(|error| self.logout_failed(&error))?;
        let browser: BrowserKey = visitor
            .browser
            .ok_or_else(|| self.logout_fault(LogoutFault::OtherBrowser))?;
        logout
            .ok_or_else(unknown)?
            .bind(browser, self.parts.clock.now())
            .map_err(|fault| self.logout_fault(fault))
    }

    /// Commits the next state of a logout, with what belongs to it.
    async fn keep_logout(&self, logout: Logout, with: Commit) -> Turned<Logout> {
        let commit = Commit {
            logout: Some(LogoutChange::Replace(logout.clone())),
            ..with
        };
        let revision = logout.revision() + 1;
        match self.parts.store.commit(commit).await {
            Ok(()) => Ok(logout.at_revision(revision)),
            Err(StoreError::Conflict(Conflict::Logout)) => {
                Err(Stop::LogoutOvertaken(self.logout_handle(&logout)))
            }
            Err(error) => Err(self.logout_failed(&error)),
        }
    }

    fn sign_off(&self, protocol: Protocol) -> Turned<&Arc<dyn SignOff>> {
        self.parts.sign_offs.get(&protocol).ok_or_else(|| {
            let detail = "no application that speaks this protocol can be signed out of";
            self.stray(ProblemKind::LogoutRejected, "protocol_off", detail)
        })
    }

    fn logout_handle(&self, logout: &Logout) -> String {
        self.parts.handles.mint_logout(Purpose::Logout, logout.id())
    }

    /// The browser goes on at the page of this logout.
    fn at_logout(&self, logout: &Logout) -> Shown {
        Shown::LogoutAt {
            handle: self.logout_handle(logout),
            forgets: false,
        }
    }

    async fn logout_rejected(&self, rejection: Rejection, visitor: Visitor) -> Stop {
        let kind = ProblemKind::LogoutRejected;
        let mut problem = self.stray_problem(kind, rejection.code, &rejection.detail);
        let record = AuditRecord::new(
            self.parts.clock.now(),
            AuditEvent::Logout,
            AuditResult::Failure,
        );
        let record = AuditRecord {
            reference: Some(problem.reference.clone()),
            app: rejection.app.clone(),
            address: visitor.address,
            ..record.because(rejection.code, Some(&rejection.detail))
        };
        self.write_down_stray(record, visitor).await;
        problem.app = rejection.app;
        Stop::Problem(Box::new(problem))
    }

    fn logout_fault(&self, fault: LogoutFault) -> Stop {
        let kind = match fault {
            LogoutFault::Expired | LogoutFault::OutOfOrder => ProblemKind::UnknownLogout,
            LogoutFault::OtherBrowser => ProblemKind::LogoutElsewhere,
        };
        self.stray(kind, fault.code(), fault)
    }

    fn logout_failed(&self, error: &StoreError) -> Stop {
        self.stray(ProblemKind::LogoutUnavailable, error.code(), error)
    }
}
