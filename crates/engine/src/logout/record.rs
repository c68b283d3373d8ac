//! What is written down of a logout: its beginning, with the end of the session, and its own end.

use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    id::{AppId, Reference},
    identity::PersonId,
    logout::{Asker, Farewell, FirstDoor, FirstDoorState, Logout, LogoutRequest, PartingState},
    session::Session,
};

use crate::{Engine, Visitor};

impl Engine {
    /// A session ends.
    pub(super) fn logout_begins(
        &self,
        asker: &Asker,
        session: &Session,
        reference: &Reference,
        visitor: Visitor,
    ) -> AuditRecord {
        AuditRecord {
            reference: Some(reference.clone()),
            ..self.of_logout(
                asker.app(),
                Some(&session.person().id),
                AuditResult::Success,
                visitor,
            )
        }
        .because("session_ended", Some(&session.id().to_string()))
    }

    /// All were told who could be. `logout` is as it was when the last of them was.
    pub(super) fn logout_ends(
        &self,
        logout: &Logout,
        farewell: &Farewell,
        visitor: Visitor,
    ) -> AuditRecord {
        let mut states = logout.partings().iter().map(|parting| parting.state);
        let (result, code) = match farewell.is_complete() {
            false => (AuditResult::Failure, "logout_partial"),
            true if states.any(PartingState::is_pending) => {
                (AuditResult::Success, "logout_pending")
            }
            true => (AuditResult::Success, "logout_complete"),
        };
        let told: Vec<String> = logout
            .partings()
            .iter()
            .map(|parting| format!("{}: {}", parting.app, word(parting.state)))
            .collect();
        let told: Vec<String> = told
            .into_iter()
            .chain(logout.first_door().map(there))
            .collect();
        let told = told.join(", ");
        let (app, person) = (farewell.asker().app(), farewell.person());
        AuditRecord {
            reference: Some(logout.reference().clone()),
            ..self.of_logout(app, Some(person), result, visitor)
        }
        .because(code, (!told.is_empty()).then_some(&told))
    }

    /// Somebody asked for the end of a session that is not there.
    pub(super) fn logout_vain(
        &self,
        request: &LogoutRequest,
        parked: Option<&Logout>,
        visitor: Visitor,
    ) -> AuditRecord {
        AuditRecord {
            reference: parked.map(|parked| parked.reference().clone()),
            ..self.of_logout(request.app.as_ref(), None, AuditResult::Failure, visitor)
        }
        .because("logout_no_session", None)
    }

    /// Somebody asked, and it was not kept until they say yes, or their browser is back.
    pub(super) fn logout_unkept(
        &self,
        request: &LogoutRequest,
        person: Option<&PersonId>,
        reference: &Reference,
        visitor: Visitor,
    ) -> AuditRecord {
        AuditRecord {
            reference: Some(reference.clone()),
            ..self.of_logout(request.app.as_ref(), person, AuditResult::Failure, visitor)
        }
    }

    /// Of a flood of such records only the first are kept (attack row WA-21).
    pub(super) fn brake_stray(&self, record: AuditRecord, visitor: Visitor) -> Vec<AuditRecord> {
        let is_kept = self.brake.writes_down(visitor);
        is_kept.then_some(record).into_iter().collect()
    }

    fn of_logout(
        &self,
        app: Option<&AppId>,
        person: Option<&PersonId>,
        result: AuditResult,
        visitor: Visitor,
    ) -> AuditRecord {
        AuditRecord {
            app: app.cloned(),
            person: person.cloned(),
            upstream: person.map(|person| person.upstream().clone()),
            address: visitor.address,
            ..AuditRecord::new(self.parts.clock.now(), AuditEvent::Logout, result)
        }
    }
}

/// The upstream, for an administrator.
fn there(door: &FirstDoor) -> String {
    let state = match door.state {
        FirstDoorState::Asked { .. } | FirstDoorState::ToBeAsked => "open",
        FirstDoorState::Confirmed => "confirmed",
        FirstDoorState::Left => "not told",
        FirstDoorState::Offered => "the person decides",
        FirstDoorState::Partly => "confirmed, not everywhere behind it",
        FirstDoorState::Refused => "refused",
        FirstDoorState::Silent => "no answer",
        FirstDoorState::Unspoken => "cannot be told",
    };
    format!("upstream {}: {state}", door.upstream)
}

/// A state, for an administrator.
fn word(state: PartingState) -> &'static str {
    match state {
        PartingState::Asked { .. } | PartingState::ToBeFramed | PartingState::ToBeVisited => "open",
        PartingState::Asker => "asked for it",
        PartingState::Called => "is being called",
        PartingState::Confirmed => "confirmed",
        PartingState::Framed => "framed, gives no answer",
        PartingState::Partly => "confirmed, not everywhere behind it",
        PartingState::Refused => "refused",
        PartingState::Silent => "no answer",
        PartingState::Untold => "cannot be told",
    }
}
