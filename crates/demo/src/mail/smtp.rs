//! The SMTP server on the wire.
//!
//! Owns connections: how many, how long. Does not own what is said; that is [`super::session`].

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use super::caught::Caught;
use super::session::{GREETING, Session};
use crate::DemoError;
use crate::listener::Bound;

/// Conversations at a time; who comes then waits.
const MOST_CONNECTIONS: usize = 16;
/// How long a conversation may take, and how long nothing may be said in it.
const LONGEST: Duration = Duration::from_secs(120);
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// After a failed accept, which means that the system has no room.
const BREATH: Duration = Duration::from_millis(200);

/// Stops the server when dropped.
#[derive(Debug)]
pub(crate) struct SmtpHandle(AbortHandle);

impl Drop for SmtpHandle {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Serves from a task of its own; needs a runtime around it.
pub(crate) fn serve(bound: Bound) -> Result<(SmtpHandle, Arc<Caught>), DemoError> {
    let address = bound.address;
    let failed = |cause| DemoError::Listen {
        address,
        who: "mail catcher",
        cause,
    };
    let listener = bound.into_listener();
    listener.set_nonblocking(true).map_err(failed)?;
    let listener = TcpListener::from_std(listener).map_err(failed)?;
    let caught = Arc::new(Caught::default());
    let task = tokio::spawn(accept(listener, Arc::clone(&caught)));
    Ok((SmtpHandle(task.abort_handle()), caught))
}

async fn accept(listener: TcpListener, caught: Arc<Caught>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    // Dropped with this task, and all conversations with it.
    let mut conversations = JoinSet::new();
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        while conversations.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let caught = Arc::clone(&caught);
        conversations.spawn(async move {
            let outcome = timeout(LONGEST, converse(stream, caught)).await;
            tracing::debug!(?outcome, "an SMTP conversation ended");
            drop(place);
        });
    }
}

async fn converse(mut stream: TcpStream, caught: Arc<Caught>) -> std::io::Result<()> {
    let mut session = Session::new(caught);
    let mut buffer = vec![0; 8 * 1024];
    stream.write_all(GREETING.as_bytes()).await?;
    loop {
        let count = timeout(LONGEST_SILENCE, stream.read(&mut buffer)).await??;
        let said = session.take(buffer.get(..count).unwrap_or_default());
        stream.write_all(said.reply.as_bytes()).await?;
        if said.over || count == 0 {
            return stream.shutdown().await;
        }
    }
}
