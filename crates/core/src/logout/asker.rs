//! Who asks for a logout, and how much their message says for itself.
//!
//! Owns what is kept of a request until it is answered. Does not own the message (its adapter does).

use serde::{Deserialize, Serialize};

use crate::{
    id::{AppId, UpstreamId},
    request::{Memo, Protocol},
};

/// How much the message of an application says for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It shows what only somebody has who knew the session (an ID token): good for the session of this very browser.
    Hinted,
    /// It is the application's own (a signed message): good for every session that it names, wherever that is.
    Proven,
    /// Any page may have sent the browser here: the person is asked first.
    Unproven,
}

/// What the browser shows that a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shows {
    /// Its cookie: else nobody can say which session it has.
    pub cookie: bool,
    /// A session, which the request is not about, or may not end.
    pub session: bool,
    /// The request was kept before, and the browser is back.
    pub parked: bool,
}

/// What becomes of a request that ends nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmet {
    /// The person is asked: nobody may be signed out by a link (attack row WA-01).
    Ask,
    /// Whoever asked is told that it is done: nobody learns who is signed in.
    Nothing,
    /// It is kept until the browser comes back with its cookie, as it does by itself.
    Park,
}

impl Standing {
    /// May it end the session of the browser that brought it, if it is about that?
    #[must_use]
    pub fn may_end_held(self) -> bool {
        self != Self::Unproven
    }

    /// May it end sessions that it names, in whichever browser they are?
    #[must_use]
    pub fn may_end_named(self) -> bool {
        self == Self::Proven
    }

    /// What becomes of a request of this standing that is about no session that it may end.
    #[must_use]
    pub fn unmet(self, shows: Shows) -> Unmet {
        match (self, shows.cookie, shows.session) {
            (Self::Hinted | Self::Unproven, true, true) => Unmet::Ask,
            // A cross-site POST brings no cookie.
            (_, false, _) if !shows.parked => Unmet::Park,
            _ => Unmet::Nothing,
        }
    }
}

/// What an application asks for, once its message was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutRequest {
    /// Which application; `None` if nobody says.
    pub app: Option<AppId>,
    /// In which protocol.
    pub protocol: Protocol,
    /// How much it says for itself.
    pub standing: Standing,
    /// Whom it is about, in the adapter's words; they are held against what the application was told.
    pub about: Memo,
    /// The sessions that it names, as the application knows them.
    pub sessions: Vec<String>,
    /// What the adapter needs for the answer.
    pub reply: Memo,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// An application, which is answered at the end.
    Application(LogoutRequest),
    /// The person, on a page of ours.
    Person,
    /// The upstream that the session began with, which is answered at the end.
    Upstream {
        /// Which.
        upstream: UpstreamId,
        /// What its adapter needs for the answer.
        reply: Memo,
    },
}

impl Asker {
    /// The application, if it is one, and says which.
    #[must_use]
    pub fn app(&self) -> Option<&AppId> {
        match self {
            Self::Application(request) => request.app.as_ref(),
            Self::Person | Self::Upstream { .. } => None,
        }
    }
}
