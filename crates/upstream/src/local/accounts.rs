//! Where local accounts are found: in the configuration, then in the store.
//!
//! Owns the look-up by user name. Does not check passwords.

use std::{collections::BTreeMap, sync::Arc};

use thiserror::Error;
use vestibule_core::{
    id::UpstreamId,
    identity::Username,
    port::{Accounts, LocalAccount, StoreError},
};

use super::password::check_hash;

/// The accounts of one local upstream.
///
/// An account of the configuration hides one of the same name in the store: what an administrator can review wins over
/// what was written at run time.
pub struct Directory {
    configured: BTreeMap<Username, LocalAccount>,
    stored: Option<Arc<dyn Accounts>>,
}

/// What is wrong with a configured account.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountFault {
    /// Its password hash cannot be used.
    #[error(
        "the password hash of `{username}` cannot be used: {reason}; make one with `vestibule user hash-password`"
    )]
    Hash {
        /// Whose.
        username: String,
        /// Why not.
        reason: String,
    },
    /// Two accounts have the same name once it is in lower case.
    #[error("the account `{username}` stands there twice (upper and lower case are the same)")]
    Twice {
        /// The name.
        username: String,
    },
    /// The name is empty or too long.
    #[error(
        "`{username}` is not a user name: use 1 to {} bytes without control characters",
        Username::LONGEST
    )]
    Username {
        /// The name.
        username: String,
    },
}

impl Directory {
    /// Accounts of the configuration, and those of the store if there is one.
    ///
    /// # Errors
    /// All [`AccountFault`]s of the configured accounts at once.
    pub fn new(
        configured: Vec<LocalAccount>,
        stored: Option<Arc<dyn Accounts>>,
    ) -> Result<Self, Vec<AccountFault>> {
        let (mut accounts, mut faults) = (BTreeMap::new(), Vec::new());
        for account in configured {
            let Some(username) = Username::typed(&account.username) else {
                faults.push(AccountFault::Username {
                    username: account.username,
                });
                continue;
            };
            if let Err(error) = check_hash(&account.password_hash) {
                faults.push(AccountFault::Hash {
                    username: username.to_string(),
                    reason: error.to_string(),
                });
            }
            if accounts.insert(username.clone(), account).is_some() {
                faults.push(AccountFault::Twice {
                    username: username.to_string(),
                });
            }
        }
        if faults.is_empty() {
            Ok(Self {
                configured: accounts,
                stored,
            })
        } else {
            Err(faults)
        }
    }

    /// One account.
    pub(super) async fn find(
        &self,
        upstream: &UpstreamId,
        username: &Username,
    ) -> Result<Option<LocalAccount>, StoreError> {
        // The store is asked in both cases, so that the time does not tell configured accounts from others.
        let stored = match &self.stored {
            Some(stored) => stored.account(upstream, username.as_str()).await?,
            None => None,
        };
        Ok(self.configured.get(username).cloned().or(stored))
    }
}
