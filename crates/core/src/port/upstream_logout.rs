//! The port to identity providers that tell us of the end of their sessions.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Callback, UpstreamError};
use crate::{
    identity::Subject,
    request::{Memo, Reply},
    upstream_logout::{Carrier, UpstreamLogout},
};

/// How an identity provider has people signed out here.
#[async_trait]
pub trait UpstreamSignOff: Send + Sync {
    /// Who carries its messages.
    fn carrier(&self) -> Carrier;

    /// Judges its message.
    ///
    /// # Errors
    /// [`UpstreamError`]; nothing ends then.
    async fn hear(
        &self,
        message: &Callback,
        now: DateTime<Utc>,
    ) -> Result<UpstreamLogout, UpstreamError>;

    /// Does the name in the message mean the person whom the provider called so when they came? The value is the same
    /// already.
    fn is_about(&self, logout: &UpstreamLogout, subject: &Subject) -> bool;

    /// Answers a message that a browser brought; `None` if it wants no answer, or the provider has no address for it.
    /// `is_complete`: everybody was told who has to be.
    ///
    /// # Errors
    /// [`UpstreamError`] if no answer can be made.
    async fn answer(
        &self,
        reply: &Memo,
        is_complete: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<Reply>, UpstreamError>;
}
