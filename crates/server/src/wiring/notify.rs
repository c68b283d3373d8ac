//! Notices from their settings, behind a queue: a login never waits for a mail server.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc::{self, error::TrySendError};
use vestibule_core::port::{Notice, Notifier, NotifyError};
use vestibule_notify::{Credentials, Folder, Letterhead, Settings, Smtp, Tls};

use super::WiringError;
use crate::config::{Config, Notify, SmtpSecurity};

/// Notices that may wait. More are dropped, with a line in the log: memory is bounded.
const LONGEST_QUEUE: usize = 1000;

/// The notifier of a running broker.
pub(super) fn queued(config: &Config) -> Result<Arc<dyn Notifier>, WiringError> {
    Ok(Arc::new(Queue::before(notifier(config)?)))
}

/// The notifier itself, for commands that wait until a notice is sent.
///
/// # Errors
/// [`WiringError`] naming the setting at fault.
pub fn notifier(config: &Config) -> Result<Arc<dyn Notifier>, WiringError> {
    let unfit = |error: NotifyError| WiringError::new("notify", error);
    let product = &config.branding.product;
    Ok(match &config.notify {
        Notify::Nobody => Arc::new(Nobody),
        Notify::Folder(path) => {
            let host = config.server.public_url.host_str().unwrap_or("localhost");
            let letterhead =
                Letterhead::new(&format!("vestibule@{host}"), product).map_err(unfit)?;
            Arc::new(Folder::new(path, letterhead))
        }
        Notify::Smtp(smtp) => {
            let credentials = smtp.login.as_ref().map(|login| {
                let password = login
                    .password
                    .read()
                    .map_err(|error| WiringError::new("notify.smtp", error))?;
                Ok(Credentials {
                    username: login.username.clone(),
                    password,
                })
            });
            let settings = Settings {
                host: smtp.host.clone(),
                port: Some(smtp.port),
                tls: match smtp.security {
                    SmtpSecurity::DangerNone => Tls::DangerNone,
                    SmtpSecurity::StartTls => Tls::Starttls,
                    SmtpSecurity::Tls => Tls::Implicit,
                },
                credentials: credentials.transpose()?,
                authority: None,
                timeout: None,
            };
            let letterhead = Letterhead::new(&smtp.from, product).map_err(unfit)?;
            Arc::new(Smtp::new(&settings, letterhead).map_err(unfit)?)
        }
    })
}

/// Takes notices at once and sends them one after the other.
struct Queue(mpsc::Sender<Notice>);

impl Queue {
    fn before(inner: Arc<dyn Notifier>) -> Self {
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
        self.0
            .try_send(notice.clone())
            .map_err(|error| match error {
                TrySendError::Full(_) => {
                    NotifyError::Unreachable("too many notices are waiting already".to_owned())
                }
                TrySendError::Closed(_) => {
                    NotifyError::Unreachable("the queue of notices has ended".to_owned())
                }
            })
    }
}

/// Nobody is told: no `notify` is configured, which `vestibule check` warns about.
struct Nobody;

#[async_trait]
impl Notifier for Nobody {
    async fn send(&self, _: &Notice) -> Result<(), NotifyError> {
        Ok(())
    }
}
