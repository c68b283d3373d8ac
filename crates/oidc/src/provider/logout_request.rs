//! Logout requests of clients (RP-Initiated Logout 1.0), and the way back afterwards.
//!
//! Owns reading a request and judging where the browser may go when it is done. It does not verify the ID
//! token that comes as a hint, and does not end anything: that is the caller's.
//!
//! **Invariant:** no fault is told by a redirect (section 4), and nothing is redirected to a URI that is not
//! registered for the client that the request names.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    answer::with_query,
    authorization::{PageReason, locales, read_bounded},
    client::Client,
    redirect_uri::verdict::Mismatch,
};

/// Why a logout request is refused, on a page of our own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoutFault {
    /// `client_id` is not the client to which the ID token was issued (section 2).
    #[error("the ID token in the hint was issued to another client than client_id")]
    ClientMismatch,
    /// The hint is not an ID token that we issued. The caller finds that out.
    #[error("the hint is not an ID token of this provider")]
    HintInvalid,
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(PageReason),
    /// No such client.
    #[error("the client is not registered")]
    UnknownClient,
    /// The URI is not registered for this client.
    #[error("the post-logout redirect URI is not registered for this client: {0}")]
    UnknownRedirectUri(Mismatch),
    /// There is a URI, and nothing that says whose it is.
    #[error("the request has a post-logout redirect URI, but neither a hint nor a client")]
    WhoseRedirectUri,
}

impl LogoutFault {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ClientMismatch => "logout_request_client_mismatch",
            Self::HintInvalid => "logout_request_hint_invalid",
            Self::Unreadable(_) => "logout_request_unreadable",
            Self::UnknownClient => "logout_request_unknown_client",
            Self::UnknownRedirectUri(_) => "logout_request_unknown_redirect_uri",
            Self::WhoseRedirectUri => "logout_request_whose_redirect_uri",
        }
    }
}

/// A logout request that was read. Everything in it is somebody's word.
#[derive(Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    id_token_hint: Option<String>,
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
    logout_hint: Option<String>,
    ui_locales: Vec<String>,
}

/// What a verified hint says. It may be past its time (section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedHint<'a> {
    /// The client to which the token was issued.
    pub client_id: &'a str,
}

/// A logout request that was judged.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct AcceptedLogout {
    /// The client that asks; `None` if nobody says.
    pub client_id: Option<String>,
    /// Whether a verified ID token came with it. Without one the person must be asked (section 2): any page can send a
    /// browser here.
    pub has_hint: bool,
    /// `logout_hint`: who shall be logged out, in the client's words.
    pub logout_hint: Option<String>,
    /// `ui_locales`, the preferred one first.
    pub ui_locales: Vec<String>,
    /// Where the browser goes when it is done.
    pub back: Option<WayBack>,
}

/// Where the browser goes after a logout: a registered URI, with the request's `state`.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct WayBack {
    uri: String,
    state: Option<String>,
}

impl WayBack {
    /// The registered URI, as it was written in the request: to be judged again when the browser leaves.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The address to go to (section 3).
    #[must_use]
    pub fn url(&self) -> String {
        let state = self.state.clone().map(|state| ("state", state));
        with_query(&self.uri, state.as_slice())
    }
}

impl LogoutRequest {
    /// Reads the raw query of a GET (without `?`).
    ///
    /// # Errors
    /// [`LogoutFault::Unreadable`].
    pub fn from_query(query: &str) -> Result<Self, LogoutFault> {
        let mut form = read_bounded(query).map_err(LogoutFault::Unreadable)?;
        Ok(Self {
            id_token_hint: form.take("id_token_hint"),
            client_id: form.take("client_id"),
            post_logout_redirect_uri: form.take("post_logout_redirect_uri"),
            state: form.take("state"),
            logout_hint: form.take("logout_hint"),
            ui_locales: locales(&form.take("ui_locales").unwrap_or_default()),
        })
    }

    /// Reads the body of a POST; `query` is that of its address, which must have none.
    ///
    /// # Errors
    /// [`LogoutFault::Unreadable`].
    pub fn from_form(query: &str, body: &str) -> Result<Self, LogoutFault> {
        if !query.is_empty() {
            return Err(LogoutFault::Unreadable(PageReason::QueryAndBody));
        }
        Self::from_query(body)
    }

    /// `id_token_hint` as it came, to be verified.
    #[must_use]
    pub fn id_token_hint(&self) -> Option<&str> {
        self.id_token_hint.as_deref()
    }

    /// The request without its hint, which proves nothing; of the client that the hint claims, if the request names none.
    #[must_use]
    pub fn without_hint(self, claimed_client: Option<String>) -> Self {
        Self {
            id_token_hint: None,
            client_id: self.client_id.or(claimed_client),
            ..self
        }
    }

    /// The client that the request names: that of the verified hint, else `client_id`.
    #[must_use]
    pub fn client_id<'a>(&'a self, hint: Option<VerifiedHint<'a>>) -> Option<&'a str> {
        hint.map(|hint| hint.client_id)
            .or(self.client_id.as_deref())
    }

    /// Judges the request. `hint` is what the verified hint says, if one came; `client` was found by
    /// [`LogoutRequest::client_id`].
    ///
    /// # Errors
    /// [`LogoutFault`]. The session may be ended all the same, if the person wants it; nobody is redirected.
    pub fn judge(
        self,
        hint: Option<VerifiedHint<'_>>,
        client: Option<&Client>,
    ) -> Result<AcceptedLogout, LogoutFault> {
        if self.id_token_hint.is_some() != hint.is_some() {
            return Err(LogoutFault::HintInvalid);
        }
        if let (Some(hint), Some(named)) = (hint, &self.client_id)
            && hint.client_id != named
        {
            return Err(LogoutFault::ClientMismatch);
        }
        let named = self.client_id(hint);
        if named != client.map(Client::id) {
            return Err(LogoutFault::UnknownClient);
        }
        let client_id = named.map(str::to_owned);
        let back = match (self.post_logout_redirect_uri, client) {
            (None, _) => None,
            (Some(_), None) => return Err(LogoutFault::WhoseRedirectUri),
            (Some(uri), Some(client)) => {
                client
                    .judge_post_logout_redirect_uri(&uri)
                    .map_err(LogoutFault::UnknownRedirectUri)?;
                Some(WayBack {
                    uri,
                    state: self.state,
                })
            }
        };
        Ok(AcceptedLogout {
            client_id,
            has_hint: hint.is_some(),
            logout_hint: self.logout_hint,
            ui_locales: self.ui_locales,
            back,
        })
    }
}

impl fmt::Debug for LogoutRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutRequest")
            .field("client_id", &self.client_id)
            .field("post_logout_redirect_uri", &self.post_logout_redirect_uri)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AcceptedLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptedLogout")
            .field("client_id", &self.client_id)
            .field("has_hint", &self.has_hint)
            .field("back", &self.back)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for WayBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WayBack")
            .field("uri", &self.uri)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
