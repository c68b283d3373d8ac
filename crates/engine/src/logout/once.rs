//! Messages about logouts that count once.
//!
//! Owns that a message is used up in the transaction that acts on it, and what is told of one that was used before. Does
//! not own the marks (the store keeps them), nor how long they are remembered (the adapters say that).

use vestibule_core::{
    id::{AppId, UpstreamId},
    logout::Asker,
    port::{Commit, Conflict, Rejection, StoreError, UpstreamError},
};

use crate::{
    Engine, Visitor,
    stop::{Stop, Turned},
};

/// Whose message it is.
#[derive(Debug, Clone)]
pub(super) enum Sender {
    /// An application's, if it says whose.
    Application(Option<AppId>),
    /// An upstream's.
    Upstream(UpstreamId),
}

impl From<&Asker> for Sender {
    fn from(asker: &Asker) -> Self {
        match asker {
            Asker::Application(request) => Self::Application(request.app.clone()),
            Asker::Person => Self::Application(None),
            Asker::Upstream { upstream, .. } => Self::Upstream(upstream.clone()),
        }
    }
}

impl Engine {
    /// Commits what a message leads to, if it leads to anything, and nothing if it was used before.
    pub(super) async fn commit_once(
        &self,
        commit: Commit,
        sender: impl Into<Sender>,
        visitor: Visitor,
    ) -> Turned<()> {
        if commit.is_empty() {
            return Ok(());
        }
        match self.parts.store.commit(commit).await {
            Ok(()) => Ok(()),
            Err(StoreError::Conflict(Conflict::AlreadyUsed)) => {
                Err(self.used_before(sender.into(), visitor).await)
            }
            Err(error) => Err(self.logout_failed(&error)),
        }
    }

    async fn used_before(&self, sender: Sender, visitor: Visitor) -> Stop {
        let detail = "the same logout message was acted on before".to_owned();
        match sender {
            Sender::Application(app) => {
                let rejection = Rejection {
                    code: "logout_request_replayed",
                    detail,
                    app,
                    tell: Default::default(),
                };
                self.logout_rejected(rejection, visitor).await
            }
            Sender::Upstream(upstream) => {
                let error = UpstreamError::Misbehaved {
                    code: "logout_request_replayed",
                    detail,
                };
                self.logout_unheard(&upstream, &error, visitor).await
            }
        }
    }
}
