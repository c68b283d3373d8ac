//! A store that somebody meddles with: it breaks a promise, to show that the walks would notice; or something happens
//! between two of a node's calls, as it may at another node.

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
use vestibule_store::Store as RealStore;

use super::administration::Deed;

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

/// What happens before which call.
#[derive(Default)]
pub(super) struct Interruption(Mutex<Option<(usize, Deed)>>);

impl Interruption {
    /// After so many calls.
    pub(super) fn arm(&self, calls: usize, deed: Deed) {
        *self.0.lock().unwrap() = Some((calls, deed));
    }

    /// What did not happen, because there were fewer calls.
    pub(super) fn disarm(&self) -> Option<Deed> {
        self.0.lock().unwrap().take().map(|(_, deed)| deed)
    }

    /// What happens before this call.
    fn due(&self) -> Option<Deed> {
        let mut armed = self.0.lock().unwrap();
        match armed.as_mut() {
            Some((calls @ 1.., _)) => {
                *calls -= 1;
                None
            }
            _ => armed.take().map(|(_, deed)| deed),
        }
    }
}

/// The real store behind it, and what it has in mind.
pub(super) struct Meddled {
    store: Arc<RealStore>,
    flaw: Option<Flaw>,
    interruption: Arc<Interruption>,
    remembered: Mutex<HashMap<SessionKey, Session>>,
    renewed: Mutex<HashMap<SessionKey, SessionKey>>,
}

impl Meddled {
    pub(super) fn new(
        store: Arc<RealStore>,
        flaw: Option<Flaw>,
        interruption: Arc<Interruption>,
    ) -> Self {
        Self {
            store,
            flaw,
            interruption,
            remembered: Mutex::default(),
            renewed: Mutex::default(),
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The store, once what happens before this call has happened.
    async fn real(&self) -> &RealStore {
        if let Some(deed) = self.interruption.due() {
            deed.carry_out(&self.store).await;
        }
        &self.store
    }
}

#[async_trait]
impl Commits for Meddled {
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
        self.real().await.commit(commit).await
    }
}

#[async_trait]
impl Sessions for Meddled {
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
        let found = self.real().await.session(latest).await?;
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
            let all = self.real().await.sessions(None, None, 99).await?;
            return Ok(all.into_iter().find(|one| one.browser() == browser));
        }
        self.real().await.session_in(browser, person).await
    }

    async fn use_session(&self, key: SessionKey, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.real().await.use_session(key, now).await
    }

    async fn sessions(
        &self,
        of: Option<&PersonId>,
        after: Option<SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, StoreError> {
        self.real().await.sessions(of, after, most).await
    }

    async fn session_by_id(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.real().await.session_by_id(id).await
    }

    async fn signed_out_at(
        &self,
        browser: BrowserKey,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.real().await.signed_out_at(browser).await
    }

    async fn sessions_at_upstream(
        &self,
        upstream: &UpstreamId,
        name: &UpstreamName,
        after: Option<SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, StoreError> {
        self.real()
            .await
            .sessions_at_upstream(upstream, name, after, most)
            .await
    }

    async fn participations(&self, id: SessionId) -> Result<Vec<Participation>, StoreError> {
        self.real().await.participations(id).await
    }
}

#[async_trait]
impl People for Meddled {
    async fn person(&self, id: &PersonId) -> Result<Option<PersonRecord>, StoreError> {
        let mut found = self.real().await.person(id).await?;
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
        self.real().await.people(after, most).await
    }

    async fn set_disabled(
        &self,
        id: &PersonId,
        disabled: bool,
        audit: AuditRecord,
    ) -> Result<(), StoreError> {
        self.real().await.set_disabled(id, disabled, audit).await
    }
}

#[async_trait]
impl Enrolments for Meddled {
    async fn enrolments(&self, person: &PersonId) -> Result<Vec<Enrolment>, StoreError> {
        self.real().await.enrolments(person).await
    }
}

#[async_trait]
impl KnownSources for Meddled {
    async fn knows(&self, source: &KnownSource, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.real().await.knows(source, now).await
    }
}

#[async_trait]
impl Logins for Meddled {
    async fn login(&self, id: LoginId) -> Result<Option<Login>, StoreError> {
        self.real().await.login(id).await
    }

    async fn clear_expired(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.real().await.clear_expired(now).await
    }
}

#[async_trait]
impl Logouts for Meddled {
    async fn logout(&self, id: LogoutId) -> Result<Option<Logout>, StoreError> {
        self.real().await.logout(id).await
    }

    async fn session_known_as(
        &self,
        app: &AppId,
        name: &str,
    ) -> Result<Option<SessionId>, StoreError> {
        self.real().await.session_known_as(app, name).await
    }
}

#[async_trait]
impl Throttle for Meddled {
    async fn charge(&self, keys: &[ThrottleKey], now: DateTime<Utc>) -> Result<Charge, StoreError> {
        self.real().await.charge(keys, now).await
    }

    async fn verdict(&self, key: &ThrottleKey, now: DateTime<Utc>) -> Result<Charge, StoreError> {
        self.real().await.verdict(key, now).await
    }

    async fn forgive(&self, person: &PersonId, audit: AuditRecord) -> Result<(), StoreError> {
        self.real().await.forgive(person, audit).await
    }
}
