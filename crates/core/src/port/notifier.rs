//! The port to notices for people: mail, and later text messages.

use std::net::IpAddr;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::id::{FactorKind, Reference};

/// Something that a person should know about their account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Mail address.
    pub to: String,
    /// What the person is called.
    pub name: String,
    /// What happened.
    pub kind: NoticeKind,
    /// When.
    pub at: DateTime<Utc>,
    /// From which address.
    pub address: Option<IpAddr>,
    /// The number to ask the helpdesk with.
    pub reference: Option<Reference>,
}

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeKind {
    /// A backup code was used; so many are left.
    BackupCodeUsed {
        /// How many.
        left: usize,
    },
    /// The person set up a factor.
    FactorAdded(FactorKind),
    /// An administrator set up a factor for the person.
    FactorIssued(FactorKind),
    /// A factor was removed by an administrator.
    FactorRemoved(FactorKind),
    /// So many wrong answers were given in a row that no more are taken.
    FactorsLocked,
    /// More wrong answers were given in a row than anybody mistypes.
    Guessing,
    /// The person removed one of their own.
    OwnFactorRemoved {
        /// Which kind.
        kind: FactorKind,
        /// What they called it.
        name: String,
    },
}

impl NoticeKind {
    /// The owner must hear of it, whatever else they were told today. It happens once until the next success.
    #[must_use]
    pub fn is_alarm(&self) -> bool {
        matches!(self, Self::FactorsLocked | Self::Guessing)
    }
}

/// Sends notices. A login never waits for one.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Sends it.
    ///
    /// # Errors
    /// [`NotifyError`] if it was not taken.
    async fn send(&self, notice: &Notice) -> Result<(), NotifyError>;
}

/// Why a notice was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotifyError {
    /// The address or the text cannot be sent.
    #[error("{0}")]
    Invalid(String),
    /// The mail server or the folder cannot be reached.
    #[error("{0}")]
    Unreachable(String),
}
