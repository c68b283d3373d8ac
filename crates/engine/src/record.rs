//! What is written down about a login.

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    flow::{Login, Stage},
    id::Reference,
    port::Commit,
};

use crate::{Engine, Visitor, turn::Turn};

impl Engine {
    /// Something went as the person hoped.
    pub(crate) fn success(&self, turn: &Turn, event: AuditEvent) -> AuditRecord {
        self.record(&turn.login, turn.visitor, event, AuditResult::Success)
    }

    /// Something did not.
    pub(crate) fn failure(&self, turn: &Turn, event: AuditEvent) -> AuditRecord {
        self.record(&turn.login, turn.visitor, event, AuditResult::Failure)
    }

    /// A record with everything that is known about the login.
    fn record(
        &self,
        login: &Login,
        visitor: Visitor,
        event: AuditEvent,
        result: AuditResult,
    ) -> AuditRecord {
        let upstream = match login.stage() {
            Stage::AtUpstream { upstream, .. } => Some(upstream.clone()),
            Stage::Returned { identity, .. } => Some(identity.upstream.clone()),
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
            let reference = record.reference.as_ref().map(Reference::as_str);
            let reason = record.reason;
            tracing::error!(code = error.code(), %error, reference, reason, "the audit record could not be written");
        }
    }

    /// As [`write_down`](Self::write_down), for messages of nobody: of a flood of them only the first are kept here,
    /// the log has all.
    pub(crate) async fn write_down_stray(&self, record: AuditRecord, visitor: Visitor) {
        if self.brake.writes_down(visitor) {
            self.write_down(record).await;
        }
    }

    /// As [`write_down_stray`](Self::write_down_stray), in the transaction of this turn: for what is not counted, and
    /// can be had again at once.
    pub(crate) fn noting_stray(&self, turn: Turn, record: AuditRecord) -> Turn {
        if self.brake.writes_down(turn.visitor) {
            turn.noting(record)
        } else {
            turn
        }
    }

    /// A number for something that has no login.
    pub(crate) fn new_reference(&self) -> Reference {
        Reference::from_random(self.parts.entropy.bytes())
    }
}
