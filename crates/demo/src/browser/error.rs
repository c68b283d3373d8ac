//! Why the browser does not show what was expected.

use std::fmt;

/// Why the browser does not show what was expected.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum BrowserError {
    /// A page is not what it was taken for.
    #[error("{what}; the page:\n{page}")]
    Page {
        /// What is missing or wrong.
        what: String,
        /// The address, the status and the body.
        page: String,
    },
    /// A request got no answer.
    #[error("no answer from {url}: {cause}")]
    Unreachable {
        /// The address asked.
        url: String,
        /// What the client said.
        #[source]
        cause: reqwest::Error,
    },
}

/// Tests unwrap; what they then print should be the sentence, not the struct.
impl fmt::Debug for BrowserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
