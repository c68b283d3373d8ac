//! The ports to what lasts. One store implements them all; each room takes the narrowest.

mod account;
mod audit;
mod commit;
mod enrolment;
mod error;
mod key;
mod login;
mod person;
mod session;
mod throttle;

use async_trait::async_trait;

pub use self::{
    account::{Accounts, LocalAccount},
    audit::{AuditEntry, AuditFilter, AuditLog, ChainFault, ChainState},
    commit::{
        Commit, Commits, Durability, EnrolmentChange, LoginChange, PersonGuard, ReplayMark,
        ReplayPurpose, SessionChange,
    },
    enrolment::Enrolments,
    error::{Conflict, StoreError},
    key::{KeyPair, Keys},
    login::Logins,
    person::{People, PersonRecord},
    session::Sessions,
    throttle::Throttle,
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
pub trait Store: Commits + Enrolments + Logins + People + Sessions + Throttle {}

impl<T: Commits + Enrolments + Logins + People + Sessions + Throttle> Store for T {}
