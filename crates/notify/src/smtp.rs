//! Notices by mail, handed to the organisation's own mail server (RFC 5321, RFC 6409).
//!
//! Owns the connection. Does not queue: a notice that is not taken is reported, and the login that it is about goes on.
//!
//! **Invariant:** unless `danger_none` is written down, neither a mail nor the password leaves over a connection that
//! is not encrypted to a server whose certificate was checked; a server that does not offer it gets nothing.

use std::time::Duration;

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{
        Error, PoolConfig,
        authentication::Credentials as Login,
        client::{Certificate, Tls as Encryption, TlsParameters},
        response::Category,
    },
};
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::port::{Notice, Notifier, NotifyError};

use crate::Letterhead;

/// How long one notice may take from connecting to the server's last word.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections kept at most.
const MOST_CONNECTIONS: u32 = 4;

/// Where the mail server is and how it is spoken to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port; [`Tls::usual_port`] is one.
    pub port: u16,
    /// How the way there is protected.
    pub tls: Tls,
    /// How we log in; `None` if the server takes mail from our address as it is.
    pub credentials: Option<Credentials>,
    /// A certificate authority to believe beside the system's, as PEM: organisations often have their own.
    pub authority: Option<String>,
}

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// Not at all: whoever is on the way reads along, and can change it.
    DangerNone,
    /// From the first byte on (RFC 8314 section 3).
    Implicit,
    /// Begun in the clear and encrypted before anything is said (RFC 3207); a server that cannot gets nothing.
    #[default]
    Starttls,
}

impl Tls {
    /// The port on which servers expect it (RFC 8314: 465 or 587; RFC 5321: 25).
    #[must_use]
    pub fn usual_port(self) -> u16 {
        match self {
            Self::DangerNone => 25,
            Self::Implicit => 465,
            Self::Starttls => 587,
        }
    }
}

/// A login at the mail server.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password.
    pub password: SecretString,
}

/// Sends notices by mail.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    letterhead: Letterhead,
}

impl Smtp {
    /// Prepares the connection; nothing is sent yet. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`NotifyError::Invalid`] if the settings make no sense.
    pub fn new(settings: &Settings, letterhead: Letterhead) -> Result<Self, NotifyError> {
        let encryption = match settings.tls {
            Tls::DangerNone => Encryption::None,
            Tls::Implicit => Encryption::Wrapper(parameters(settings)?),
            Tls::Starttls => Encryption::Required(parameters(settings)?),
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str())
                .port(settings.port)
                .tls(encryption)
                .timeout(Some(PATIENCE))
                .pool_config(PoolConfig::new().max_size(MOST_CONNECTIONS));
        if let Some(credentials) = &settings.credentials {
            builder = builder.credentials(Login::new(
                credentials.username.clone(),
                credentials.password.expose_secret().to_owned(),
            ));
        }
        Ok(Self {
            transport: builder.build(),
            letterhead,
        })
    }
}

#[async_trait]
impl Notifier for Smtp {
    async fn send(&self, notice: &Notice) -> Result<(), NotifyError> {
        let letter = self.letterhead.write(notice)?;
        // The library bounds the wait for the connection only, not the wait for the server's words.
        match tokio::time::timeout(PATIENCE, self.transport.send(letter)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(cause)) => Err(refusal(&cause)),
            Err(_) => Err(NotifyError::Unreachable(format!(
                "the mail server did not answer within {} s",
                PATIENCE.as_secs()
            ))),
        }
    }
}

fn parameters(settings: &Settings) -> Result<TlsParameters, NotifyError> {
    let invalid = |cause: Error| NotifyError::Invalid(format!("TLS cannot be set up: {cause}"));
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(authority) = &settings.authority {
        builder = builder
            .add_root_certificate(Certificate::from_pem(authority.as_bytes()).map_err(invalid)?);
    }
    builder.build_rustls().map_err(invalid)
}

/// RFC 5321 section 4.2.1: codes `55x` are about this mail or its recipient, for good. All else is about the server.
fn refusal(cause: &Error) -> NotifyError {
    let about_the_mail = cause.is_permanent()
        && cause
            .status()
            .is_some_and(|code| code.category == Category::MailSystem);
    if about_the_mail {
        NotifyError::Invalid(format!("the mail server refused the mail: {cause}"))
    } else {
        NotifyError::Unreachable(format!("the mail server did not take the mail: {cause}"))
    }
}
