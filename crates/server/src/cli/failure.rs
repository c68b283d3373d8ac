//! Why a command could not do what was asked.

use std::io;

use thiserror::Error;
use vestibule_core::port::{FactorError, StoreError};
use vestibule_demo::DemoError;
use vestibule_upstream::local::HashError;

use super::{Exit, Terminal};
use crate::{config::Refused, http::ServeError, wiring::WiringError};

/// Why a command could not do what was asked. Each text is for the administrator at the terminal.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// The configuration has mistakes.
    #[error("{0}\nThe configuration has mistakes; `vestibule check` tells more.")]
    Config(#[from] Refused),
    /// The stand-ins do not run.
    #[error("{0}")]
    Demo(#[from] DemoError),
    /// A factor's secret could not be made.
    #[error("{0}")]
    Factor(#[from] FactorError),
    /// The password cannot be used.
    #[error("{0}")]
    Hash(#[from] HashError),
    /// The terminal, a file or the runtime.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The figures cannot be kept.
    #[error("{0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// What was asked for is not there, or is refused.
    #[error("{0}")]
    No(String),
    /// The result has no JSON form.
    #[error("{0}")]
    Output(#[from] serde_json::Error),
    /// The service does not run.
    #[error("{0}")]
    Serve(#[from] ServeError),
    /// The store said no.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Nobody could look, or do it.
    #[error("{0}")]
    Unable(String),
    /// The arguments make no sense together, or name something that is not in the configuration.
    #[error("{0}")]
    Usage(String),
    /// A part cannot be built as it is configured.
    #[error("{0}")]
    Wiring(#[from] WiringError),
}

impl Failure {
    /// Says it, and with which status the program ends.
    pub(super) fn tell(&self, terminal: &mut dyn Terminal) -> Exit {
        if matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            // `head` has read enough: nothing to complain about.
            return Exit::Unread;
        }
        // Nobody is left to tell when the terminal is gone.
        let _ = terminal.complain(&format!("error: {self}"));
        match self {
            // Somebody else was faster, so the answer to this one is no.
            Self::Hash(_) | Self::No(_) | Self::Store(StoreError::Conflict(_)) => Exit::No,
            Self::Config(_)
            | Self::Demo(_)
            | Self::Factor(_)
            | Self::Io(_)
            | Self::Metrics(_)
            | Self::Output(_)
            | Self::Serve(_)
            | Self::Store(_)
            | Self::Unable(_)
            | Self::Wiring(_) => Exit::Unable,
            Self::Usage(_) => Exit::Usage,
        }
    }
}
