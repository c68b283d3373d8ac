//! One application that took part in the session that ended: how it can be told, and how far the telling is.
//!
//! Owns where each stands in the beginning, and what its states mean. Does not own their order ([`super::run`]).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Asker;
use crate::{
    id::AppId,
    request::{Memo, Protocol},
    session::Participation,
};

/// How an application can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// By us, without the browser, until it takes it.
    Call,
    /// In a frame of a page of ours; what it makes of it nobody hears.
    Frame,
    /// Not at all.
    Nothing,
    /// The browser goes there, and comes back with its answer.
    Visit,
}

/// An application that took part in the session that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parting {
    /// Which.
    pub app: AppId,
    /// In which protocol it is told.
    pub protocol: Protocol,
    /// By what it knows the person and the session.
    pub told: Memo,
    /// How far it is.
    pub state: PartingState,
}

/// How far the telling of one application is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartingState {
    /// The browser was sent there, and is not back.
    Asked {
        /// When.
        at: DateTime<Utc>,
    },
    /// It was what asked, so it knows.
    Asker,
    /// It is told without the browser, by and by.
    Called,
    /// It says that the person is signed out there.
    Confirmed,
    /// It was told in a frame, which gives no answer: whether the person is signed out there, nobody knows.
    Framed,
    /// It says that the person is signed out there, but not everywhere behind it.
    Partly,
    /// It says that the person is not signed out.
    Refused,
    /// It was asked, and gave no answer.
    Silent,
    /// It is to be told in a frame.
    ToBeFramed,
    /// The browser is to go there.
    ToBeVisited,
    /// There is no way to tell it, or no message could be made for it.
    Untold,
}

impl PartingState {
    /// It is called, and whether it has heard nobody knows yet.
    #[must_use]
    pub fn is_pending(self) -> bool {
        self == Self::Called
    }

    /// The person is signed out there, or will be in a moment: it said so, or it is called until it does.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::Asker | Self::Called | Self::Confirmed)
    }
}

/// What an application, or the upstream, made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The person is signed out there.
    Done,
    /// There, but not everywhere behind it.
    Partly,
    /// Not.
    Refused,
}

impl From<Heard> for PartingState {
    fn from(heard: Heard) -> Self {
        match heard {
            Heard::Done => Self::Confirmed,
            Heard::Partly => Self::Partly,
            Heard::Refused => Self::Refused,
        }
    }
}

/// Where everybody stands in the beginning. Whoever asked is not visited: it gets its answer instead.
pub(super) fn parted(asker: &Asker, partings: Vec<(Participation, Way)>) -> Vec<Parting> {
    let asking = asker.app();
    let parted = partings.into_iter().map(|(participation, way)| {
        let is_asker = asking == Some(&participation.app);
        let state = match way {
            Way::Call => PartingState::Called,
            Way::Frame => PartingState::ToBeFramed,
            Way::Nothing | Way::Visit if is_asker => PartingState::Asker,
            Way::Nothing => PartingState::Untold,
            Way::Visit => PartingState::ToBeVisited,
        };
        Parting {
            app: participation.app,
            protocol: participation.protocol,
            told: participation.told,
            state,
        }
    });
    parted.collect()
}
