//! The port to applications that ask us.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::{
    grant::Grant,
    id::AppId,
    request::{Answered, AuthnRequest, Protocol, Refusal, Reply},
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

    /// Begins at an application that did not ask. A person confirmed it on a page of ours.
    ///
    /// # Errors
    /// [`Rejection`], also where this protocol, or the application, knows no such logins.
    async fn start(&self, start: Start<'_>, _: DateTime<Utc>) -> Result<AuthnRequest, Rejection> {
        Err(Rejection {
            code: "start_not_offered",
            detail: format!("logins for `{}` begin there only", start.app),
            app: None,
            tell: Tell::Nobody,
        })
    }

    /// Answers with what was granted. The grant is used up. What the answer rests on is committed with the grant, and
    /// the answer leaves only then.
    ///
    /// # Errors
    /// [`DownstreamError`] if no answer can be made.
    async fn answer(&self, grant: Grant) -> Result<Answered, DownstreamError>;

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

/// A login that begins with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start<'a> {
    /// Where.
    pub app: &'a AppId,
    /// Where it leads there, in words that the application knows.
    pub target: Option<&'a str>,
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
    /// What the application hears of it.
    pub tell: Tell,
}

/// Whether an application hears that its message is not accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tell {
    /// At once: it forbids to show anything to anybody.
    AtOnce(Box<Reply>),
    /// When the person has read of it, and goes back.
    Later(Box<Reply>),
    /// It does not, for it is not certain who asks, or where answers go.
    #[default]
    Nobody,
}

/// Why an answer could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{detail}")]
pub struct DownstreamError {
    /// Stable reason code.
    pub code: &'static str,
    /// For an administrator: application, cause, remedy.
    pub detail: String,
    /// What the application hears instead of an answer, where its protocol has a word for the cause; `None`: the person
    /// reads of it on our own page.
    pub tell: Option<Box<Reply>>,
}
