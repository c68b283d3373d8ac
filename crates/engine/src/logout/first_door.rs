//! The upstream of a session that ended: the way there and back.
//!
//! Owns whether a logout goes on to it, that each outcome is written down, and that an answer counts once. Does not own the
//! message (the adapter does), nor what the upstream tells us of its own accord (`upstream`).

use vestibule_core::{
    audit::{AuditRecord, AuditResult},
    id::UpstreamId,
    identity::Person,
    logout::{Asker, FirstDoor, Heard, Logout, LogoutFault, Next, Onward},
    port::{Commit, Leaving, UpstreamError},
    reason,
    request::Reply,
};

use crate::{Engine, Shown, Visitor, handle::Purpose, stop::Turned};

/// What came back from an upstream.
pub(super) struct Back<'a> {
    pub(super) handle: &'a str,
    pub(super) heard: Heard,
    pub(super) is_signed: bool,
}

/// What came of telling an upstream.
enum Told {
    /// It answered.
    Heard(Heard),
    /// It gave no answer.
    Silent,
    /// No message could be made for it.
    Unspoken(UpstreamError),
}

impl Engine {
    /// The first door of a session of this person, if that has a session of its own. An upstream that was taken out of the
    /// configuration is none any more.
    pub(super) fn first_door(
        &self,
        person: &Person,
        asker: &Asker,
        may_lead: bool,
    ) -> Option<FirstDoor> {
        let part = self.parts.upstreams.get(person.id.upstream())?;
        let sign_off = part.adapter.sign_off()?;
        let onward = match part.onward {
            Onward::Offered if !sign_off.can_be_left() => Onward::None,
            onward => onward,
        };
        FirstDoor::of(person, onward, asker, may_lead)
    }

    /// The browser leaves for the upstream; `Err` with the logout as it goes on, where no message can be made.
    pub(super) async fn leave_for(
        &self,
        logout: Logout,
        door: FirstDoor,
        visitor: Visitor,
    ) -> Turned<Result<Shown, Logout>> {
        match self.request_to(&logout, &door).await {
            Ok(reply) => {
                let leaving = logout.leaving(self.parts.clock.now());
                let leaving = leaving.map_err(|fault| self.logout_fault(fault))?;
                self.keep_logout(leaving, Commit::default()).await?;
                let label = self.upstream_label(&door.upstream);
                Ok(Ok(Shown::Leave(reply, label)))
            }
            Err(error) => {
                tracing::warn!(reference = %logout.reference(), upstream = %door.upstream, code = error.code(), %error, "an upstream cannot be told of a logout");
                let told = Told::Unspoken(error);
                let with = self.told_there(&logout, &door.upstream, &told, visitor);
                let passed = logout.unspoken_there();
                let passed = passed.map_err(|fault| self.logout_fault(fault))?;
                Ok(Err(self.keep_logout(passed, with).await?))
            }
        }
    }

    async fn request_to(&self, logout: &Logout, door: &FirstDoor) -> Result<Reply, UpstreamError> {
        let unknown = |code, cause: &str| UpstreamError::Misbehaved {
            code,
            detail: format!("upstream `{}`: {cause}", door.upstream),
        };
        let sign_off = self.parts.upstreams.get(&door.upstream);
        let sign_off = sign_off.and_then(|part| part.adapter.sign_off());
        let sign_off = sign_off.ok_or_else(|| {
            unknown(
                "upstream_unknown",
                "it was taken out of the configuration, or disabled, since the person came",
            )
        })?;
        let known_by = door.known_by.as_ref().ok_or_else(|| {
            unknown(
                reason::named("logout_session_unknown"),
                "nothing was kept of its session, for `logout: none` was set for it when that began",
            )
        })?;
        let purpose = Purpose::SignOut(&door.upstream);
        let handle = self.parts.handles.mint_logout(purpose, logout.id());
        let leaving = Leaving {
            handle: &handle,
            known_by,
            now: self.parts.clock.now(),
        };
        sign_off.leave(leaving).await
    }

    /// The upstream answers. A signed answer counts from whichever browser, as an application's does: it names the very
    /// request that it answers. One that is not signed counts in the browser of the logout.
    pub(super) async fn back_from(
        &self,
        upstream: &UpstreamId,
        back: Back<'_>,
        visitor: Visitor,
    ) -> Turned {
        let purpose = Purpose::SignOut(upstream);
        let id = self.parts.handles.open_logout(purpose, back.handle);
        let found = match id {
            Some(id) => self.parts.store.logout(id).await,
            None => Ok(None),
        };
        let found = found.map_err(|error| self.logout_failed(&error))?;
        let Some(logout) = found else {
            return Err(self.answer_unexpected(upstream, visitor).await);
        };
        let now = self.parts.clock.now();
        let logout = match (back.is_signed, visitor.browser) {
            (true, _) => Ok(logout),
            (false, Some(browser)) => logout.bind(browser, now),
            (false, None) => Err(LogoutFault::OtherBrowser),
        };
        let logout = logout.map_err(|fault| self.logout_fault(fault))?;
        let told = Told::Heard(back.heard);
        let with = self.told_there(&logout, upstream, &told, visitor);
        match logout.heard_there(upstream, back.heard, now) {
            Ok(logout) => {
                let logout = self.keep_logout(logout, with).await?;
                Ok(self.at_logout(&logout))
            }
            Err(LogoutFault::Expired) => Err(self.logout_fault(LogoutFault::Expired)),
            Err(_) => Err(self.answer_unexpected(upstream, visitor).await),
        }
    }

    /// It goes on without the answer that is waited for, whosever that is.
    pub(super) async fn pass_over(&self, logout: Logout, visitor: Visitor) -> Turned<Logout> {
        let with = match logout.next() {
            Next::WaitThere(door) => {
                self.told_there(&logout, &door.upstream, &Told::Silent, visitor)
            }
            _ => Commit::default(),
        };
        let passed = logout.without_answer();
        let passed = passed.map_err(|fault| self.logout_fault(fault))?;
        self.keep_logout(passed, with).await
    }

    fn told_there(
        &self,
        logout: &Logout,
        upstream: &UpstreamId,
        told: &Told,
        visitor: Visitor,
    ) -> Commit {
        let detail = told.detail();
        let record = self.upstream_record(
            upstream,
            visitor,
            told.result(),
            told.code(),
            detail.as_deref(),
        );
        Commit {
            audit: vec![AuditRecord {
                reference: Some(logout.reference().clone()),
                ..record
            }],
            ..Commit::default()
        }
    }
}

impl Told {
    fn result(&self) -> AuditResult {
        match self {
            Self::Heard(Heard::Done) => AuditResult::Success,
            Self::Heard(Heard::Partly | Heard::Refused) | Self::Silent | Self::Unspoken(_) => {
                AuditResult::Failure
            }
        }
    }

    /// The reason in the audit log.
    fn code(&self) -> &'static str {
        match self {
            Self::Heard(Heard::Done) => "upstream_logout_complete",
            Self::Heard(Heard::Partly) => "upstream_logout_partial",
            Self::Heard(Heard::Refused) => "upstream_logout_refused",
            Self::Silent => "upstream_logout_unanswered",
            Self::Unspoken(error) => error.code(),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Heard(_) | Self::Silent => None,
            Self::Unspoken(error) => Some(error.to_string()),
        }
    }
}
