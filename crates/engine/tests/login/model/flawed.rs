//! A store that breaks a promise, to show that the walks would notice.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vestibule_core::{
    audit::AuditRecord,
    evidence::Enrolment,
    flow::{BrowserKey, Login},
    id::{AppId, LoginId, LogoutId, SessionId, UpstreamId},
    identity::PersonId,
    known::KnownSource,
    logout::Logout,
    port::*,
    session::{Participation, Session, SessionKey},
    throttle::{Charge, ThrottleKey},
    upstream_logout::UpstreamName,
};

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A session that was read once is remembered by this node.
    Caches,
    /// Who was told of a person is not written down.
    ForgetsWhoTookPart,
    /// A session that was used is as old as before.
    ForgetsUses,
    /// What was proved before the person's moment counts.
    IgnoresTheMoment,
    /// A session that ends goes on.
    KeepsWhatEnds,
    /// The key that a session had before opens it still.
    KnowsOldKeys,
    /// A session of the browser's is anybody's who is in it.
    MistakesPeople,
}

pub(super) const FLAWS: [Flaw; 7] = [
    Flaw::Caches,
    Flaw::ForgetsUses,
    Flaw::ForgetsWhoTookPart,
    Flaw::IgnoresTheMoment,
    Flaw::KeepsWhatEnds,
    Flaw::KnowsOldKeys,
    Flaw::MistakesPeople,
];

/// The real store behind it, and what it has in mind.
pub(super) struct Flawed {
    store: Arc<dyn Store>,
    flaw: Flaw,
    remembered: Mutex<HashMap<SessionKey, Session>>,
    renewed: Mutex<HashMap<SessionKey, SessionKey>>,
}

impl Flawed {
    pub(super) fn new(store: Arc<dyn Store>, flaw: Flaw) -> Self {
        Self {
            store,
            flaw,
            remembered: Mutex::default(),
            renewed: Mutex::default(),
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }
}

#[async_trait]
impl Commits for Flawed {
    async fn commit(&self, mut commit: Commit) -> Result<(), StoreError> {
        match &commit.session {
            Some(SessionChange::Renew { old, new }) if self.is(Flaw::KnowsOldKeys) => {
                self.renewed.lock().unwrap().insert(*old, new.key());
            }
            Some(SessionChange::End { .. }) if self.is(Flaw::KeepsWhatEnds) => {
                commit.session = None
            }
            Some(SessionChange::Use { .. }) if self.is(Flaw::ForgetsUses) => commit.session = None,
            _ => {}
        }
        if self.is(Flaw::IgnoresTheMoment) {
            commit.guard = None;
        }
        if self.is(Flaw::ForgetsWhoTookPart) {
            commit.participation = None;
        }
        self.store.commit(commit).await
    }
}

#[async_trait]
impl Sessions for Flawed {
    async fn session(&self, key: SessionKey) -> Result<Option<Session>, StoreError> {
        if let Some(known) = self.remembered.lock().unwrap().get(&key)
            && self.is(Flaw::Caches)
        {
            return Ok(Some(known.clone()));
        }
        let mut latest = key;
        while let Some(next) = self.renewed.lock().unwrap().get(&latest) {
            latest = *next;
        }
        let found = self.store.session(latest).await?;
        if let Some(found) = &found {
            let found = found.clone();
            self.remembered.lock().unwrap().insert(key, found);
        }
        Ok(found)
    }

    async fn session_in(
        &self,
        browser: BrowserKey,
        person: &PersonId,
    ) -> Result<Option<Session>, StoreError> {
        if self.is(Flaw::MistakesPeople) {
            let all = self.store.sessions(None, None, 99).await?;
            return Ok(all.into_iter().find(|one| one.browser() == browser));
        }
        self.store.session_in(browser, person).await
    }

    async fn use_session(&self, key: SessionKey, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.store.use_session(key, now).await
    }

    async fn sessions(
        &self,
        of: Option<&PersonId>,
        after: Option<SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, StoreError> {
        self.store.sessions(of, after, most).await
    }

    async fn session_by_id(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.store.session_by_id(id).await
    }

    async fn signed_out_at(
        &self,
        browser: BrowserKey,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.store.signed_out_at(browser).await
    }

    async fn sessions_at_upstream(
        &self,
        upstream: &UpstreamId,
        name: &UpstreamName,
        after: Option<SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let store = &self.store;
        store
            .sessions_at_upstream(upstream, name, after, most)
            .await
    }

    async fn participations(&self, id: SessionId) -> Result<Vec<Participation>, StoreError> {
        self.store.participations(id).await
    }
}

#[async_trait]
impl People for Flawed {
    async fn person(&self, id: &PersonId) -> Result<Option<PersonRecord>, StoreError> {
        let mut found = self.store.person(id).await?;
        if let Some(found) = &mut found
            && self.is(Flaw::IgnoresTheMoment)
        {
            found.valid_from = DateTime::UNIX_EPOCH;
        }
        Ok(found)
    }

    async fn people(
        &self,
        after: Option<&PersonId>,
        most: u32,
    ) -> Result<Vec<PersonRecord>, StoreError> {
        self.store.people(after, most).await
    }

    async fn set_disabled(
        &self,
        id: &PersonId,
        disabled: bool,
        audit: AuditRecord,
    ) -> Result<(), StoreError> {
        self.store.set_disabled(id, disabled, audit).await
    }
}

#[async_trait]
impl Enrolments for Flawed {
    async fn enrolments(&self, person: &PersonId) -> Result<Vec<Enrolment>, StoreError> {
        self.store.enrolments(person).await
    }
}

#[async_trait]
impl KnownSources for Flawed {
    async fn knows(&self, source: &KnownSource, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.store.knows(source, now).await
    }
}

#[async_trait]
impl Logins for Flawed {
    async fn login(&self, id: LoginId) -> Result<Option<Login>, StoreError> {
        self.store.login(id).await
    }

    async fn clear_expired(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.store.clear_expired(now).await
    }
}

#[async_trait]
impl Logouts for Flawed {
    async fn logout(&self, id: LogoutId) -> Result<Option<Logout>, StoreError> {
        self.store.logout(id).await
    }

    async fn session_known_as(
        &self,
        app: &AppId,
        name: &str,
    ) -> Result<Option<SessionId>, StoreError> {
        self.store.session_known_as(app, name).await
    }
}

#[async_trait]
impl Throttle for Flawed {
    async fn charge(&self, keys: &[ThrottleKey], now: DateTime<Utc>) -> Result<Charge, StoreError> {
        self.store.charge(keys, now).await
    }

    async fn verdict(&self, key: &ThrottleKey, now: DateTime<Utc>) -> Result<Charge, StoreError> {
        self.store.verdict(key, now).await
    }

    async fn forgive(&self, person: &PersonId, audit: AuditRecord) -> Result<(), StoreError> {
        self.store.forgive(person, audit).await
    }
}
