//! The port to identity providers that tell us of the end of their sessions, or are told of ours.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Callback, UpstreamError};
use crate::{
    identity::Subject,
    request::{Memo, Reply},
    upstream_logout::{Carrier, UpstreamLogout, UpstreamMessage},
};

/// What an upstream is told when a person leaves.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    /// What its answer is known by: 43 characters of base64url.
    pub handle: &'a str,
    /// By what it knows the person and its session ([`for_logout`](crate::identity::VerifiedIdentity::for_logout)).
    pub known_by: &'a Memo,
    /// Now.
    pub now: DateTime<Utc>,
}

/// How an identity provider has people signed out here, and is told that they left.
#[async_trait]
pub trait UpstreamSignOff: Send + Sync {
    /// Do its messages come so?
    fn comes_by(&self, carrier: Carrier) -> bool;

    /// Judges its message.
    ///
    /// # Errors
    /// [`UpstreamError`]; nothing ends then, and nothing counts as answered.
    async fn hear(
        &self,
        carrier: Carrier,
        message: &Callback,
        now: DateTime<Utc>,
    ) -> Result<UpstreamMessage, UpstreamError>;

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

    /// Can it be told that a person leaves, as far as is known without asking it? Nobody is offered what cannot work, and no
    /// session waits with its end for an upstream.
    fn can_be_left(&self) -> bool;

    /// What carries the browser there, to end its session.
    ///
    /// # Errors
    /// [`UpstreamError`] if it cannot be told: it has no address for that, there is no key to sign with, or it cannot be
    /// asked now.
    async fn leave(&self, leaving: Leaving<'_>) -> Result<Reply, UpstreamError>;
}
