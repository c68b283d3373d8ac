//! The HTTP client that all upstream adapters share, behind a small trait.
//!
//! Owns the rules of speaking to a provider: `https` (plain `http` only to this machine), no redirects, a time limit
//! and a size limit on every answer. Does not own what is said, or caches.
//!
//! **Invariant:** no answer is read beyond its limit, compressed or not: no compression is asked for, and the limit is
//! applied while reading (attack rows MD-05, OI-152).

mod breaker;
mod wary;

use std::{error::Error, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use url::{Host, Url};

pub use self::breaker::Breaker;
use self::wary::{Wary, may_be_asked};

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(3);

/// Whose words a request carries: what it comes to is theirs as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Ours alone, as when metadata or keys are asked for.
    Ours,
    /// A visitor's too: the code of a callback, or a token that was given for one.
    Visitors,
}

/// A request to a provider.
pub struct Request {
    /// Where to.
    pub url: Url,
    /// A form to post, encoded; `None` makes it a GET.
    pub form: Option<String>,
    /// The header `Authorization`.
    pub authorization: Option<SecretString>,
    /// The header `Accept`.
    pub accept: &'static str,
    /// The largest answer, in bytes.
    pub limit: usize,
    /// The longest time until the whole answer is there. More than the three seconds that a connection may take:
    /// otherwise [`HttpError::TimedOut`] does not tell that there was one.
    pub timeout: Duration,
    /// Whose words it carries.
    pub words: Words,
}

impl Request {
    /// A GET.
    #[must_use]
    pub fn get(
        url: Url,
        accept: &'static str,
        limit: usize,
        timeout: Duration,
        words: Words,
    ) -> Self {
        Self {
            url,
            form: None,
            authorization: None,
            accept,
            limit,
            timeout,
            words,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("url", &self.url.as_str())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// An answer, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status. A redirect is an answer like any other here.
    pub status: u16,
    /// The body, not longer than the request's limit.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HttpError {
    /// The address is neither `https` nor on this machine.
    #[error("only https addresses are asked (http on this machine only)")]
    Insecure,
    /// The connection broke, or what came over it is not HTTP.
    #[error("{0}")]
    Failed(String),
    /// The address belongs to this machine, or to what is next to it.
    #[error("the address belongs to this machine or to its surroundings")]
    OffLimits,
    /// It was not asked, because it gave no answer the last times ([`Breaker`]).
    #[error(
        "not asked: it gave no answer several times in a row, at last: {cause}; it is tried again in {} s",
        .again.as_secs_f64().ceil()
    )]
    Paused {
        /// When it may be asked again.
        again: Duration,
        /// What the last try came to.
        cause: String,
    },
    /// The answer did not come in time.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The answer is too large.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// No connection, so that nothing of the request was sent: name resolution, TCP, TLS, or not within three seconds.
    #[error("{0}")]
    Unreached(String),
}

/// Something that carries requests to providers.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends one request and reads its whole answer.
    ///
    /// # Errors
    /// [`HttpError`].
    async fn send(&self, request: Request) -> Result<Response, HttpError>;
}

/// The client over the network. Certificates are judged by the operating system's trust store.
pub struct Client {
    /// Addresses are asked for themselves at each use ([`wary`]).
    is_wary: bool,
    outside: reqwest::Client,
    /// Proxies of the environment are for the outside world.
    loopback: reqwest::Client,
}

impl Client {
    /// A client; one for the whole process, since it keeps connections.
    ///
    /// # Errors
    /// [`HttpError::Failed`] if TLS cannot be set up.
    pub fn new() -> Result<Self, HttpError> {
        Self::built(false)
    }

    /// One for addresses at which applications want to be called: it never asks this machine under another name, or what
    /// is next to it (attack row OO-16).
    ///
    /// # Errors
    /// [`HttpError::Failed`] if TLS cannot be set up.
    pub fn wary() -> Result<Self, HttpError> {
        Self::built(true)
    }

    fn built(is_wary: bool) -> Result<Self, HttpError> {
        let builder = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT)
                .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
        };
        let outside = if is_wary {
            builder().dns_resolver(Arc::new(Wary))
        } else {
            builder()
        };
        Ok(Self {
            is_wary,
            outside: outside.build().map_err(failed)?,
            loopback: builder().no_proxy().build().map_err(failed)?,
        })
    }

    async fn exchange(&self, request: Request) -> Result<Response, HttpError> {
        if self.is_wary && !may_be_asked(&request.url) {
            return Err(HttpError::OffLimits);
        }
        let loopback = is_loopback(&request.url);
        let client = match request.url.scheme() {
            "https" | "http" if loopback => &self.loopback,
            "https" => &self.outside,
            _ => return Err(HttpError::Insecure),
        };
        let mut builder = match request.form {
            Some(form) => client
                .post(request.url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form),
            None => client.get(request.url),
        };
        builder = builder.header("accept", request.accept);
        if let Some(authorization) = &request.authorization {
            builder = builder.header("authorization", authorization.expose_secret());
        }
        let mut response = builder.send().await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len().saturating_add(chunk.len()) > request.limit {
                return Err(HttpError::TooLarge(request.limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response {
            status: response.status().as_u16(),
            body,
        })
    }
}

#[async_trait]
impl Http for Client {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let timeout = request.timeout;
        // One limit for all of it, so that an answer that drips does not hold a login up.
        tokio::time::timeout(timeout, self.exchange(request))
            .await
            .unwrap_or(Err(HttpError::TimedOut(timeout)))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client(..)")
    }
}

/// The innermost cause, which names what failed. Without the URL: its query may hold what is nobody's business.
fn failed(error: reqwest::Error) -> HttpError {
    let nothing_sent = error.is_connect();
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    let mut text = error.to_string();
    while let Some(next) = cause.source() {
        cause = next;
        text = format!("{error}: {cause}");
    }
    if nothing_sent {
        HttpError::Unreached(text)
    } else {
        HttpError::Failed(text)
    }
}

/// Whether the URL can only lead to this machine: `localhost`, 127.0.0.0/8 or `[::1]`. Names below `localhost` are not
/// sure to: resolvers treat them differently.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
