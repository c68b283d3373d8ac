//! Applications that are told of the end of a session by us, without a browser.
//!
//! Owns how often the queue is looked at, how many calls are made at once, the request and its limits, and the figures.
//! Does not own the queue (the store does, for all nodes), what is said (each protocol's adapter does), or which is next
//! and how often it is tried ([`vestibule_core::logout::call`]).
//!
//! Each call that is over makes room for the next, so nobody waits for the slowest of a round; and no application has
//! all places, so nobody waits for one that does not answer.
//!
//! **Invariant:** an address is judged when it is used: `https`, or this machine where it says so; no redirects; and
//! nothing of this machine or next to it under another name (attack row OO-16).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use metrics::{counter, gauge};
use tokio::{select, time::sleep};
use vestibule_core::{
    id::AppId,
    logout::{
        Way,
        call::{Call, Called, Room},
    },
    port::{Calls, Clock, Notification, Receipt, SignOff, Telling},
    request::Protocol,
};
use vestibule_upstream::http::{Http, Request, Words};

/// How often the queue is looked at while nothing is in it.
const LOOKING: Duration = Duration::from_secs(1);
/// When it is looked at again after the store could not be reached.
const RETRY: Duration = Duration::from_secs(10);
/// So many calls are made at once.
const AT_ONCE: usize = 16;
/// So many of them to one application.
const FOR_ONE: usize = 4;
/// The longest time for one: far less than [`vestibule_core::logout::call::LEASE`].
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer, in bytes; nobody reads it.
const LARGEST: usize = 64 * 1024;

/// Makes the calls.
pub(crate) struct Calling {
    pub(crate) store: Arc<dyn Calls>,
    pub(crate) sign_offs: BTreeMap<Protocol, Arc<dyn SignOff>>,
    pub(crate) http: Arc<dyn Http>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Calling {
    /// Never ends.
    pub(crate) async fn run(self) {
        let mut room = Room::new(AT_ONCE, FOR_ONE);
        // Each ends with the application that it was made to.
        let mut under_way: FuturesUnordered<BoxFuture<'_, AppId>> = FuturesUnordered::new();
        loop {
            let pause = match self.store.take_calls(self.clock.now(), &room).await {
                Ok(calls) => {
                    for call in calls {
                        room.begin(call.participation.app.as_str());
                        under_way.push(self.tell(call).boxed());
                    }
                    LOOKING
                }
                Err(error) => {
                    tracing::warn!(code = error.code(), %error, "the applications that are to be told of logouts cannot be read");
                    RETRY
                }
            };
            select! {
                Some(app) = under_way.next() => room.end(app.as_str()),
                () = sleep(pause) => {}
            }
        }
    }

    /// Makes a call, and writes down what came of it.
    async fn tell(&self, call: Call) -> AppId {
        let called = self.make(&call).await;
        if let Err(error) = self.store.settle_call(&call, called).await {
            // It is made again when its time is over, by whichever node.
            let app = &call.participation.app;
            tracing::warn!(%app, code = error.code(), %error, "what came of a call cannot be written down");
        }
        call.participation.app
    }

    async fn make(&self, call: &Call) -> Called {
        let app = &call.participation.app;
        let Some(sign_off) = self.sign_offs.get(&call.participation.protocol) else {
            return Called::Settled;
        };
        // Who is told in the browser, or not at all, has no call: the browser had its chance when the session ended.
        if sign_off.way(app, &call.participation.told) != Way::Call {
            return Called::Settled;
        }
        let called = match self.send(call, &**sign_off).await {
            Ok((Receipt::Done, _)) => {
                tracing::info!(%app, "an application was told that a session is over");
                Called::Settled
            }
            Ok((Receipt::Refused, status)) => Called::GivenUp {
                at: self.clock.now(),
                why: format!(
                    "it does not take the logout token (HTTP status {status}); its log says why"
                ),
            },
            Ok((Receipt::TryAgain, status)) => {
                let why = format!("it could not take the call (HTTP status {status})");
                call.missed(why, self.clock.now())
            }
            Err(why) => call.missed(why, self.clock.now()),
        };
        let result = match &called {
            Called::GivenUp { why, .. } => {
                tracing::warn!(
                    %app, attempts = call.attempts, why, code = "logout_undelivered",
                    "an application is not told that a session is over; `vestibule logout list` shows it"
                );
                "given_up"
            }
            Called::PutOff { until, why } => {
                tracing::info!(%app, attempts = call.attempts, why, %until, "an application is told of a logout later");
                "put_off"
            }
            Called::Settled => "told",
        };
        counter!("vestibule_logout_calls_total", "result" => result).increment(1);
        called
    }

    async fn send(&self, call: &Call, sign_off: &dyn SignOff) -> Result<(Receipt, u16), String> {
        let telling = Telling {
            app: &call.participation.app,
            told: &call.participation.told,
            handle: "",
            now: self.clock.now(),
        };
        let notification = sign_off.tell(telling).await;
        let Notification::Call { url, body } = notification.map_err(|error| error.detail)? else {
            return Err("it cannot be called any more".to_owned());
        };
        let request = Request {
            form: Some(body),
            ..Request::get(url, "*/*", LARGEST, TIMEOUT, Words::Ours)
        };
        let response = self.http.send(request).await;
        response
            .map(|response| (sign_off.receipt(response.status), response.status))
            .map_err(|error| error.to_string())
    }
}

/// Counts what waits and what was given up.
pub(crate) async fn count(store: &dyn Calls) {
    match store.count_calls().await {
        Ok((waiting, given_up)) => {
            gauge!("vestibule_logout_calls_waiting").set(waiting as f64);
            gauge!("vestibule_logout_calls_undelivered").set(given_up as f64);
        }
        Err(error) => {
            tracing::warn!(code = error.code(), %error, "the applications that are to be told of logouts cannot be counted");
        }
    }
}

#[cfg(test)]
mod tests;
