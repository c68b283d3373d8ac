//! Accounts of `local` upstreams that live in the store.

use async_trait::async_trait;

use super::StoreError;
use crate::{audit::AuditRecord, id::UpstreamId};

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

/// What is to change of an account. What is `None` stays as it is when the change is made, whoever wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Name to show; `Some(None)` removes it.
    pub display_name: Option<Option<String>>,
    /// First name; `Some(None)` removes it.
    pub given_name: Option<Option<String>>,
    /// Last name; `Some(None)` removes it.
    pub family_name: Option<Option<String>>,
    /// Groups, all of them.
    pub groups: Option<Vec<String>>,
    /// Mail address.
    pub mail: Option<String>,
    /// Argon2id, in the PHC string format.
    pub password_hash: Option<String>,
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

    /// Adds one, with its audit record in the same transaction; `false`, and nothing is changed, if there is one of the
    /// name already. What is left of an earlier owner of the name ends: their sessions, and where a password was right.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn add_account(
        &self,
        account: LocalAccount,
        audit: AuditRecord,
    ) -> Result<bool, StoreError>;

    /// Changes one in these points alone, with its audit record in the same transaction; `false` if there is none, or no
    /// more. The person's sessions end, and where the password was right is forgotten: both rest on what was there before,
    /// perhaps on another password.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn change_account(
        &self,
        upstream: &UpstreamId,
        username: &str,
        change: AccountChange,
        audit: AuditRecord,
    ) -> Result<bool, StoreError>;

    /// Removes one, with its audit record in the same transaction; `false` if there was none. The person's factors,
    /// sessions and known sources go with it, and the person is disabled from then on, so that no login under way ends
    /// well, and who gets the name next inherits nothing (attack row SO-17).
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
