//! The ports to what lasts. One store implements them all; each room takes the narrowest.

use std::{collections::BTreeSet, net::IpAddr};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    audit::AuditRecord,
    evidence::Enrolment,
    flow::Login,
    id::{EnrolmentId, LoginId, Reference, UpstreamId},
    identity::PersonId,
    throttle::{Charge, ThrottleKey},
};

/// One transaction as data: all of it happens, or nothing (step 9).
///
/// Order of checks: login, enrolments, marks, guard. The first that fails names the [`Conflict`].
#[derive(Debug, Default)]
#[must_use = "a commit that is not committed has decided nothing"]
pub struct Commit {
    /// The login, opened or moved on.
    pub login: Option<LoginChange>,
    /// Factors added, changed, removed.
    pub enrolments: Vec<EnrolmentChange>,
    /// One-time things that are used up by this.
    pub once: Vec<ReplayMark>,
    /// Tallies that a success settles, by [`crate::throttle::Tally::absolved`].
    pub clear: Vec<ThrottleKey>,
    /// A person who was seen, to be known from now on.
    pub seen: Option<PersonRecord>,
    /// What the decision rests on and must still hold.
    pub guard: Option<PersonGuard>,
    /// What is written down about it, in order.
    pub audit: Vec<AuditRecord>,
}

impl Commit {
    /// It would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            login,
            enrolments,
            once,
            clear,
            seen,
            guard,
            audit,
        } = self;
        login.is_none()
            && enrolments.is_empty()
            && once.is_empty()
            && clear.is_empty()
            && seen.is_none()
            && guard.is_none()
            && audit.is_empty()
    }
}

/// What was read of a person before deciding about them. A commit that carries it fails with [`Conflict::Person`] if the
/// person is disabled by now, or has other factors, or changed ones, apart from the changes of the commit itself (attack
/// rows SO-17, MF-40).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonGuard {
    /// Who.
    pub person: PersonId,
    /// Their factors, each at the revision that was read.
    pub enrolments: BTreeSet<(EnrolmentId, i64)>,
}

/// A change to a login.
#[derive(Debug)]
pub enum LoginChange {
    /// A new one.
    Open(Login),
    /// The next state of the one that was read at `login.revision()`; any other revision in the store is a conflict.
    Replace(Login),
}

/// A change to a registered factor.
#[derive(Debug)]
pub enum EnrolmentChange {
    /// A new one.
    Add(Enrolment),
    /// It is gone.
    Remove(PersonId, EnrolmentId),
    /// The next state of the one that was read at `enrolment.revision`; any other revision in the store is a conflict.
    Replace(Enrolment),
}

/// Something that may be used once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayMark {
    /// Of which sort: values of two sorts never meet.
    pub purpose: ReplayPurpose,
    /// Who issued it, such as an upstream's entity ID: values of two issuers never meet.
    pub owner: String,
    /// What it is, such as an assertion ID. Stored hashed.
    pub value: String,
    /// Until when it must be remembered.
    pub keep_until: DateTime<Utc>,
}

/// The sorts of one-time things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayPurpose {
    /// The nonce that an ID token answers. Not a hash of the token: ECDSA signatures can be rewritten.
    IdToken,
    /// A SAML assertion's ID.
    SamlAssertion,
}

impl ReplayPurpose {
    /// The name that stores keep.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IdToken => "id_token",
            Self::SamlAssertion => "saml_assertion",
        }
    }
}

/// Why a transaction did not happen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Somebody else was faster, or it was used before.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// What is stored cannot be read: wrong master key, or damaged.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
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
    /// The login changed since it was read.
    #[error("the login changed in the meantime")]
    Login,
    /// The person was disabled, or their factors changed, since they were read.
    #[error("the person changed in the meantime")]
    Person,
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
            Self::Conflict(Conflict::Login) => "login_changed",
            Self::Conflict(Conflict::Person) => "person_changed",
            Self::Conflict(Conflict::TooManyLogins) => "too_many_logins",
            Self::Corrupt(_) => "store_corrupt",
            Self::Unavailable(_) => "store_unavailable",
        }
    }
}

/// Transactions.
#[async_trait]
pub trait Commits: Send + Sync {
    /// Does all of it or nothing. It is durable when this returns `Ok`.
    ///
    /// # Errors
    /// [`StoreError`]. After a [`Conflict`] or [`StoreError::Corrupt`] nothing happened. After
    /// [`StoreError::Unavailable`] it may have happened all the same, if the connection broke while the database was
    /// confirming: what was to be used up counts as used, and nobody is let in.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;
}

/// Logins under way.
#[async_trait]
pub trait Logins: Send + Sync {
    /// Reads one; `None` if there is none, or it was cleared away.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn login(&self, id: LoginId) -> Result<Option<Login>, StoreError>;

    /// Clears away logins and replay marks whose time is over; returns how many rows went.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn clear_expired(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;
}

/// Registered factors.
#[async_trait]
pub trait Enrolments: Send + Sync {
    /// All of one person's, disabled and spent ones too, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn enrolments(&self, person: &PersonId) -> Result<Vec<Enrolment>, StoreError>;
}

/// Attempt limits, shared by all nodes.
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Counts one attempt on every key, or on none if one of them refuses; atomic against parallel attempts.
    ///
    /// # Errors
    /// [`StoreError`]; the attempt must not be judged then.
    async fn charge(&self, keys: &[ThrottleKey], now: DateTime<Utc>) -> Result<Charge, StoreError>;
}

/// A person who is known here: who logged in, or whom an administrator disabled before they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// Who.
    pub id: PersonId,
    /// Name at the last login.
    pub display_name: Option<String>,
    /// Mail address at the last login.
    pub mail: Option<String>,
    /// An administrator disabled them. Ignored when a login marks the person as seen.
    pub disabled: bool,
    /// Since when they are known: the first login, or the administrator's act.
    pub first_seen: DateTime<Utc>,
    /// Last login; `None`: they never logged in.
    pub last_seen: Option<DateTime<Utc>>,
}

/// People who were seen here.
#[async_trait]
pub trait People: Send + Sync {
    /// One person; `None` if never seen.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn person(&self, id: &PersonId) -> Result<Option<PersonRecord>, StoreError>;

    /// Everybody, by id, so many at most, after the given one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn people(
        &self,
        after: Option<&PersonId>,
        most: u32,
    ) -> Result<Vec<PersonRecord>, StoreError>;

    /// Disables or enables a person, known or not yet, with its audit record in the same transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn set_disabled(
        &self,
        id: &PersonId,
        disabled: bool,
        audit: AuditRecord,
    ) -> Result<(), StoreError>;
}

/// An account of the `local` upstream that lives in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalAccount {
    /// The upstream that it belongs to.
    pub upstream: UpstreamId,
    /// What the person types; compared in lower case.
    pub username: String,
    /// Argon2id, in the PHC string format.
    pub password_hash: String,
    /// Mail address.
    pub mail: Option<String>,
    /// Name to show.
    pub display_name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Groups.
    pub groups: Vec<String>,
    /// Cannot log in.
    pub disabled: bool,
}

/// Accounts of `local` upstreams.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// One account.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn account(
        &self,
        upstream: &UpstreamId,
        username: &str,
    ) -> Result<Option<LocalAccount>, StoreError>;

    /// All accounts of one upstream, by user name.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn accounts(&self, upstream: &UpstreamId) -> Result<Vec<LocalAccount>, StoreError>;

    /// Adds or replaces one, with its audit record in the same transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_account(
        &self,
        account: LocalAccount,
        audit: AuditRecord,
    ) -> Result<(), StoreError>;

    /// Removes one, with its audit record in the same transaction; `false` if there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn remove_account(
        &self,
        upstream: &UpstreamId,
        username: &str,
        audit: AuditRecord,
    ) -> Result<bool, StoreError>;
}

/// One audit record as it stands in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Its place, from 1 without a gap.
    pub number: i64,
    /// What it says.
    #[serde(flatten)]
    pub record: AuditRecord,
    /// The chain value: a MAC over the one before and this record, in hexadecimal.
    pub chain: String,
}

/// Which entries to list. Empty parts match everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this login, by the reference on the error page.
    pub reference: Option<Reference>,
    /// Of this person.
    pub person: Option<PersonId>,
    /// From this moment on.
    pub since: Option<DateTime<Utc>>,
    /// From this address.
    pub address: Option<IpAddr>,
    /// So many at most, the newest.
    pub most: u32,
}

/// The result of checking the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainState {
    /// How many entries were checked.
    pub entries: i64,
    /// The first thing that is wrong; `None` if nothing is.
    pub fault: Option<ChainFault>,
}

/// What is wrong with the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainFault {
    /// At which entry.
    pub number: i64,
    /// What, in words.
    pub what: String,
}

/// The audit log. It is written by [`Commits`] only.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Lists entries, newest last.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn entries(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError>;

    /// Checks the whole chain.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read to the end.
    async fn verify_chain(&self) -> Result<ChainState, StoreError>;
}

/// A private key at rest. The store seals it; the bytes here are open.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// PKCS#8, DER.
    pub pkcs8: Vec<u8>,
    /// Its X.509 certificate, DER.
    pub certificate: Vec<u8>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair")
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// Our own signing keys, by name.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Reads one.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] if the master key is not the one that sealed it.
    async fn key(&self, name: &str) -> Result<Option<KeyPair>, StoreError>;

    /// Keeps a new one, unless another node was faster; returns the one that is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn keep_key(
        &self,
        name: &str,
        key: KeyPair,
        audit: AuditRecord,
    ) -> Result<KeyPair, StoreError>;
}

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
pub trait Store: Commits + Enrolments + Logins + People + Throttle {}

impl<T: Commits + Enrolments + Logins + People + Throttle> Store for T {}
