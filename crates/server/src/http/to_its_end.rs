//! What goes on when whoever asked for it hangs up.
//!
//! Owns the task that it runs in; the server drops a handler whose connection is gone. Does not own what is worth that:
//! whatever counts, or ends, also when nobody waits for the answer.

use std::panic::resume_unwind;

use tracing::Instrument;

/// In a task of its own, which goes on if whoever asked hangs up.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        // A fault of ours is contained where all are.
        Err(failed) => resume_unwind(
            failed
                .try_into_panic()
                .unwrap_or_else(|gone| Box::new(gone)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_goes_on_when_nobody_waits_for_it() {
        let (go_on, waits) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        let work = to_its_end(async move {
            waits.await.unwrap();
            done.send("ended").unwrap();
        });
        assert!(work.now_or_never().is_none(), "asked for, and hung up");
        go_on.send(()).unwrap();
        assert_eq!(is_done.await, Ok("ended"));
    }
}
