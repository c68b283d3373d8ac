//! The port to applications that sign people out, or have them signed out.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;

use super::{DownstreamError, Incoming, Rejection, ReplayMark};
use crate::{
    id::AppId,
    logout::{Heard, LogoutRequest, Way},
    request::{Memo, Protocol, Reply},
};

/// A logout message of an application, once it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoutMessage {
    /// It answers us.
    Answer {
        /// Which application.
        app: AppId,
        /// The handle that it was told with ([`Telling::handle`]): whose answer it is.
        handle: String,
        /// What it made of it.
        heard: Heard,
    },
    /// It asks us.
    Request {
        /// What for.
        request: LogoutRequest,
        /// The message is used up by this, so that it asks once.
        once: Option<ReplayMark>,
    },
}

/// An application is told that a session is over.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// Which application.
    pub app: &'a AppId,
    /// By what it knows the person and the session.
    pub told: &'a Memo,
    /// What its answer is known by, where it gives one: 43 characters of base64url.
    pub handle: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
}

/// A message that tells an application that a session is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// To be posted there as `application/x-www-form-urlencoded`, by us.
    Call {
        /// Where to.
        url: Url,
        /// The form, encoded.
        body: String,
    },
    /// To be shown in a frame.
    Frame(Url),
    /// To be carried there by the browser.
    Visit(Reply),
}

/// What an application made of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// The person is signed out there.
    Done,
    /// It does not take the call, and would not take it later.
    Refused,
    /// It could not take it now.
    TryAgain,
}

/// What whoever asked is told at the end.
#[derive(Debug, Clone, Copy)]
pub struct LogoutAnswer<'a> {
    /// Which application; `None` if nobody said.
    pub app: Option<&'a AppId>,
    /// What was kept of its request.
    pub reply: &'a Memo,
    /// Everybody was told who took part.
    pub is_complete: bool,
    /// Now.
    pub now: DateTime<Utc>,
}

/// One application protocol: how sessions end in it.
#[async_trait]
pub trait SignOff: Send + Sync {
    /// Which.
    fn protocol(&self) -> Protocol;

    /// Judges an application's message.
    ///
    /// # Errors
    /// [`Rejection`]: our own page is shown, nothing ends, and nothing is sent anywhere.
    async fn hear(
        &self,
        incoming: &Incoming,
        now: DateTime<Utc>,
    ) -> Result<LogoutMessage, Rejection>;

    /// What an application calls the session that it was told of so: by that it is found again.
    fn known_as(&self, told: &Memo) -> Option<String>;

    /// Is a request about the session of which the application that asks was told so?
    fn is_about(&self, request: &LogoutRequest, told: &Memo) -> bool;

    /// How an application can be told, as it is configured now.
    fn way(&self, app: &AppId, told: &Memo) -> Way;

    /// Makes the message for that way.
    ///
    /// # Errors
    /// [`DownstreamError`] if none can be made, as where there is no way any more.
    async fn tell(&self, telling: Telling<'_>) -> Result<Notification, DownstreamError>;

    /// What an application made of a call, by the status of its HTTP response.
    fn receipt(&self, status: u16) -> Receipt;

    /// Answers whoever asked; `None` if it wants no answer. Where answers go is asked at every use.
    ///
    /// # Errors
    /// [`DownstreamError`] if no answer can be made.
    async fn answer(&self, answer: LogoutAnswer<'_>) -> Result<Option<Reply>, DownstreamError>;
}
