//! A queue before another notifier: a login never waits for a mail server.
//!
//! Owns the bound on notices that wait. Does not try again: a notice that could not be sent is a line in the log.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc::{self, error::TrySendError};
use vestibule_core::port::{Notice, Notifier, NotifyError};

/// Notices that may wait. More are refused: memory is bounded.
const LONGEST_QUEUE: usize = 1000;

/// Takes notices at once and sends them one after the other.
pub struct Queue(mpsc::Sender<Notice>);

impl Queue {
    /// A queue before this notifier. Must be called within a Tokio runtime.
    #[must_use]
    pub fn before(inner: Arc<dyn Notifier>) -> Self {
        let (sender, mut receiver) = mpsc::channel::<Notice>(LONGEST_QUEUE);
        tokio::spawn(async move {
            while let Some(notice) = receiver.recv().await {
                if let Err(error) = inner.send(&notice).await {
                    let reference = notice.reference.as_ref().map(ToString::to_string);
                    tracing::error!(code = "notice_unsent", %error, reference, "a notice could not be sent");
                }
            }
        });
        Self(sender)
    }
}

#[async_trait]
impl Notifier for Queue {
    async fn send(&self, notice: &Notice) -> Result<(), NotifyError> {
        let unreachable = |why: &str| NotifyError::Unreachable(why.to_owned());
        self.0
            .try_send(notice.clone())
            .map_err(|error| match error {
                TrySendError::Full(_) => unreachable("too many notices are waiting already"),
                TrySendError::Closed(_) => unreachable("the queue of notices has ended"),
            })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use tokio::sync::{Mutex, Notify};
    use vestibule_core::{id::FactorKind, port::NoticeKind};

    use super::*;

    /// Sends when it is let.
    #[derive(Default)]
    struct Slow {
        sent: Mutex<Vec<String>>,
        go: Notify,
        done: Notify,
    }

    #[async_trait]
    impl Notifier for Slow {
        async fn send(&self, notice: &Notice) -> Result<(), NotifyError> {
            self.go.notified().await;
            self.sent.lock().await.push(notice.to.clone());
            self.done.notify_one();
            Ok(())
        }
    }

    fn notice(to: usize) -> Notice {
        Notice {
            to: format!("{to}@acme.example"),
            name: "Alice".to_owned(),
            kind: NoticeKind::FactorAdded(FactorKind::totp()),
            at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            address: None,
            reference: None,
        }
    }

    #[tokio::test]
    async fn wa_21_nobody_waits_and_the_queue_has_an_end() {
        let slow = Arc::new(Slow::default());
        let queue = Queue::before(slow.clone());
        for number in 0..LONGEST_QUEUE {
            queue.send(&notice(number)).await.unwrap();
        }
        let refused = queue.send(&notice(LONGEST_QUEUE)).await;
        assert!(matches!(refused, Err(NotifyError::Unreachable(_))));
        slow.go.notify_one();
        slow.done.notified().await;
        assert_eq!(*slow.sent.lock().await, ["0@acme.example"]);
    }
}
