//! What a page of a logout says.

use url::Url;
use vestibule_core::{
    id::Reference,
    logout::{FirstDoorState, PartingState},
};

/// A page of a logout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutScreen {
    /// The handle in its address.
    pub handle: String,
    /// The step that its forms belong to; a form of another step is not acted on.
    pub step: i64,
    /// The number in the log.
    pub reference: Reference,
    /// What it is about.
    pub ask: LogoutAsk,
}

/// What it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoutAsk {
    /// These addresses are to be shown in frames; then it goes on.
    Frames {
        /// Of applications.
        addresses: Vec<Url>,
    },
    /// It is over.
    Over {
        /// What became of each application.
        partings: Vec<PartingShown>,
        /// And of the upstream, if it has a session of its own.
        first_door: Option<FirstDoorShown>,
    },
    /// Whether the person wants to be signed out.
    SignOut {
        /// Who says so, if it says who it is.
        app: Option<String>,
    },
    /// An application, or the upstream, has not answered.
    Wait {
        /// Which.
        app: String,
    },
}

/// What became of one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartingShown {
    /// What people call it.
    pub app: String,
    /// How far it came.
    pub state: PartingState,
}

/// What became of the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstDoorShown {
    /// What people call it.
    pub upstream: String,
    /// How far it came.
    pub state: FirstDoorState,
}
