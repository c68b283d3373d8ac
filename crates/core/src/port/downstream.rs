//! The port to applications that ask us.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::{
    grant::Grant,
    id::AppId,
    request::{AuthnRequest, Protocol, Refusal, Reply},
};

pub use super::Callback as Incoming;

/// One application protocol: steps 1 and 10.
#[async_trait]
pub trait Downstream: Send + Sync {
    /// Which.
    fn protocol(&self) -> Protocol;

    /// Judges an application's message.
    ///
    /// # Errors
    /// [`Rejection`]: our own page is shown, and nothing is sent anywhere.
    async fn receive(
        &self,
        incoming: &Incoming,
        now: DateTime<Utc>,
    ) -> Result<AuthnRequest, Rejection>;

    /// Answers with what was granted. The grant is used up.
    ///
    /// # Errors
    /// [`DownstreamError`] if no answer can be made.
    async fn answer(&self, grant: Grant) -> Result<Reply, DownstreamError>;

    /// Answers with a refusal.
    ///
    /// # Errors
    /// [`DownstreamError`] if no answer can be made.
    async fn refuse(
        &self,
        request: &AuthnRequest,
        why: Refusal,
        now: DateTime<Utc>,
    ) -> Result<Reply, DownstreamError>;
}

/// A message that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{detail}")]
pub struct Rejection {
    /// Stable reason code, such as `acs_not_registered`.
    pub code: &'static str,
    /// For an administrator: application, expected, received, remedy.
    pub detail: String,
    /// The application, where it is known.
    pub app: Option<AppId>,
}

/// Why an answer could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{detail}")]
pub struct DownstreamError {
    /// Stable reason code.
    pub code: &'static str,
    /// For an administrator: application, cause, remedy.
    pub detail: String,
}
