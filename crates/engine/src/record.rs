//! What is written down about a login, and what an administrator finds in the log under its reference.

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    flow::{FlowError, Login, Stage},
    id::Reference,
    port::{Commit, Conflict, FactorError, StoreError},
};

use crate::{Engine, Problem, ProblemKind, Visitor, handle::Purpose};

impl Engine {
    /// A record with everything that is known about the login.
    pub(crate) fn record(
        &self,
        login: &Login,
        visitor: Visitor,
        event: AuditEvent,
        result: AuditResult,
    ) -> AuditRecord {
        let upstream = match login.stage() {
            Stage::AtUpstream { upstream, .. } => Some(upstream.clone()),
            Stage::Returned(identity) => Some(identity.upstream.clone()),
            Stage::Between(between) => Some(between.person.id.upstream().clone()),
            Stage::Routing | Stage::Closed(_) => None,
        };
        AuditRecord {
            reference: Some(login.reference().clone()),
            app: Some(login.request().app.clone()),
            person: login.person().map(|person| person.id.clone()),
            upstream,
            address: visitor.address,
            ..AuditRecord::new(self.parts.clock.now(), event, result)
        }
    }

    /// Writes down something that changed nothing else. If even that fails, the log has it.
    pub(crate) async fn write_down(&self, record: AuditRecord) {
        let commit = Commit {
            audit: vec![record.clone()],
            ..Commit::default()
        };
        if let Err(error) = self.parts.store.commit(commit).await {
            tracing::error!(
                code = error.code(), %error, reference = record.reference.as_ref().map(Reference::as_str), reason = record.reason,
                "the audit record could not be written"
            );
        }
    }

    /// A number for something that has no login.
    pub(crate) fn new_reference(&self) -> Reference {
        Reference::from_random(self.parts.entropy.bytes())
    }

    /// A problem of this login, told to the person and to the log.
    pub(crate) fn problem(
        &self,
        login: &Login,
        kind: ProblemKind,
        code: &str,
        detail: &str,
    ) -> Problem {
        tracing::warn!(reference = %login.reference(), app = %login.request().app, code, detail, "login stopped");
        let open = login.ensure_open(self.parts.clock.now()).is_ok();
        Problem {
            kind,
            code: code.to_owned(),
            reference: login.reference().clone(),
            handle: open.then(|| self.parts.handles.mint(Purpose::Page, login.id())),
        }
    }

    /// A step that the core refused.
    pub(crate) fn out_of_step(&self, login: &Login, error: FlowError) -> Problem {
        let kind = match error {
            FlowError::Expired => ProblemKind::Expired,
            FlowError::OtherBrowser => ProblemKind::OtherBrowser,
            FlowError::Closed
            | FlowError::Foreign
            | FlowError::OutOfOrder
            | FlowError::WrongUpstream => ProblemKind::Finished,
        };
        let mut problem = self.problem(login, kind, error.code(), &error.to_string());
        if error == FlowError::OtherBrowser {
            problem.handle = None;
        }
        problem
    }

    /// The store did not do what it was asked.
    pub(crate) fn store_failed(&self, login: &Login, error: &StoreError) -> Problem {
        let kind = match error {
            StoreError::Conflict(Conflict::Enrolment) => ProblemKind::FactorOvertaken,
            StoreError::Conflict(Conflict::Login) => ProblemKind::Overtaken,
            StoreError::Conflict(Conflict::AlreadyUsed) => ProblemKind::Finished,
            StoreError::Conflict(Conflict::TooManyLogins) => ProblemKind::Unavailable,
            StoreError::Corrupt(_) | StoreError::Unavailable(_) => ProblemKind::Unavailable,
        };
        self.problem(login, kind, error.code(), &error.to_string())
    }

    /// A factor gave no verdict. Never a reason to let somebody pass.
    pub(crate) fn factor_failed(&self, login: &Login, error: &FactorError) -> Problem {
        self.problem(
            login,
            ProblemKind::Unavailable,
            error.code(),
            &error.to_string(),
        )
    }

    /// A problem that belongs to no login.
    pub(crate) fn stray(&self, kind: ProblemKind, code: &str, detail: &str) -> Problem {
        let reference = self.new_reference();
        tracing::warn!(%reference, code, detail, "request refused");
        Problem {
            kind,
            code: code.to_owned(),
            reference,
            handle: None,
        }
    }
}
