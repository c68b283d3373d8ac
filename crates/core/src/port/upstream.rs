//! The port to identity providers that we ask.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use thiserror::Error;

use super::{Answer, Callback, Prompt, UpstreamSignOff};
use crate::{
    id::UpstreamId,
    identity::{PersonId, VerifiedIdentity},
    request::{AuthnRequest, Memo},
};

/// What an upstream gets to begin with.
#[derive(Debug, Clone, Copy)]
pub struct Begin<'a> {
    /// The opaque handle that must come back: RelayState, or `state`. At most 80 bytes.
    pub handle: &'a str,
    /// What the application asked.
    pub request: &'a AuthnRequest,
    /// The person should be authenticated anew, as with `force_authn`; but an answer that was not made anew is no wrong
    /// one.
    pub wishes_anew: bool,
    /// The mail address or user name that the person typed, or that the application hinted.
    pub login_hint: Option<&'a str>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// An identity provider: steps 3 and 4.
#[async_trait]
pub trait Upstream: Send + Sync {
    /// Its id.
    fn id(&self) -> &UpstreamId;

    /// How the person gets there.
    ///
    /// # Errors
    /// [`UpstreamError`] if it cannot be asked now.
    async fn begin(&self, begin: Begin<'_>) -> Result<(Prompt, Memo), UpstreamError>;

    /// The handle in a callback, so that its login can be found. Not yet trusted.
    fn handle_in(&self, callback: &Callback) -> Option<String>;

    /// Judges the answer to what [`begin`](Self::begin) asked.
    ///
    /// # Errors
    /// [`UpstreamError`]; nothing of the answer counts then.
    async fn finish(
        &self,
        memo: &Memo,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdentity, UpstreamError>;

    /// How it has people signed out here, if it can.
    fn sign_off(&self) -> Option<&dyn UpstreamSignOff> {
        None
    }
}

/// Why an upstream did not say who the person is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UpstreamError {
    /// Its answer breaks the protocol, is not meant for us, or is forged.
    #[error("{detail}")]
    Misbehaved {
        /// Stable reason code, such as `audience_mismatch`.
        code: &'static str,
        /// For an administrator: expected, received, remedy.
        detail: String,
    },
    /// It said no.
    #[error("{detail}")]
    Refused {
        /// Stable reason code.
        code: &'static str,
        /// For an administrator: what it said.
        detail: String,
    },
    /// It could not be reached, or did not answer in time.
    #[error("{detail}")]
    Unreachable {
        /// For an administrator: address and cause.
        detail: String,
    },
    /// User name or password is wrong, or the account is disabled: the person is not told which.
    #[error("{detail}")]
    WrongCredentials {
        /// Stable reason code.
        code: &'static str,
        /// For an administrator: which it was.
        detail: String,
        /// Whose account it is, if there is one: so that the attempt is found under their name.
        person: Option<PersonId>,
    },
}

impl UpstreamError {
    /// The reason code for the audit record.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Misbehaved { code, .. }
            | Self::Refused { code, .. }
            | Self::WrongCredentials { code, .. } => code,
            Self::Unreachable { .. } => "upstream_unreachable",
        }
    }
}
