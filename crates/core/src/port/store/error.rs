//! Why a store did not do what it was asked.

use thiserror::Error;

/// Why a transaction did not happen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Somebody else was faster, or it was used before.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// What is stored cannot be read: wrong master key, or damaged.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// More is waiting to be written than should ever wait. Nothing happened; it may be tried again.
    #[error("too much is waiting to be written")]
    Overloaded,
    /// The database cannot be reached, is full, or did not answer in time.
    #[error("the database is not available: {0}")]
    Unavailable(String),
}

/// What collided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Conflict {
    /// A one-time thing was used before.
    #[error("it was used before")]
    AlreadyUsed,
    /// The factor changed since it was read.
    #[error("the factor changed in the meantime")]
    Enrolment,
    /// Keys of ours were changed since they were read.
    #[error("keys were changed in the meantime")]
    Keys,
    /// The login changed since it was read.
    #[error("the login changed in the meantime")]
    Login,
    /// The logout changed since it was read.
    #[error("the logout changed in the meantime")]
    Logout,
    /// The person was disabled, or their factors changed, since they were read.
    #[error("the person changed in the meantime")]
    Person,
    /// The session has ended since it was read.
    #[error("the session has ended in the meantime")]
    Session,
    /// The code or token is not there, or was used before.
    #[error("the token is not there any more")]
    Token,
    /// Too many logins are open at once (attack row WA-21).
    #[error("too many logins are open")]
    TooManyLogins,
}

impl StoreError {
    /// The reason code for the audit record.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict(Conflict::AlreadyUsed) => "already_used",
            Self::Conflict(Conflict::Enrolment) => "factor_changed",
            Self::Conflict(Conflict::Keys) => "keys_changed",
            Self::Conflict(Conflict::Login) => "login_changed",
            Self::Conflict(Conflict::Logout) => "logout_changed",
            Self::Conflict(Conflict::Person) => "person_changed",
            Self::Conflict(Conflict::Session) => "session_ended",
            Self::Conflict(Conflict::Token) => "token_gone",
            Self::Conflict(Conflict::TooManyLogins) => "too_many_logins",
            Self::Corrupt(_) => "store_corrupt",
            Self::Overloaded => "store_overloaded",
            Self::Unavailable(_) => "store_unavailable",
        }
    }
}
