//! Transactions as data: what is to become true together.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{PersonRecord, StoreError};
use crate::{
    audit::AuditRecord,
    evidence::Enrolment,
    flow::Login,
    id::{EnrolmentId, SessionId},
    identity::PersonId,
    known::Remembered,
    logout::Logout,
    session::{Participation, Session, SessionKey},
    throttle::ThrottleKey,
    token::TokenChange,
};

/// One transaction as data: all of it happens, or nothing (step 9).
///
/// Order of checks: login, enrolments, marks, guard, session, tokens, logout. The first that fails names the
/// [`Conflict`](super::Conflict).
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
    /// Where a password was right. It comes with whom it let in (`seen`): the person's row puts those of one account in
    /// order.
    pub known: Option<Remembered>,
    /// A session that begins, or sessions that end.
    pub session: Option<SessionChange>,
    /// An application that takes part in a session from now on. It comes with the change that holds or begins that one.
    pub participation: Option<(SessionId, Participation)>,
    /// Codes and tokens that are issued, used up, revoked.
    pub tokens: Vec<TokenChange>,
    /// The applications of a session that ends are told, or told on.
    pub logout: Option<LogoutChange>,
    /// What is written down about it, in order.
    pub audit: Vec<AuditRecord>,
}

impl Commit {
    /// It would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.login.is_none() && self.is_login_alone()
    }

    /// There is nothing beside the login, if there is one.
    fn is_login_alone(&self) -> bool {
        // Every field is named, so that a new one cannot be forgotten here.
        let Self {
            login: _,
            enrolments,
            once,
            clear,
            seen,
            guard,
            known,
            session,
            participation,
            tokens,
            logout,
            audit,
        } = self;
        enrolments.is_empty()
            && once.is_empty()
            && clear.is_empty()
            && seen.is_none()
            && guard.is_none()
            && known.is_none()
            && session.is_none()
            && participation.is_none()
            && tokens.is_empty()
            && logout.is_none()
            && audit.is_empty()
    }
}

/// How sure a commit must be before anybody is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It outlives a power cut: it is on the disk.
    Full,
    /// It outlives the end of this process. After a power cut it may be gone, whole, and what came before it is there.
    Relaxed,
}

impl Commit {
    /// What this commit asks for. Only a login that goes on, with nothing else, may be relaxed: lost, it stands where
    /// it stood before, and the person is asked once more. Whatever lets somebody in, uses something up, counts, or is
    /// written down is [`Durability::Full`].
    #[must_use]
    pub fn durability(&self) -> Durability {
        let goes_on = match &self.login {
            Some(LoginChange::Open(login) | LoginChange::Replace(login)) => !login.is_closed(),
            None => false,
        };
        if goes_on && self.is_login_alone() {
            Durability::Relaxed
        } else {
            Durability::Full
        }
    }
}

/// What was read of a person before deciding about them. A commit that carries it fails with
/// [`Conflict::Person`](super::Conflict::Person) if the person is disabled by now, or has other factors, or changed
/// ones, apart from the changes of the commit itself, or if what they proved counts no more (attack rows SO-17, MF-40).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonGuard {
    /// Who.
    pub person: PersonId,
    /// Their factors, each at the revision that was read; `None` if the decision rests on none of them.
    pub enrolments: Option<BTreeSet<(EnrolmentId, i64)>>,
    /// Before which moment nothing counts ([`PersonRecord::valid_from`]).
    pub valid_from: DateTime<Utc>,
}

/// A change to a login.
#[derive(Debug)]
pub enum LoginChange {
    /// A new one.
    Open(Login),
    /// The next state of the one that was read at `login.revision()`; any other revision in the store is a conflict.
    Replace(Login),
}

/// A change to a logout.
#[derive(Debug)]
pub enum LogoutChange {
    /// A new one.
    Open(Logout),
    /// The next state of the one that was read at `logout.revision()`; any other revision in the store is a conflict.
    Replace(Logout),
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

/// A change to the sessions of browsers.
#[derive(Debug)]
pub enum SessionChange {
    /// A new one begins, and that of somebody else in its browser ends. One of the same person there is a conflict: it
    /// is renewed, and its applications stay in it.
    Begin(Session),
    /// These end, if they are there still, and nothing that was proved in their browsers before begins or renews one any
    /// more ([`Sessions::signed_out_at`](super::Sessions::signed_out_at)).
    End {
        /// Which.
        ids: Vec<SessionId>,
        /// When.
        at: DateTime<Utc>,
    },
    /// All of a person's end like that, in every browser, save one.
    EndAll {
        /// Whose.
        person: PersonId,
        /// When.
        at: DateTime<Utc>,
        /// The one that goes on. It must still be there: what was ended elsewhere ends nobody else's (attack row
        /// WA-02).
        save: Option<SessionKey>,
    },
    /// One must still be there, under whatever key.
    Hold(SessionId),
    /// One must still be there under the key that was read, and another one takes its place (attack row WA-02).
    Renew {
        /// The old one.
        old: SessionKey,
        /// The new one.
        new: Session,
    },
    /// Whatever a person proved counts no more from this moment on: their sessions end, their logins under way begin
    /// anew, and their tokens are good for nothing ([`PersonRecord::valid_from`]).
    Revoke {
        /// Whose.
        person: PersonId,
        /// From when on.
        at: DateTime<Utc>,
    },
    /// One must still be there, under whatever key, and was used just now.
    Use {
        /// Which.
        id: SessionId,
        /// When.
        at: DateTime<Utc>,
    },
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
    /// What an application proves itself with (RFC 7523 section 3).
    ClientAssertion,
    /// The nonce that an ID token answers. Not a hash of the token: ECDSA signatures can be rewritten.
    IdToken,
    /// The `jti` of a logout token.
    LogoutToken,
    /// A refresh token that is shown again while requests may still cross: that is written down once.
    RefreshContested,
    /// A SAML assertion's ID.
    SamlAssertion,
    /// The ID of a SAML LogoutRequest.
    SamlLogoutRequest,
}

impl ReplayPurpose {
    /// The name that stores keep.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientAssertion => "client_assertion",
            Self::IdToken => "id_token",
            Self::LogoutToken => "logout_token",
            Self::RefreshContested => "refresh_contested",
            Self::SamlAssertion => "saml_assertion",
            Self::SamlLogoutRequest => "saml_logout_request",
        }
    }
}

/// Transactions.
#[async_trait]
pub trait Commits: Send + Sync {
    /// Does all of it or nothing. When this returns `Ok`, it is as sure as [`Commit::durability`] says. A caller that
    /// does not wait for the answer changes nothing about that.
    ///
    /// # Errors
    /// [`StoreError`]. After a [`Conflict`](super::Conflict) or [`StoreError::Corrupt`] nothing happened. After
    /// [`StoreError::Unavailable`] it may have happened all the same, if the connection broke while the database was
    /// confirming: what was to be used up counts as used, and nobody is let in. After [`StoreError::Overloaded`]
    /// nothing happened.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests;
