//! What a page of a logout says.

use url::Url;
use vestibule_core::{id::Reference, logout::PartingState};

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
    },
    /// Whether the person wants to be signed out.
    SignOut {
        /// Who says so, if it says who it is.
        app: Option<String>,
    },
    /// An application has not answered.
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
