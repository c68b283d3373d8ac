//! Step 1 without a message: a login begins at an application that did not ask.
//!
//! Owns that such a login begins only when a person confirms it on a page of ours (attack row SO-13), and from there on
//! takes the way of all others. Does not own for which applications there is such a way: the downstream says so.

use vestibule_core::{
    port::Start,
    request::{AuthnRequest, Protocol},
};

use crate::{Engine, Offer, Outcome, ProblemKind, Shown, Visitor, stop::Turned};

impl Engine {
    /// The page that stands before such a login. Nothing is kept.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem) to be told on our own page.
    pub async fn offer(&self, protocol: Protocol, start: Start<'_>, visitor: Visitor) -> Outcome {
        let started = self.started(protocol, start, visitor).await;
        self.tell(started.map(|request| {
            Shown::Offer(Offer {
                label: self.app_label(&request.app),
                app: request.app,
                target: start.target.map(str::to_owned),
            })
        }))
    }

    /// Begins, for somebody who pressed the button on that page.
    ///
    /// # Errors
    /// [`Problem`](crate::Problem) to be told on our own page.
    pub async fn start(&self, protocol: Protocol, start: Start<'_>, visitor: Visitor) -> Outcome {
        let begun = async {
            let request = self.started(protocol, start, visitor).await?;
            self.begin_login(request, visitor).await
        };
        self.tell(begun.await)
    }

    async fn started(
        &self,
        protocol: Protocol,
        start: Start<'_>,
        visitor: Visitor,
    ) -> Turned<AuthnRequest> {
        let Some(downstream) = self.parts.downstreams.get(&protocol) else {
            let detail = "no application speaks this protocol";
            return Err(self.stray(ProblemKind::RequestRejected, "protocol_off", detail));
        };
        match downstream.start(start, self.parts.clock.now()).await {
            Ok(request) => Ok(request),
            Err(rejection) => Err(self.rejected(rejection, visitor).await),
        }
    }
}
