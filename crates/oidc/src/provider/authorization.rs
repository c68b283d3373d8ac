//! Authorization requests in (Core section 3.1.2), checked, or refused where that may be told.
//!
//! Owns reading a request within bounds and judging it against the client. It does not own clients, sessions or people:
//! who may log in where, and which code is still good, is the caller's.
//!
//! The way of a request: [`IncomingAuthorization::from_query`] or [`IncomingAuthorization::from_form`] reads it; the
//! caller finds the client; [`UncheckedRequest::judge`] gives an [`AcceptedAuthorization`], or a [`Refusal`] that knows
//! its place. A request that was pushed before ([`super::pushed`]) is an [`AcceptedAuthorization`] already.
//!
//! **Invariant:** nothing is redirected to a URI that is not registered for the client (RFC 9700 section
//! 2.1, OO-01): an answer needs a [`super::answer::ReplyAddress`], and only the judgement makes one.

mod accepted;
mod bounds;
mod check;
pub mod claims_request;
pub mod prompt;
pub mod refusal;

pub use self::{
    accepted::AcceptedAuthorization,
    bounds::{MAX_PARAMETERS, MAX_REQUEST_BYTES},
    check::{MAX_ACR_VALUES, MAX_MAX_AGE},
    refusal::{PageReason, Refusal, RequestFault},
};
pub(super) use self::{bounds::read as read_bounded, check::locales};
use super::{answer::ReplyAddress, client::Client, pushed::RequestUri};
use crate::form::Parameters;

/// What came to the authorization endpoint.
#[derive(Debug)]
pub enum IncomingAuthorization {
    /// The parameters themselves.
    Direct(UncheckedRequest),
    /// The name of a request that was pushed before (RFC 9126 section 4). Whatever came beside it was not
    /// read: only what was pushed counts (RFC 9101 section 5).
    Pushed {
        /// `client_id`: it must be that of the client that pushed.
        client_id: String,
        /// What names the request.
        request_uri: RequestUri,
    },
}

/// A request of which only the client's name is known. Everything in it is somebody's word.
pub struct UncheckedRequest {
    client_id: String,
    parameters: Parameters,
    route: Route,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// Through a browser, to the authorization endpoint.
    Browser,
    /// From the client, to the pushed request endpoint.
    Pushed,
}

impl IncomingAuthorization {
    /// Reads the raw query of a GET (without `?`).
    ///
    /// # Errors
    /// [`PageReason`].
    pub fn from_query(query: &str) -> Result<Self, PageReason> {
        let mut parameters = bounds::read(query)?;
        let client_id = client_id(&mut parameters)?;
        // With a request object beside it this is no pushed request, but one with two faults.
        let pushed = !parameters.has("request");
        let request_uri = parameters.peek("request_uri").filter(|_| pushed);
        if let Some(request_uri) = request_uri.and_then(RequestUri::parse) {
            return Ok(Self::Pushed {
                client_id,
                request_uri,
            });
        }
        Ok(Self::Direct(UncheckedRequest {
            client_id,
            parameters,
            route: Route::Browser,
        }))
    }

    /// Reads the body of a POST (Core section 3.1.2.1); `query` is that of its address, which must have none, or
    /// two readers could see two requests.
    ///
    /// # Errors
    /// [`PageReason`].
    pub fn from_form(query: &str, body: &str) -> Result<Self, PageReason> {
        if !query.is_empty() {
            return Err(PageReason::QueryAndBody);
        }
        Self::from_query(body)
    }

    /// `client_id`, to find the client with.
    #[must_use]
    pub fn client_id(&self) -> &str {
        match self {
            Self::Direct(request) => &request.client_id,
            Self::Pushed { client_id, .. } => client_id,
        }
    }
}

impl UncheckedRequest {
    /// Reads the body of a pushed request.
    pub(super) fn pushed(body: &str) -> Result<Self, PageReason> {
        let mut parameters = bounds::read(body)?;
        Ok(Self {
            client_id: client_id(&mut parameters)?,
            parameters,
            route: Route::Pushed,
        })
    }

    /// `client_id`, to find the client with.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Judges the request. The caller found `client` by [`UncheckedRequest::client_id`].
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn judge(mut self, client: &Client) -> Result<AcceptedAuthorization, Refusal> {
        let redirect_uri = self.redirect_uri(client).map_err(Refusal::OnPage)?;
        // From here on the client may be told, in the way that it asked for if that is one.
        let reply = ReplyAddress::assert_registered(
            redirect_uri,
            check::reply_mode(&self.parameters, client),
            self.parameters.take("state"),
        );
        check::all(self.parameters, self.route, client, reply)
    }

    /// The redirect URI, if answers may go there. It must be written out even if only one is registered (Core section
    /// 3.1.2.1).
    fn redirect_uri(&mut self, client: &Client) -> Result<String, PageReason> {
        if self.client_id != client.id() {
            return Err(PageReason::UnknownClient);
        }
        let parameter = "redirect_uri";
        let requested = self
            .parameters
            .take(parameter)
            .ok_or(PageReason::Missing { parameter })?;
        client
            .judge_redirect_uri(&requested)
            .map_err(PageReason::UnknownRedirectUri)?;
        Ok(requested)
    }
}

impl std::fmt::Debug for UncheckedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UncheckedRequest")
            .field("client_id", &self.client_id)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

fn client_id(parameters: &mut Parameters) -> Result<String, PageReason> {
    let parameter = "client_id";
    parameters
        .take(parameter)
        .ok_or(PageReason::Missing { parameter })
}

#[cfg(test)]
mod tests;
