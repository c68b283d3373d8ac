//! One logout from its beginning to its end.
//!
//! Owns the states of the whole, what comes next, and every transition; each consumes it. Does not own what is told to
//! whom (adapters do), nor when it is stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Asker, Farewell, FirstDoor, FirstDoorState, Heard, LIFETIME, LogoutRequest, Parting,
    PartingState, Way, parting::parted,
};
use crate::{
    flow::BrowserKey,
    id::{AppId, LogoutId, Reference, UpstreamId},
    identity::PersonId,
    session::Participation,
};

/// How far a logout is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// Nothing has ended: the browser must show its session, or the person must say yes.
    Asked(LogoutRequest),
    /// The session is over.
    Telling {
        asker: Asker,
        person: PersonId,
        partings: Vec<Parting>,
        #[serde(default)]
        first_door: Option<FirstDoor>,
        #[serde(default)]
        is_elsewhere: bool,
    },
    /// Everybody was told who could be, and whoever asked has its answer. What is left is the upstream, if the person wants
    /// that.
    Over {
        partings: Vec<Parting>,
        #[serde(default)]
        first_door: Option<FirstDoor>,
    },
}

/// One logout, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logout {
    id: LogoutId,
    reference: Reference,
    browser: Option<BrowserKey>,
    stage: Stage,
    expires_at: DateTime<Utc>,
    #[serde(skip)]
    revision: i64,
}

/// What comes next in a logout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next<'l> {
    /// All is told: whoever asked is to be answered ([`Logout::finish`]).
    Answer,
    /// It has to be found out what shall end.
    Decide(&'l LogoutRequest),
    /// These are told in frames, all at once.
    Frames,
    /// The browser goes to the upstream.
    Leave(&'l FirstDoor),
    /// Nothing: it is over.
    Over,
    /// The browser goes to this application.
    Visit(&'l Parting),
    /// This application has not answered.
    Wait(&'l Parting),
    /// The upstream has not answered.
    WaitThere(&'l FirstDoor),
}

/// Why a logout does not move so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LogoutFault {
    /// It took too long.
    #[error("the logout has expired")]
    Expired,
    /// It belongs to another browser.
    #[error("the logout belongs to another browser")]
    OtherBrowser,
    /// It is at another step.
    #[error("the logout is at another step")]
    OutOfOrder,
}

impl LogoutFault {
    /// The reason code for the log.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "logout_expired",
            Self::OtherBrowser => "logout_other_browser",
            Self::OutOfOrder => "logout_out_of_order",
        }
    }
}

/// What a logout is called, and where it goes on.
#[derive(Debug, Clone)]
pub struct Name {
    /// What it is called in the store.
    pub id: LogoutId,
    /// What it is called in the log.
    pub reference: Reference,
    /// The browser that it belongs to; `None` where a message came without a cookie: the first one that shows one.
    pub browser: Option<BrowserKey>,
}

/// What ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Whose session.
    pub person: PersonId,
    /// The applications that took part in it, each of which can be told in this way.
    pub partings: Vec<(Participation, Way)>,
    /// The upstream that it began with, if it has a session of its own.
    pub first_door: Option<FirstDoor>,
    /// The browser is not that of the session: whoever has it learns nothing of the applications and of the upstream.
    pub is_elsewhere: bool,
}

impl Ended {
    fn told(self, asker: Asker) -> Stage {
        Stage::Telling {
            partings: parted(&asker, self.partings),
            asker,
            person: self.person,
            first_door: self.first_door,
            is_elsewhere: self.is_elsewhere,
        }
    }
}

impl Logout {
    /// An application asks, and nothing has ended yet.
    #[must_use]
    pub fn asked(name: Name, request: LogoutRequest, now: DateTime<Utc>) -> Self {
        Self::new(name, Stage::Asked(request), now)
    }

    /// A session ends, in the same commit.
    #[must_use]
    pub fn begun(name: Name, asker: Asker, ended: Ended, now: DateTime<Utc>) -> Self {
        Self::new(name, ended.told(asker), now)
    }

    fn new(name: Name, stage: Stage, now: DateTime<Utc>) -> Self {
        Self {
            id: name.id,
            reference: name.reference,
            browser: name.browser,
            stage,
            expires_at: now + LIFETIME,
            revision: 0,
        }
    }

    /// For the store alone: the revision that it was read at.
    #[must_use]
    pub fn at_revision(self, revision: i64) -> Self {
        Self { revision, ..self }
    }

    /// What it is called in the store.
    #[must_use]
    pub fn id(&self) -> LogoutId {
        self.id
    }

    /// The number on pages and in the log.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The browser that it belongs to.
    #[must_use]
    pub fn browser(&self) -> Option<BrowserKey> {
        self.browser
    }

    /// The revision that it was read at.
    #[must_use]
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// When it is over at the latest.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// The applications that took part in the session, once that has ended.
    #[must_use]
    pub fn partings(&self) -> &[Parting] {
        match &self.stage {
            Stage::Asked(_) => &[],
            Stage::Over { partings, .. } | Stage::Telling { partings, .. } => partings,
        }
    }

    /// The upstream of the session, once that has ended.
    #[must_use]
    pub fn first_door(&self) -> Option<&FirstDoor> {
        match &self.stage {
            Stage::Asked(_) => None,
            Stage::Over { first_door, .. } | Stage::Telling { first_door, .. } => {
                first_door.as_ref()
            }
        }
    }

    /// What comes next: first all who are told in frames, for that takes one page; then one visit after another; then the
    /// upstream, whose own logout may lead through other applications and forget the way back.
    #[must_use]
    pub fn next(&self) -> Next<'_> {
        let partings = match &self.stage {
            Stage::Asked(request) => return Next::Decide(request),
            Stage::Over { .. } => return self.next_there().unwrap_or(Next::Over),
            Stage::Telling { partings, .. } => partings,
        };
        let first = |wanted: fn(PartingState) -> bool| {
            partings.iter().find(move |parting| wanted(parting.state))
        };
        if let Some(asked) = first(|state| matches!(state, PartingState::Asked { .. })) {
            return Next::Wait(asked);
        }
        if first(|state| state == PartingState::ToBeFramed).is_some() {
            return Next::Frames;
        }
        match first(|state| state == PartingState::ToBeVisited) {
            Some(parting) => Next::Visit(parting),
            None => self.next_there().unwrap_or(Next::Answer),
        }
    }

    fn next_there(&self) -> Option<Next<'_>> {
        let door = self.first_door()?;
        match door.state {
            FirstDoorState::Asked { .. } => Some(Next::WaitThere(door)),
            FirstDoorState::ToBeAsked => Some(Next::Leave(door)),
            _ => None,
        }
    }

    /// The logout in the browser that it belongs to: the first that shows it, where it belonged to none.
    ///
    /// # Errors
    /// [`LogoutFault::OtherBrowser`], [`LogoutFault::Expired`].
    pub fn bind(self, browser: BrowserKey, now: DateTime<Utc>) -> Result<Self, LogoutFault> {
        if self.browser.is_some_and(|ours| ours != browser) {
            return Err(LogoutFault::OtherBrowser);
        }
        let bound = Self {
            browser: Some(browser),
            ..self
        };
        bound.open(now)
    }

    fn open(self, now: DateTime<Utc>) -> Result<Self, LogoutFault> {
        if now < self.expires_at {
            Ok(self)
        } else {
            Err(LogoutFault::Expired)
        }
    }

    /// What was asked for happens: a session ends, in the same commit.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if something has ended already.
    pub fn granted(self, ended: Ended) -> Result<Self, LogoutFault> {
        let Stage::Asked(request) = self.stage else {
            return Err(LogoutFault::OutOfOrder);
        };
        let stage = ended.told(Asker::Application(request));
        Ok(Self { stage, ..self })
    }

    /// There is nothing to end: the logout is over, and whoever asked is told that it is so.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if something has ended, or it is over already.
    pub fn dismissed(self) -> Result<Self, LogoutFault> {
        let Stage::Asked(_) = self.stage else {
            return Err(LogoutFault::OutOfOrder);
        };
        let stage = Stage::Over {
            partings: Vec::new(),
            first_door: None,
        };
        Ok(Self { stage, ..self })
    }

    /// The frames of these are shown now. For others that were to have one no address could be made: they are not told.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if there are none, or somebody is to be waited for first.
    pub fn framed(self, shown: &[AppId]) -> Result<Self, LogoutFault> {
        if self.next() != Next::Frames {
            return Err(LogoutFault::OutOfOrder);
        }
        self.moved(|parting| match parting.state {
            PartingState::ToBeFramed if shown.contains(&parting.app) => Some(PartingState::Framed),
            PartingState::ToBeFramed => Some(PartingState::Untold),
            _ => None,
        })
    }

    /// The browser leaves for the application that is next.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if that is another one.
    pub fn visiting(self, app: &AppId, now: DateTime<Utc>) -> Result<Self, LogoutFault> {
        if !matches!(self.next(), Next::Visit(parting) if parting.app == *app) {
            return Err(LogoutFault::OutOfOrder);
        }
        self.moved(|parting| (parting.app == *app).then_some(PartingState::Asked { at: now }))
    }

    /// No message could be made for the application that is next.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if that is another one.
    pub fn unspoken(self, app: &AppId) -> Result<Self, LogoutFault> {
        if !matches!(self.next(), Next::Visit(parting) if parting.app == *app) {
            return Err(LogoutFault::OutOfOrder);
        }
        self.moved(|parting| (parting.app == *app).then_some(PartingState::Untold))
    }

    /// An application answered.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if the browser was not sent there, or it answered before.
    pub fn heard(self, app: &AppId, heard: Heard, now: DateTime<Utc>) -> Result<Self, LogoutFault> {
        self.open(now)?.moved(|parting| {
            let is_asked = matches!(parting.state, PartingState::Asked { .. });
            (is_asked && parting.app == *app).then(|| heard.into())
        })
    }

    /// The browser leaves for the upstream.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if it is not its turn.
    pub fn leaving(self, now: DateTime<Utc>) -> Result<Self, LogoutFault> {
        self.moved_there(
            |state| state == FirstDoorState::ToBeAsked,
            FirstDoorState::Asked { at: now },
        )
    }

    /// No message could be made for the upstream.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if it is not its turn.
    pub fn unspoken_there(self) -> Result<Self, LogoutFault> {
        self.moved_there(
            |state| state == FirstDoorState::ToBeAsked,
            FirstDoorState::Unspoken,
        )
    }

    /// The upstream answered.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if the browser was not sent there, it answered before, or the session was another one's.
    pub fn heard_there(
        self,
        upstream: &UpstreamId,
        heard: Heard,
        now: DateTime<Utc>,
    ) -> Result<Self, LogoutFault> {
        let logout = self.open(now)?;
        if logout.first_door().map(|door| &door.upstream) != Some(upstream) {
            return Err(LogoutFault::OutOfOrder);
        }
        logout.moved_there(
            |state| matches!(state, FirstDoorState::Asked { .. }),
            heard.into(),
        )
    }

    /// The person wants the upstream's session to end, too.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if that is not offered, or whoever asked waits for an answer.
    pub fn onward(self) -> Result<Self, LogoutFault> {
        if self.next() != Next::Over {
            return Err(LogoutFault::OutOfOrder);
        }
        self.moved_there(
            |state| state == FirstDoorState::Offered,
            FirstDoorState::ToBeAsked,
        )
    }

    /// It goes on without the answer that is waited for.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if none is.
    pub fn without_answer(self) -> Result<Self, LogoutFault> {
        if matches!(self.next(), Next::WaitThere(_)) {
            return self.moved_there(
                |state| matches!(state, FirstDoorState::Asked { .. }),
                FirstDoorState::Silent,
            );
        }
        self.moved(|parting| {
            let is_asked = matches!(parting.state, PartingState::Asked { .. });
            is_asked.then_some(PartingState::Silent)
        })
    }

    /// All is told: the logout is over, and whoever asked may be answered. In another browser than the session's only what
    /// that brought itself is kept for its page: else an application could read there which others its people use.
    ///
    /// # Errors
    /// [`LogoutFault::OutOfOrder`] if somebody is still to be told, or it is over already.
    pub fn finish(self) -> Result<(Self, Farewell), LogoutFault> {
        if self.next() != Next::Answer {
            return Err(LogoutFault::OutOfOrder);
        }
        let Stage::Telling {
            asker,
            person,
            partings,
            first_door,
            is_elsewhere,
        } = self.stage
        else {
            return Err(LogoutFault::OutOfOrder);
        };
        let brought = is_elsewhere.then(|| asker.app().cloned());
        let farewell = Farewell {
            asker,
            person,
            is_complete: partings.iter().all(|parting| parting.state.is_done())
                && first_door.as_ref().is_none_or(|door| door.state.is_done()),
        };
        let stage = match brought {
            None => Stage::Over {
                partings,
                first_door,
            },
            Some(app) => Stage::Over {
                partings: partings
                    .into_iter()
                    .filter(|parting| app.as_ref() == Some(&parting.app))
                    .collect(),
                first_door: None,
            },
        };
        Ok((Self { stage, ..self }, farewell))
    }

    /// The upstream in another state, if it is in one of these, and its turn has come.
    fn moved_there(
        mut self,
        from: impl Fn(FirstDoorState) -> bool,
        to: FirstDoorState,
    ) -> Result<Self, LogoutFault> {
        let has_turn = matches!(
            self.next(),
            Next::Leave(_) | Next::Over | Next::WaitThere(_)
        );
        let door = match &mut self.stage {
            Stage::Asked(_) => None,
            Stage::Over { first_door, .. } | Stage::Telling { first_door, .. } => {
                first_door.as_mut()
            }
        };
        let Some(door) = door.filter(|door| has_turn && from(door.state)) else {
            return Err(LogoutFault::OutOfOrder);
        };
        door.state = to;
        Ok(self)
    }

    /// The partings that `change` names another state for, in that; at least one must be.
    fn moved(
        mut self,
        change: impl Fn(&Parting) -> Option<PartingState>,
    ) -> Result<Self, LogoutFault> {
        let Stage::Telling { partings, .. } = &mut self.stage else {
            return Err(LogoutFault::OutOfOrder);
        };
        let mut has_moved = false;
        for parting in partings {
            if let Some(state) = change(parting) {
                parting.state = state;
                has_moved = true;
            }
        }
        if has_moved {
            Ok(self)
        } else {
            Err(LogoutFault::OutOfOrder)
        }
    }
}
