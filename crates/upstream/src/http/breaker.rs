//! A circuit breaker: an address of a provider that gives no answer is left alone for a while (attack row FT-07).
//!
//! Owns the counting of failures, the pause, and the one request that tries whether the pause can end. Does not own
//! what a request is worth, nor time limits: the client behind it does.
//!
//! What counts as a failure depends on whose words a request carries. If they are ours alone: no connection, none that
//! lasts, no answer in time, and the statuses of a gateway or server that is away (502 to 504). If they are a visitor's
//! too: no connection, and nothing else, since anything later may be the answer to those words. A firewall that resets
//! what it does not like, or a code that makes the provider slow, would otherwise switch it off for everybody.
//!
//! What remains: an endpoint for codes or tokens that takes connections and then says nothing is never left alone, and
//! each login there waits for its time limit. And while a pause ends, one slow code of a visitor is waited for, once.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::Instant;
use tracing::Instrument;
use url::Position;
use vestibule_core::id::UpstreamId;

use super::{Http, HttpError, Request, Response, Words};

type Outcome = Result<Response, HttpError>;

/// After so many failures in a row an address is left alone.
const FAILURES: u32 = 3;
/// For how long at first; twice as long after each further failure.
const SHORTEST: Duration = Duration::from_secs(5);
/// And at most.
const LONGEST: Duration = Duration::from_secs(60);
/// Failures that are so long ago are no longer in a row with the next one.
const FADED: Duration = Duration::from_secs(60);
/// Addresses that are remembered. A provider has four.
const ADDRESSES: usize = 16;

/// What one address did lately; none of an address that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Circuit {
    /// It failed so often in a row, at last then.
    Failing { times: u32, last: Instant },
    /// It is left alone.
    Paused {
        until: Instant,
        pause: Duration,
        cause: String,
    },
}

impl Circuit {
    /// What one more failure makes of an address; `None` if it changes nothing.
    fn after_failure(
        before: Option<&Self>,
        permit: Permit,
        cause: &str,
        now: Instant,
    ) -> Option<Self> {
        let times = match before {
            None => 1,
            Some(Self::Failing { times, .. }) => times.saturating_add(1),
            Some(Self::Paused { pause, .. }) if permit == Permit::Probe => {
                return Some(Self::paused((*pause * 2).min(LONGEST), cause, now));
            }
            // It was sent before the pause began.
            Some(Self::Paused { .. }) => return None,
        };
        Some(if times < FAILURES {
            Self::Failing { times, last: now }
        } else {
            Self::paused(SHORTEST, cause, now)
        })
    }

    /// Whether its failures are so long ago that one more is the first.
    fn has_faded(&self, now: Instant) -> bool {
        matches!(self, Self::Failing { last, .. } if now.duration_since(*last) >= FADED)
    }

    fn paused(pause: Duration, cause: &str, now: Instant) -> Self {
        Self::Paused {
            until: now + pause,
            pause,
            cause: cause.to_owned(),
        }
    }
}

/// What a request is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Permit {
    /// Like any other.
    Usual,
    /// The first after a pause: it decides whether there is another one.
    Probe,
}

/// The client of one upstream, with a breaker for each of its addresses. Clones share them.
#[derive(Clone)]
pub struct Breaker {
    upstream: UpstreamId,
    inner: Arc<dyn Http>,
    circuits: Arc<Mutex<BTreeMap<String, Circuit>>>,
}

impl Breaker {
    /// A breaker in front of `inner`, for one upstream alone.
    #[must_use]
    pub fn new(upstream: UpstreamId, inner: Arc<dyn Http>) -> Self {
        Self {
            upstream,
            inner,
            circuits: Arc::default(),
        }
    }

    /// How many addresses are left alone now.
    #[must_use]
    pub fn paused(&self) -> usize {
        let is_paused = |circuit: &&Circuit| matches!(circuit, Circuit::Paused { .. });
        self.circuits().values().filter(is_paused).count()
    }

    fn circuits(&self) -> MutexGuard<'_, BTreeMap<String, Circuit>> {
        // A map is whole between two statements, whoever panicked.
        self.circuits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this address may be asked now. Of those who ask after a pause, one may: should it never come back, the
    /// next may when its time is over.
    fn permit(&self, address: &str, timeout: Duration) -> Result<Permit, HttpError> {
        let now = Instant::now();
        match self.circuits().get_mut(address) {
            None | Some(Circuit::Failing { .. }) => Ok(Permit::Usual),
            Some(Circuit::Paused { until, cause, .. }) if *until > now => Err(HttpError::Paused {
                again: *until - now,
                cause: cause.clone(),
            }),
            Some(Circuit::Paused { until, .. }) => {
                *until = now + timeout;
                Ok(Permit::Probe)
            }
        }
    }

    fn answered(&self, address: &str) {
        if let Some(Circuit::Paused { .. }) = self.circuits().remove(address) {
            tracing::info!(upstream = %self.upstream, address, code = "upstream_resumed", "the upstream is there again");
        }
    }

    fn failed(&self, address: &str, permit: Permit, cause: &str) {
        let now = Instant::now();
        let mut circuits = self.circuits();
        circuits.retain(|_, circuit| !circuit.has_faded(now));
        let before = circuits.get(address);
        if before.is_none() && circuits.len() >= ADDRESSES {
            return;
        }
        let Some(after) = Circuit::after_failure(before, permit, cause, now) else {
            return;
        };
        if let Circuit::Paused { pause, .. } = after {
            tracing::warn!(
                upstream = %self.upstream, address, cause, seconds = pause.as_secs(), code = "upstream_paused",
                "the upstream does not answer and is left alone for a while"
            );
        }
        circuits.insert(address.to_owned(), after);
    }

    async fn ask(self, address: String, permit: Permit, request: Request) -> Outcome {
        let words = request.words;
        let outcome = self.inner.send(request).await;
        match failure(words, &outcome) {
            Some(cause) => self.failed(&address, permit, &cause),
            None => self.answered(&address),
        }
        outcome
    }
}

#[async_trait]
impl Http for Breaker {
    async fn send(&self, request: Request) -> Outcome {
        let address = request.url[..Position::AfterPath].to_owned();
        let permit = self.permit(&address, request.timeout)?;
        let asking = self.clone().ask(address, permit, request);
        match permit {
            Permit::Usual => asking.await,
            // A task of its own: whoever asked may hang up, and all others wait for what it comes to. To let the next
            // one try instead would not do, since a crowd that hangs up would always be the next.
            Permit::Probe => tokio::spawn(asking.in_current_span())
                .await
                .unwrap_or_else(|gone| Err(HttpError::Failed(gone.to_string()))),
        }
    }
}

/// Why this outcome says that nobody is there; `None` of any other.
fn failure(words: Words, outcome: &Outcome) -> Option<String> {
    match outcome {
        Err(error @ HttpError::Unreached(_)) => Some(error.to_string()),
        _ if words == Words::Visitors => None,
        Err(error @ (HttpError::Failed(_) | HttpError::TimedOut(_))) => Some(error.to_string()),
        Ok(Response {
            status: status @ 502..=504,
            ..
        }) => Some(format!("HTTP status {status}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
