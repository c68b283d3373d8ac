//! Why a harness could not do its work.

use std::{fmt, io};

use vestibule_demo::browser::BrowserError;

/// What kept a test from having its server, its page or its second opinion.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The browser does not show what was expected.
    #[error(transparent)]
    Browser(#[from] BrowserError),
    /// Chromium does not do what it was told.
    #[error("Chromium: {what}: {said}")]
    Chromium {
        /// The command.
        what: String,
        /// What it answered.
        said: String,
    },
    /// The file system, or starting a program, failed.
    #[error("{what}: {cause}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A program that a test needs is not on this machine.
    #[error("{program} is not installed; on Debian and Ubuntu: apt-get install {package}")]
    Missing {
        /// The program.
        program: String,
        /// The Debian package that brings it.
        package: &'static str,
    },
    /// A server was started and did not come up.
    #[error("{server} did not become ready: {reason}; the end of its log:\n{log}")]
    NotReady {
        /// The server.
        server: &'static str,
        /// Whether it ended, or took too long.
        reason: String,
        /// The last lines that it wrote.
        log: String,
    },
    /// A page is not what the test took it for.
    #[error("{what}; the page:\n{page}")]
    Page {
        /// What is missing or wrong.
        what: String,
        /// The address, the status and the body.
        page: String,
    },
    /// A program ended with an error.
    #[error("{program} failed:\n{output}")]
    Tool {
        /// The program and its arguments.
        program: String,
        /// What it wrote.
        output: String,
    },
}

/// Tests unwrap; what they then print should be the sentence, not the struct.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// For `map_err`: says what was tried when the system refused.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |cause| Self::Io { what, cause }
    }
}
