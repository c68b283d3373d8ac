//! The first door: the upstream that the session began with, which has a session of its own.
//!
//! Owns whether it hears of a logout, and how far the telling is. Does not own the message (its adapter does), nor what
//! the upstream tells us of its own accord ([`crate::upstream_logout`]).
//!
//! **Invariant:** a logout that came from the upstream does not go back to it, and one in another browser than the
//! session's leads nobody there.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Asker, Heard};
use crate::{id::UpstreamId, identity::Person, request::Memo};

/// Whether a logout goes on to the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Onward {
    /// In each logout, before whoever asked is answered.
    Always,
    /// Never. The last page says that the upstream may still know the person.
    None,
    /// If the person wants it: the last page asks. The upstream's session is good for more than what is behind us, so it
    /// is theirs to end.
    #[default]
    Offered,
}

/// The upstream of a session that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstDoor {
    /// Which.
    pub upstream: UpstreamId,
    /// By what it knows the person and its session, in its adapter's words; `None` if nothing was kept of that.
    pub known_by: Option<Memo>,
    /// How far the telling is.
    pub state: FirstDoorState,
}

/// How far the telling of the upstream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstDoorState {
    /// The browser was sent there, and is not back.
    Asked {
        /// When.
        at: DateTime<Utc>,
    },
    /// It says that its session is over.
    Confirmed,
    /// It is not told, and its session may go on.
    Left,
    /// The person may have it told.
    Offered,
    /// It says that its session is over, but not everything behind it.
    Partly,
    /// It says that its session goes on.
    Refused,
    /// It gave no answer.
    Silent,
    /// The browser is to go there.
    ToBeAsked,
    /// No message could be made for it, or nobody may be led there.
    Unspoken,
}

impl FirstDoor {
    /// How it stands when a session of this person ends. `None` for one that asked: it knows.
    #[must_use]
    pub fn of(person: &Person, onward: Onward, asker: &Asker, may_lead: bool) -> Option<Self> {
        let state = match (onward, may_lead) {
            _ if matches!(asker, Asker::Upstream { .. }) => return None,
            (Onward::Always, true) => FirstDoorState::ToBeAsked,
            (Onward::Always, false) => FirstDoorState::Unspoken,
            (Onward::Offered, true) if person.upstream_proof.for_logout.is_some() => {
                FirstDoorState::Offered
            }
            (Onward::None | Onward::Offered, _) => FirstDoorState::Left,
        };
        Some(Self {
            upstream: person.id.upstream().clone(),
            known_by: person.upstream_proof.for_logout.clone(),
            state,
        })
    }
}

impl FirstDoorState {
    /// Nothing went wrong: it did what was wanted, or nothing was.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::Confirmed | Self::Left | Self::Offered)
    }
}

impl From<Heard> for FirstDoorState {
    fn from(heard: Heard) -> Self {
        match heard {
            Heard::Done => Self::Confirmed,
            Heard::Partly => Self::Partly,
            Heard::Refused => Self::Refused,
        }
    }
}
