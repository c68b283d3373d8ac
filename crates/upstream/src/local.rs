//! The `local` upstream: accounts of our own, for break-glass, demonstrations, and customers without an identity
//! provider.
//!
//! Owns the check of a user name and a password. Does not own attempt limits (the core counts them) or the second
//! factor: a local account passes the same policy as any other.
//!
//! **Invariant:** a login costs one password hash whether the account exists, is disabled or has another password, and
//! the person is told the same (attack row MF-51). Only the administrator's detail says which it was.

mod accounts;
mod password;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    id::UpstreamId,
    identity::{Attributes, PersonId, Subject, Username, VerifiedIdentity},
    port::{Answer, Begin, Callback, LocalAccount, Prompt, StoreError, Upstream, UpstreamError},
    request::Memo,
};

pub use self::{
    accounts::{AccountFault, Directory},
    password::{HashError, Passwords, check_hash, hash_password},
};

/// The longest password, in bytes. Longer ones would only cost us work.
pub const LONGEST_PASSWORD: usize = 1024;

/// Names of the attributes that this upstream gives; [`crate::preset::local`] maps them.
pub mod attribute {
    /// Name to show.
    pub const DISPLAY_NAME: &str = "display_name";
    /// Last name.
    pub const FAMILY_NAME: &str = "family_name";
    /// First name.
    pub const GIVEN_NAME: &str = "given_name";
    /// Group names.
    pub const GROUPS: &str = "groups";
    /// Mail address.
    pub const MAIL: &str = "mail";
    /// User name in lower case.
    pub const USERNAME: &str = "username";
}

/// Accounts of our own.
pub struct LocalUpstream {
    id: UpstreamId,
    directory: Directory,
    passwords: Passwords,
}

impl LocalUpstream {
    /// An upstream over these accounts. `passwords` is shared by all local upstreams, so that its bound on concurrent
    /// hashing holds for the process.
    #[must_use]
    pub fn new(id: UpstreamId, directory: Directory, passwords: Passwords) -> Self {
        Self {
            id,
            directory,
            passwords,
        }
    }

    async fn authenticate(
        &self,
        typed: &str,
        password: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        // Decided by what was typed alone, so that it says nothing about accounts.
        let Some(username) = Username::typed(typed) else {
            let detail =
                "the user name is empty, longer than 256 bytes, or holds a control character";
            return Err(self.wrong(None, "account_unknown", detail));
        };
        if password.expose_secret().len() > LONGEST_PASSWORD {
            return Err(self.wrong(
                None,
                "password_wrong",
                "the password is longer than 1024 bytes",
            ));
        }
        let account = self
            .directory
            .find(&self.id, &username)
            .await
            .map_err(|error| self.unavailable(&error))?;
        let hash = account
            .as_ref()
            .map(|account| account.password_hash.as_str());
        let right = self
            .passwords
            .verify(password, hash)
            .await
            .map_err(|busy| UpstreamError::Unreachable {
                detail: format!("upstream `{}`: {busy}", self.id),
            })?;
        let Some(account) = account else {
            return Err(self.wrong(
                None,
                "account_unknown",
                &format!("there is no account `{username}`; add it below `local.people` or with `vestibule user add`"),
            ));
        };
        if !right {
            return Err(self.wrong(
                Some(&username),
                "password_wrong",
                &format!("wrong password for `{username}`"),
            ));
        }
        if account.disabled {
            return Err(self.wrong(
                Some(&username),
                "account_disabled",
                &format!("the account `{username}` is disabled; the password was right"),
            ));
        }
        Ok(self.identity(&username, account, now))
    }

    fn identity(
        &self,
        username: &Username,
        account: LocalAccount,
        now: DateTime<Utc>,
    ) -> VerifiedIdentity {
        let single = [
            (attribute::DISPLAY_NAME, account.display_name),
            (attribute::FAMILY_NAME, account.family_name),
            (attribute::GIVEN_NAME, account.given_name),
            (attribute::MAIL, account.mail),
            (attribute::USERNAME, Some(username.to_string())),
        ];
        let mut attributes: Attributes = single
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), vec![value?])))
            .collect();
        attributes.insert(attribute::GROUPS.to_owned(), account.groups);
        VerifiedIdentity {
            upstream: self.id.clone(),
            subject: Subject::plain(username.as_str()),
            attributes,
            authn_context: None,
            methods: vec!["pwd".to_owned()],
            authenticated_at: Some(now),
            session: None,
            session_ends: None,
            for_logout: None,
            // A password is not a message that could be sent twice; the login that it answers is consumed by the
            // engine.
            once: None,
        }
    }

    /// `account`: the user name, where an account has it.
    fn wrong(&self, account: Option<&Username>, code: &'static str, cause: &str) -> UpstreamError {
        UpstreamError::WrongCredentials {
            code,
            detail: format!("upstream `{}`: {cause}", self.id),
            person: account.map(|name| PersonId::new(self.id.clone(), name.as_str())),
        }
    }

    fn unavailable(&self, error: &StoreError) -> UpstreamError {
        UpstreamError::Unreachable {
            detail: format!(
                "upstream `{}`: the accounts cannot be read: {error}",
                self.id
            ),
        }
    }
}

#[async_trait]
impl Upstream for LocalUpstream {
    fn id(&self) -> &UpstreamId {
        &self.id
    }

    async fn begin(&self, begin: Begin<'_>) -> Result<(Prompt, Memo), UpstreamError> {
        let username = begin.login_hint.map(str::to_owned);
        Ok((Prompt::Password { username }, Memo::default()))
    }

    /// A password form is posted to our own login step; no callback comes from outside.
    fn handle_in(&self, _callback: &Callback) -> Option<String> {
        None
    }

    async fn finish(
        &self,
        _memo: &Memo,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdentity, UpstreamError> {
        match answer {
            Answer::Password { username, password } => {
                self.authenticate(username, password, now).await
            }
            Answer::Callback(_) | Answer::Code(_) | Answer::Confirmed | Answer::WebAuthn { .. } => {
                Err(UpstreamError::Misbehaved {
                    code: "answer_unexpected",
                    detail: format!(
                        "upstream `{}` asked for a password and got another kind of answer",
                        self.id
                    ),
                })
            }
        }
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;
