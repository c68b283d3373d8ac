//! Why a turn stops, and how a person and an administrator are told.
//!
//! Owns what each error of the core, the store and the adapters means for whoever sees it. Does not own the words of the
//! page: the server has those.
//!
//! **Invariant:** what is only a detour (another request was faster) is no problem: it is neither logged nor told as
//! one.

use vestibule_core::{
    flow::{FlowError, Login, Stage},
    port::{Conflict, FactorError, StoreError, UpstreamError},
    request::Reply,
    routing::Route,
};

use crate::{Engine, Leads, Outcome, Problem, ProblemKind, Shown, WayOn};

/// Why a turn stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The application of this label is told no, and nobody else: it forbade to show anything.
    Answered(Box<Reply>, String),
    /// The factor was used in another login at the same moment.
    FactorOvertaken,
    /// Another request moved the logout on; it goes on at the page with this handle.
    LogoutOvertaken(String),
    /// Another request moved the login on, or changed the person or their session; it goes on at the page with this
    /// handle.
    Overtaken(String),
    /// Something to be told.
    Problem(Box<Problem>),
}

/// What a turn comes to.
pub(crate) type Turned<T = Shown> = Result<T, Stop>;

impl Engine {
    /// The end of a public call: detours are taken, problems are logged.
    pub(crate) fn tell(&self, turned: Turned) -> Outcome {
        match turned {
            Ok(shown) => Ok(shown),
            Err(Stop::Answered(reply, app)) => Ok(Shown::Answer(*reply, app)),
            Err(Stop::LogoutOvertaken(handle)) => Ok(Shown::LogoutAt {
                handle,
                forgets: false,
            }),
            Err(Stop::Overtaken(handle)) => Ok(Shown::Onward(handle)),
            Err(Stop::FactorOvertaken) => Err(self.logged(Box::new(self.stray_problem(
                ProblemKind::Unavailable,
                "factor_changed",
                "the factor changed",
            )))),
            Err(Stop::Problem(problem)) => Err(self.logged(problem)),
        }
    }

    fn logged(&self, problem: Box<Problem>) -> Box<Problem> {
        let app = problem.app.as_ref().map(ToString::to_string);
        tracing::warn!(reference = %problem.reference, app, code = problem.code, detail = problem.detail, "login stopped");
        problem
    }

    /// A problem of this login.
    pub(crate) fn problem(
        &self,
        login: &Login,
        kind: ProblemKind,
        code: &'static str,
        detail: impl ToString,
    ) -> Stop {
        let open =
            login.ensure_open(self.parts.clock.now()).is_ok() && kind != ProblemKind::OtherBrowser;
        Stop::Problem(Box::new(Problem {
            kind,
            code,
            detail: detail.to_string(),
            app: Some(login.request().app.clone()),
            reference: login.reference().clone(),
            way_on: open.then(|| self.way_on(login)),
            answer: None,
        }))
    }

    fn way_on(&self, login: &Login) -> WayOn {
        let chooses = matches!(login.stage(), Stage::Routing)
            && matches!(self.first_route(login.request()), Route::Choose(_));
        WayOn {
            handle: self.page_of(login),
            leads: if chooses {
                Leads::ToChoice
            } else {
                Leads::Onward
            },
        }
    }

    /// A problem that belongs to no login.
    pub(crate) fn stray(
        &self,
        kind: ProblemKind,
        code: &'static str,
        detail: impl ToString,
    ) -> Stop {
        Stop::Problem(Box::new(self.stray_problem(kind, code, detail)))
    }

    pub(crate) fn stray_problem(
        &self,
        kind: ProblemKind,
        code: &'static str,
        detail: impl ToString,
    ) -> Problem {
        let reference = self.new_reference();
        Problem {
            kind,
            code,
            detail: detail.to_string(),
            app: None,
            reference,
            way_on: None,
            answer: None,
        }
    }

    /// A step that the core refused.
    pub(crate) fn out_of_step(&self, login: &Login, error: FlowError) -> Stop {
        let kind = match error {
            FlowError::Expired => ProblemKind::Expired,
            FlowError::OtherBrowser => ProblemKind::OtherBrowser,
            FlowError::Closed
            | FlowError::Foreign
            | FlowError::OutOfOrder
            | FlowError::WrongUpstream => ProblemKind::Finished,
        };
        self.problem(login, kind, error.code(), error)
    }

    /// The store did not do what it was asked.
    pub(crate) fn store_failed(&self, login: &Login, error: &StoreError) -> Stop {
        let kind = match error {
            StoreError::Conflict(Conflict::Enrolment) => return Stop::FactorOvertaken,
            StoreError::Conflict(Conflict::Login | Conflict::Person) => {
                return Stop::Overtaken(self.page_of(login));
            }
            StoreError::Conflict(Conflict::AlreadyUsed | Conflict::Token) => ProblemKind::Finished,
            StoreError::Conflict(Conflict::Session) if login.errand().is_none() => {
                return Stop::Overtaken(self.page_of(login));
            }
            StoreError::Conflict(Conflict::Session) => ProblemKind::SignedOut,
            StoreError::Conflict(Conflict::Keys | Conflict::Logout | Conflict::TooManyLogins)
            | StoreError::Corrupt(_)
            | StoreError::Overloaded
            | StoreError::Unavailable(_) => ProblemKind::Unavailable,
        };
        self.problem(login, kind, error.code(), error)
    }

    /// A factor gave no verdict. Never a reason to let somebody pass.
    pub(crate) fn factor_failed(&self, login: &Login, error: &FactorError) -> Stop {
        self.problem(login, ProblemKind::Unavailable, error.code(), error)
    }

    /// An upstream did not say who the person is.
    pub(crate) fn upstream_failed(
        &self,
        login: &Login,
        label: &str,
        error: &UpstreamError,
    ) -> Stop {
        let upstream = label.to_owned();
        let kind = match error {
            UpstreamError::Misbehaved { .. } => ProblemKind::UpstreamMisbehaved { upstream },
            UpstreamError::Refused { .. } | UpstreamError::WrongCredentials { .. } => {
                ProblemKind::UpstreamRefused { upstream }
            }
            UpstreamError::Unreachable { .. } => ProblemKind::UpstreamUnreachable { upstream },
        };
        self.problem(login, kind, error.code(), error)
    }
}
