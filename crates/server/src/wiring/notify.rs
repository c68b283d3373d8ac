//! Notices from their settings, behind a queue: a login never waits for a mail server.

use std::sync::Arc;

use vestibule_core::port::{Notifier, NotifyError};
use vestibule_notify::{Credentials, Folder, Letterhead, Nobody, Queue, Settings, Smtp};

use super::WiringError;
use crate::config::{Config, Notify};

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
                port: smtp.port,
                tls: smtp.security,
                credentials: credentials.transpose()?,
                authority: smtp.authority.clone(),
            };
            let letterhead = Letterhead::new(&smtp.from, product).map_err(unfit)?;
            Arc::new(Smtp::new(&settings, letterhead).map_err(unfit)?)
        }
    })
}
