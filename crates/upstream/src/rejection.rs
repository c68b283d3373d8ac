//! Why a message of a provider does not count, before anybody asks which login it was for.
//!
//! Owns the one value that a verdict ends in: the code that the audit log shows and the sentence beside it. Does not
//! own the reasons: each protocol has its own.

use thiserror::Error;
use vestibule_core::{id::UpstreamId, port::UpstreamError};

/// Why a message does not count.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{detail}")]
pub struct Rejection {
    /// The stable reason code, as the audit log has it.
    pub code: &'static str,
    /// For an administrator: expected, received, remedy. It may hold values of the message, cut to a bounded length.
    pub detail: String,
    /// The message is in order, and it is the provider that says no.
    pub refused_by_provider: bool,
}

impl Rejection {
    /// A message that breaks the protocol, is not meant for us, or is forged.
    pub(crate) fn of(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            refused_by_provider: false,
        }
    }

    /// The same, told of the upstream that the message came from.
    pub(crate) fn at(self, upstream: &UpstreamId) -> UpstreamError {
        let detail = format!("upstream `{upstream}`: {}", self.detail);
        let code = self.code;
        if self.refused_by_provider {
            UpstreamError::Refused { code, detail }
        } else {
            UpstreamError::Misbehaved { code, detail }
        }
    }
}
