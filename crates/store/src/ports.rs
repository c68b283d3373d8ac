//! The ports of the core, each in a few lines: take what is asked, run it as a task, in a transaction where it writes.
//!
//! Owns which request is a transaction and which is a reading. Does not own any statement.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vestibule_core::{
    audit::AuditRecord,
    evidence::Enrolment,
    flow::{BrowserKey, Login},
    id::{AppId, LoginId, LogoutId, SessionId, UpstreamId},
    identity::PersonId,
    key::KeyStep,
    known::KnownSource,
    logout::{
        Logout,
        call::{Call, Called, Room, Undelivered},
    },
    port::{
        AccountChange, Accounts, AuditEntry, AuditFilter, AuditLog, Calls, ChainState, Commit,
        Commits, Enrolments, Health, KeptKey, KeyShelf, Keys, KnownSources, LocalAccount,
        LoginChange, Logins, Logouts, People, PersonRecord, Sessions, StoreError, Throttle, Tokens,
    },
    session::{Participation, Session, SessionKey},
    throttle::{Charge, ThrottleKey},
    token::{TokenKey, TokenPurpose, TokenRecord},
    upstream_logout::UpstreamName,
};

use crate::{
    account::{AccountRows, person_of},
    audit::AuditRows,
    call::CallRows,
    commit::put_in_order,
    enrolment::EnrolmentRows,
    error::Failure,
    key::KeyRows,
    known::KnownRows,
    login::{BATCH, LoginRows},
    logout::LogoutRows,
    participation::ParticipationRows,
    person::PersonRows,
    replay::ReplayRows,
    session::SessionRows,
    signed_out::SignedOutRows,
    store::Store,
    throttle::{ThrottleRows, in_order},
    time::millis,
    token::TokenRows,
    upstream_session::UpstreamSessionRows,
    verify::verify,
    writer::{Attempt, Request},
};

#[async_trait]
impl Commits for Store {
    async fn commit(&self, mut commit: Commit) -> Result<(), StoreError> {
        put_in_order(&mut commit);
        if matches!(commit.login, Some(LoginChange::Open(_))) {
            self.admit().await?;
        }
        let request = Request {
            commit,
            attempt: None,
        };
        self.write(request).await.map(|_| ())
    }
}

#[async_trait]
impl Logins for Store {
    async fn login(&self, id: LoginId) -> Result<Option<Login>, StoreError> {
        self.glance(move |store| async move {
            with_conn!(store.db, |conn| conn
                .find_login(&store.secrets.sealer, id)
                .await)
        })
        .await
    }

    async fn clear_expired(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut cleared = 0;
        loop {
            // Each batch is a request of its own, so that logins get their turn in between.
            let batch = self
                .run(move |store| async move {
                    let batch = with_tx!(store.db, |conn| {
                        let batch = [
                            conn.clear_logins(now).await?,
                            conn.clear_marks(now).await?,
                            conn.clear_forgotten(now).await?,
                            conn.clear_sessions(now).await?,
                            conn.clear_signed_out(now).await?,
                            conn.pull_back_signed_out(now).await?,
                            conn.clear_sources(now).await?,
                            conn.clear_tokens(now).await?,
                            conn.clear_logouts(now).await?,
                            conn.clear_given_up(now).await?,
                        ];
                        Ok::<_, Failure>(batch)
                    })?;
                    store.open_logins.forget();
                    Ok(batch)
                })
                .await?;
            cleared += batch.iter().map(|rows| *rows as u64).sum::<u64>();
            if batch.iter().all(|rows| (*rows as i64) < BATCH) {
                return Ok(cleared);
            }
        }
    }
}

#[async_trait]
impl Enrolments for Store {
    async fn enrolments(&self, person: &PersonId) -> Result<Vec<Enrolment>, StoreError> {
        let person = person.clone();
        self.glance(|store| async move {
            with_conn!(store.db, |conn| conn
                .enrolments_of(&store.secrets.sealer, &person)
                .await)
        })
        .await
    }
}

#[async_trait]
impl Throttle for Store {
    async fn charge(&self, keys: &[ThrottleKey], now: DateTime<Utc>) -> Result<Charge, StoreError> {
        let attempt = Attempt {
            keys: in_order(keys),
            now,
        };
        let request = Request {
            attempt: Some(attempt),
            commit: Commit::default(),
        };
        self.write(request).await
    }

    async fn verdict(&self, key: &ThrottleKey, now: DateTime<Utc>) -> Result<Charge, StoreError> {
        let key = key.clone();
        self.run(move |store| async move {
            with_conn!(store.db, |conn| conn.ask_tally(&key, now).await)
        })
        .await
    }

    async fn forgive(&self, person: &PersonId, audit: AuditRecord) -> Result<(), StoreError> {
        let person = person.clone();
        self.run(|store| async move {
            with_tx!(store.db, |conn| {
                conn.forget_attempts(&person).await?;
                conn.append_audit(&store.secrets.chain, &[&audit]).await
            })
        })
        .await
    }
}

#[async_trait]
impl KnownSources for Store {
    async fn knows(&self, source: &KnownSource, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let source = source.clone();
        self.glance(move |store| async move {
            with_conn!(store.db, |conn| conn.knows_source(&source, now).await)
        })
        .await
    }
}

#[async_trait]
impl People for Store {
    async fn person(&self, id: &PersonId) -> Result<Option<PersonRecord>, StoreError> {
        let id = id.clone();
        self.glance(|store| async move { with_conn!(store.db, |conn| conn.find_person(&id).await) })
            .await
    }

    async fn people(
        &self,
        after: Option<&PersonId>,
        most: u32,
    ) -> Result<Vec<PersonRecord>, StoreError> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        self.run(move |store| async move {
            with_conn!(store.db, |conn| conn.people_after(&after, most).await)
        })
        .await
    }

    async fn set_disabled(
        &self,
        id: &PersonId,
        disabled: bool,
        audit: AuditRecord,
    ) -> Result<(), StoreError> {
        let id = id.clone();
        self.run(move |store| async move {
            with_tx!(store.db, |conn| {
                conn.disable_person(&id, disabled, millis(audit.at)).await?;
                if disabled {
                    conn.revoke_person(&id, audit.at).await?;
                    conn.end_sessions(&id, audit.at, None).await?;
                }
                conn.append_audit(&store.secrets.chain, &[&audit]).await
            })
        })
        .await
    }
}

#[async_trait]
impl Accounts for Store {
    async fn account(
        &self,
        upstream: &UpstreamId,
        username: &str,
    ) -> Result<Option<LocalAccount>, StoreError> {
        let (upstream, username) = (upstream.clone(), username.to_owned());
        self.run(|store| async move {
            with_conn!(store.db, |conn| {
                conn.find_local_account(&store.secrets.sealer, &upstream, &username)
                    .await
            })
        })
        .await
    }

    async fn accounts(&self, upstream: &UpstreamId) -> Result<Vec<LocalAccount>, StoreError> {
        let upstream = upstream.clone();
        self.run(|store| async move {
            with_conn!(store.db, |conn| conn
                .local_accounts_of(&store.secrets.sealer, &upstream)
                .await)
        })
        .await
    }

    async fn add_account(
        &self,
        account: LocalAccount,
        audit: AuditRecord,
    ) -> Result<bool, StoreError> {
        self.run(|store| async move {
            with_tx!(store.db, |conn| {
                let added = conn.add_local_account(&store.secrets.sealer, &account);
                let added = added.await?;
                if added {
                    let person = person_of(&account.upstream, &account.username);
                    conn.revoke_person(&person, audit.at).await?;
                    conn.end_sessions(&person, audit.at, None).await?;
                    conn.forget_sources(&person).await?;
                    conn.append_audit(&store.secrets.chain, &[&audit]).await?;
                }
                Ok(added)
            })
        })
        .await
    }

    async fn change_account(
        &self,
        upstream: &UpstreamId,
        username: &str,
        change: AccountChange,
        audit: AuditRecord,
    ) -> Result<bool, StoreError> {
        let (upstream, username) = (upstream.clone(), username.to_owned());
        self.run(|store| async move {
            with_tx!(store.db, |conn| {
                let sealer = &store.secrets.sealer;
                let changed = conn.change_local_account(sealer, &upstream, &username, &change);
                let changed = changed.await?;
                if changed {
                    let person = person_of(&upstream, &username);
                    conn.revoke_person(&person, audit.at).await?;
                    conn.end_sessions(&person, audit.at, None).await?;
                    conn.forget_sources(&person).await?;
                    conn.append_audit(&store.secrets.chain, &[&audit]).await?;
                }
                Ok::<_, Failure>(changed)
            })
        })
        .await
    }

    async fn remove_account(
        &self,
        upstream: &UpstreamId,
        username: &str,
        audit: AuditRecord,
    ) -> Result<bool, StoreError> {
        let (upstream, username) = (upstream.clone(), username.to_owned());
        self.run(|store| async move {
            with_tx!(store.db, |conn| {
                let removed = conn.remove_local_account(&upstream, &username).await?;
                if removed {
                    let person = person_of(&upstream, &username);
                    // The person first: a login under way that adds a factor holds the person too, so that it is seen
                    // here or fails there.
                    conn.disable_person(&person, true, millis(audit.at)).await?;
                    conn.revoke_person(&person, audit.at).await?;
                    conn.remove_enrolments(&person).await?;
                    conn.end_sessions(&person, audit.at, None).await?;
                    conn.forget_sources(&person).await?;
                    conn.append_audit(&store.secrets.chain, &[&audit]).await?;
                }
                Ok::<_, Failure>(removed)
            })
        })
        .await
    }
}

#[async_trait]
impl Sessions for Store {
    async fn session(&self, key: SessionKey) -> Result<Option<Session>, StoreError> {
        self.glance(move |store| async move {
            with_conn!(store.db, |conn| conn
                .find_session(&store.secrets.sealer, key)
                .await)
        })
        .await
    }

    async fn use_session(&self, key: SessionKey, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.run(move |store| async move {
            with_tx!(store.db, |conn| conn.touch_session(key, now).await)
        })
        .await
    }

    async fn sessions(
        &self,
        of: Option<&PersonId>,
        after: Option<SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let of = of.cloned();
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.run(move |store| async move {
            with_conn!(store.db, |conn| conn
                .sessions_after(&store.secrets.sealer, of.as_ref(), &after, most)
                .await)
        })
        .await
    }

    async fn session_in(
        &self,
        browser: BrowserKey,
        person: &PersonId,
    ) -> Result<Option<Session>, StoreError> {
        let person = person.clone();
        self.glance(move |store| async move {
            with_conn!(store.db, |conn| conn
                .find_session_in(&store.secrets.sealer, browser, &person)
                .await)
        })
        .await
    }

    async fn signed_out_at(
        &self,
        browser: BrowserKey,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.glance(move |store| async move {
            with_conn!(store.db, |conn| conn.find_signed_out(browser).await)
        })
        .await
    }

    async fn session_by_id(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.glance(move |store| async move {
            with_conn!(store.db, |conn| conn
                .find_session_by_id(&store.secrets.sealer, id)
                .await)
        })
        .await
    }

    async fn sessions_at_upstream(
        &self,
        upstream: &UpstreamId,
        name: &UpstreamName,
        after: Option<SessionId>,
        most: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let (upstream, name) = (upstream.clone(), name.clone());
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.run(move |store| async move {
            with_conn!(store.db, |conn| conn
                .find_sessions_at_upstream(&store.secrets.sealer, &upstream, &name, &after, most)
                .await)
        })
        .await
    }

    async fn participations(&self, id: SessionId) -> Result<Vec<Participation>, StoreError> {
        self.run(move |store| async move {
            with_conn!(store.db, |conn| conn
                .find_participations(&store.secrets.sealer, id)
                .await)
        })
        .await
    }
}

#[async_trait]
impl Logouts for Store {
    async fn logout(&self, id: LogoutId) -> Result<Option<Logout>, StoreError> {
        self.glance(move |store| async move {
            with_conn!(store.db, |conn| conn
                .find_logout(&store.secrets.sealer, id)
                .await)
        })
        .await
    }

    async fn session_known_as(
        &self,
        app: &AppId,
        name: &str,
    ) -> Result<Option<SessionId>, StoreError> {
        let (app, name) = (app.clone(), name.to_owned());
        self.glance(move |store| async move {
            with_conn!(store.db, |conn| conn.find_known_as(&app, &name).await)
        })
        .await
    }
}

#[async_trait]
impl Calls for Store {
    async fn take_calls(&self, now: DateTime<Utc>, room: &Room) -> Result<Vec<Call>, StoreError> {
        let room = room.clone();
        self.run(move |store| async move {
            // As a rule nothing is; that must not take the place of one who writes.
            let due = with_conn!(store.db, |conn| conn.find_due(now, &room).await)?;
            if due.is_empty() {
                return Ok(Vec::new());
            }
            with_tx!(store.db, |conn| conn
                .take_due(&store.secrets.sealer, now, &due)
                .await)
        })
        .await
    }

    async fn settle_call(&self, call: &Call, called: Called) -> Result<(), StoreError> {
        let call = call.clone();
        self.run(move |store| async move {
            with_tx!(store.db, |conn| conn.settle_due(&call, &called).await)
        })
        .await
    }

    async fn undelivered(&self, most: u32) -> Result<Vec<Undelivered>, StoreError> {
        self.run(move |store| async move { with_conn!(store.db, |conn| conn.in_vain(most).await) })
            .await
    }

    async fn try_again(&self, app: Option<&AppId>, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let app = app.cloned();
        self.run(move |store| async move {
            with_tx!(store.db, |conn| conn.begin_again(app.as_ref(), now).await)
        })
        .await
    }

    async fn count_calls(&self) -> Result<(u64, u64), StoreError> {
        self.run(|store| async move { with_conn!(store.db, |conn| conn.count_due().await) })
            .await
    }
}

#[async_trait]
impl Tokens for Store {
    async fn token(
        &self,
        purpose: TokenPurpose,
        key: TokenKey,
    ) -> Result<Option<TokenRecord>, StoreError> {
        self.glance(move |store| async move {
            with_conn!(store.db, |conn| conn
                .find_token(&store.secrets.sealer, purpose, key)
                .await)
        })
        .await
    }
}

#[async_trait]
impl AuditLog for Store {
    async fn entries(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        let filter = filter.clone();
        self.run(
            |store| async move { with_conn!(store.db, |conn| conn.search_audit(&filter).await) },
        )
        .await
    }

    async fn verify_chain(&self) -> Result<ChainState, StoreError> {
        verify(self).await
    }
}

#[async_trait]
impl Keys for Store {
    async fn key_revision(&self) -> Result<u64, StoreError> {
        self.run(|store| async move { with_conn!(store.db, |conn| conn.key_changes().await) })
            .await
    }

    async fn keys(&self) -> Result<KeyShelf, StoreError> {
        self.run(|store| async move {
            with_tx!(store.db, |conn| conn.key_shelf(&store.secrets.sealer).await)
        })
        .await
    }

    async fn add_key(&self, seen: u64, key: KeptKey, audit: AuditRecord) -> Result<(), StoreError> {
        self.run(move |store| async move {
            with_tx!(store.db, |conn| {
                conn.count_key_change(seen).await?;
                conn.insert_key(&store.secrets.sealer, &key).await?;
                conn.append_audit(&store.secrets.chain, &[&audit]).await
            })
        })
        .await
    }

    async fn change_keys(
        &self,
        seen: u64,
        steps: Vec<KeyStep>,
        audit: AuditRecord,
    ) -> Result<(), StoreError> {
        self.run(move |store| async move {
            with_tx!(store.db, |conn| {
                conn.count_key_change(seen).await?;
                for step in &steps {
                    conn.step_key(step).await?;
                }
                conn.append_audit(&store.secrets.chain, &[&audit]).await
            })
        })
        .await
    }
}

#[async_trait]
impl Health for Store {
    async fn ping(&self) -> Result<(), StoreError> {
        // The end of the audit log: every commit needs it, so a store without it is not there.
        self.run(|store| async move {
            match with_conn!(store.db, |conn| conn.read_end(&store.secrets.chain).await?) {
                Ok(_) => Ok(()),
                Err(fault) => Err(Failure::corrupt(fault.what)),
            }
        })
        .await
    }
}
