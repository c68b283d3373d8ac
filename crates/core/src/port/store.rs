//! The ports to what lasts. One store implements them all; each room takes the narrowest.

mod account;
mod audit;
mod commit;
mod enrolment;
mod error;
mod key;
mod known;
mod login;
mod logout;
mod person;
mod session;
mod throttle;
mod token;

use async_trait::async_trait;

pub use self::{
    account::{AccountChange, Accounts, LocalAccount},
    audit::{AuditEntry, AuditFilter, AuditLog, ChainFault, ChainState},
    commit::{
        Commit, Commits, Durability, EnrolmentChange, LoginChange, LogoutChange, PersonGuard,
        ReplayMark, ReplayPurpose, SessionChange,
    },
    enrolment::Enrolments,
    error::{Conflict, StoreError},
    key::{KeptKey, KeyShelf, Keys},
    known::KnownSources,
    login::Logins,
    logout::{Calls, Logouts},
    person::{People, PersonRecord},
    session::Sessions,
    throttle::Throttle,
    token::Tokens,
};

/// Is the store there?
#[async_trait]
pub trait Health: Send + Sync {
    /// Asks it something small.
    ///
    /// # Errors
    /// [`StoreError`] if it does not answer.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// What the engine needs of a store.
pub trait Store:
    Commits + Enrolments + KnownSources + Logins + Logouts + People + Sessions + Throttle
{
}

impl<T> Store for T where
    T: Commits + Enrolments + KnownSources + Logins + Logouts + People + Sessions + Throttle
{
}
