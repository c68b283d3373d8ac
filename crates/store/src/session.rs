//! Sessions of browsers.
//!
//! Owns their rows: one for each browser, under the hash of its cookie. The whole session is sealed to that hash and to
//! the person, so that nobody who can write to the database can make one; only its last use stands beside it. Whatever
//! ends one leaves its applications to be told.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types::BigInt};
use diesel_async::RunQueryDsl;
use vestibule_core::{
    flow::BrowserKey,
    id::SessionId,
    identity::PersonId,
    port::{Conflict, SessionChange},
    session::{Limits, Session, SessionKey},
};

use crate::{
    error::Failure,
    login::BATCH,
    participation::ParticipationRows,
    person::PersonRows,
    prepared::Prepare,
    schema::{people, sessions},
    seal::{Place, Sealer},
    signed_out::SignedOutRows,
    time::{from_millis, millis},
    upstream_session::{session_digest, subject_digest},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub(crate) struct SessionRow {
    key: String,
    id: String,
    browser: String,
    person: String,
    used_at: i64,
    expires_at: i64,
    sealed: Vec<u8>,
    upstream_subject: Option<Vec<u8>>,
    upstream_session: Option<Vec<u8>>,
}

rows! {
    /// The table `sessions`.
    SessionRows {
        /// Begins, ends or holds a session.
        async fn change_session(
            &mut self,
            sealer: &Sealer,
            change: &SessionChange,
        ) -> Result<(), Failure> {
            match change {
                SessionChange::Begin(session) => {
                    let person = &session.person().id;
                    let theirs = self.find_session_in(sealer, session.browser(), person).await?;
                    if theirs.is_some() {
                        return Err(Conflict::Session.into());
                    }
                    self.begin_session(sealer, session).await
                }
                SessionChange::End { ids, at } => {
                    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                    let gone = sessions::table.filter(sessions::id.eq_any(ids));
                    let ended = diesel::delete(gone)
                        .returning((sessions::id, sessions::browser))
                        .get_results(self)
                        .await?;
                    self.leave(ended, *at).await
                }
                SessionChange::EndAll { person, at, save } => {
                    self.end_sessions(person, *at, save.as_ref()).await
                }
                SessionChange::Hold(id) => {
                    let of = sessions::table.filter(sessions::id.eq(id.to_string()));
                    // An update that changes nothing takes the row, so that nobody ends it before this is decided.
                    let held = diesel::update(of)
                        .set(sessions::key.eq(sessions::key))
                        .prepared()
                        .execute(self)
                        .await?;
                    there(held)
                }
                SessionChange::Renew { old, new } => {
                    let row = SessionRow::seal(sealer, new)?;
                    // It stays in its browser, so that no other one can be there.
                    let old = sessions::table
                        .find(name(&old.0))
                        .filter(sessions::browser.eq(row.browser));
                    // An update: whoever ends the session by its name at this moment waits, and then ends the one that
                    // goes on. A new row they would not see.
                    let next = (
                        sessions::key.eq(row.key),
                        sessions::id.eq(row.id),
                        sessions::person.eq(row.person),
                        sessions::used_at.eq(row.used_at),
                        sessions::expires_at.eq(row.expires_at),
                        sessions::sealed.eq(row.sealed),
                        sessions::upstream_subject.eq(row.upstream_subject),
                        sessions::upstream_session.eq(row.upstream_session),
                    );
                    let renewed = diesel::update(old)
                        .set(next)
                        .prepared()
                        .execute(self)
                        .await?;
                    there(renewed)?;
                    self.still_counts(new.browser(), new.started_at()).await
                }
                SessionChange::Revoke { person, at } => {
                    self.revoke_person(person, *at).await?;
                    self.end_sessions(person, *at, None).await
                }
                SessionChange::Use { id, at } => {
                    let of = sessions::table.filter(sessions::id.eq(id.to_string()));
                    let used = millis(*at);
                    let later = diesel::dsl::case_when(sessions::used_at.lt(used), used.into_sql::<BigInt>())
                        .otherwise(sessions::used_at);
                    let held = diesel::update(of)
                        .set(sessions::used_at.eq(later))
                        .prepared()
                        .execute(self)
                        .await?;
                    there(held)
                }
            }
        }

        /// A session begins, and whichever its browser had before ends. Of two that begin there at once, the second is a
        /// conflict (attack row MF-06).
        async fn begin_session(
            &mut self,
            sealer: &Sealer,
            session: &Session,
        ) -> Result<(), Failure> {
            let row = SessionRow::seal(sealer, session)?;
            let before = sessions::table.filter(sessions::browser.eq(&row.browser));
            let ended = diesel::delete(before)
                .returning(sessions::id)
                .get_results(self)
                .await?;
            self.part(&ended).await?;
            let begun = diesel::insert_into(sessions::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(self)
                .await?;
            there(begun)?;
            self.still_counts(session.browser(), session.started_at()).await
        }

        /// All of a person's sessions end, save one, which must be there. Takes the person's row first: whoever begins
        /// a session for them holds it too, so that none slips through.
        async fn end_sessions(
            &mut self,
            person: &PersonId,
            at: DateTime<Utc>,
            save: Option<&SessionKey>,
        ) -> Result<(), Failure> {
            let person = person.to_string();
            diesel::update(people::table.find(&person))
                .set(people::disabled.eq(people::disabled))
                .prepared()
                .execute(self)
                .await?;
            let saved = save.map(|key| name(&key.0)).unwrap_or_default();
            if save.is_some() {
                let theirs = sessions::table.find(&saved).filter(sessions::person.eq(&person));
                let held = diesel::update(theirs)
                    .set(sessions::key.eq(sessions::key))
                    .prepared()
                    .execute(self)
                    .await?;
                there(held)?;
            }
            let others = sessions::table
                .filter(sessions::person.eq(person))
                .filter(sessions::key.ne(saved));
            let ended = diesel::delete(others)
                .returning((sessions::id, sessions::browser))
                .get_results(self)
                .await?;
            self.leave(ended, at).await
        }

        /// These are over: their applications are to be told, and what was proved in their browsers before begins none.
        async fn leave(&mut self, ended: Vec<(String, String)>, at: DateTime<Utc>) -> Result<(), Failure> {
            let (ids, browsers): (Vec<_>, Vec<_>) = ended.into_iter().unzip();
            self.part(&ids).await?;
            self.sign_out_of(browsers, at).await
        }

        /// Reads a session.
        async fn find_session(
            &mut self,
            sealer: &Sealer,
            key: SessionKey,
        ) -> Result<Option<Session>, Failure> {
            let row: Option<SessionRow> = sessions::table
                .find(name(&key.0))
                .select(SessionRow::as_select())
                .get_result(self)
                .await
                .optional()?;
            row.map(|row| row.open(sealer)).transpose()
        }

        /// Reads the session of one person in one browser.
        async fn find_session_in(
            &mut self,
            sealer: &Sealer,
            browser: BrowserKey,
            person: &PersonId,
        ) -> Result<Option<Session>, Failure> {
            let row: Option<SessionRow> = sessions::table
                .filter(sessions::browser.eq(name(&browser.0)))
                .filter(sessions::person.eq(person.to_string()))
                .select(SessionRow::as_select())
                .get_result(self)
                .await
                .optional()?;
            row.map(|row| row.open(sealer)).transpose()
        }

        /// Reads a session by what it is called.
        async fn find_session_by_id(
            &mut self,
            sealer: &Sealer,
            id: SessionId,
        ) -> Result<Option<Session>, Failure> {
            let row: Option<SessionRow> = sessions::table
                .filter(sessions::id.eq(id.to_string()))
                .select(SessionRow::as_select())
                .get_result(self)
                .await
                .optional()?;
            row.map(|row| row.open(sealer)).transpose()
        }

        /// The sessions of one person, or everybody's, after one id, by id.
        async fn sessions_after(
            &mut self,
            sealer: &Sealer,
            of: Option<&PersonId>,
            after: &str,
            most: u32,
        ) -> Result<Vec<Session>, Failure> {
            let page = sessions::table
                .filter(sessions::id.gt(after))
                .order(sessions::id)
                .limit(i64::from(most))
                .select(SessionRow::as_select());
            let rows: Vec<SessionRow> = match of {
                Some(person) => {
                    page.filter(sessions::person.eq(person.to_string()))
                        .load(self)
                        .await?
                }
                None => page.load(self).await?,
            };
            rows.into_iter().map(|row| row.open(sealer)).collect()
        }

        /// Remembers a use, unless a later one is known.
        async fn touch_session(
            &mut self,
            key: SessionKey,
            now: DateTime<Utc>,
        ) -> Result<(), Failure> {
            let used = millis(now);
            let earlier = sessions::table
                .filter(sessions::key.eq(name(&key.0)))
                .filter(sessions::used_at.lt(used));
            diesel::update(earlier)
                .set(sessions::used_at.eq(used))
                .prepared()
                .execute(self)
                .await?;
            Ok(())
        }

        /// Clears away sessions that are over, at most [`BATCH`]; returns how many.
        async fn clear_sessions(&mut self, now: DateTime<Utc>) -> Result<usize, Failure> {
            let idle_since = millis(now - Limits::LONGEST);
            let is_over = sessions::expires_at
                .le(millis(now))
                .or(sessions::used_at.le(idle_since));
            let over: Vec<String> = sessions::table
                .filter(is_over)
                .select(sessions::id)
                .limit(BATCH)
                .load(self)
                .await?;
            // The time is asked again: one that was renewed meanwhile goes on.
            let gone = sessions::table
                .filter(sessions::id.eq_any(over))
                .filter(is_over);
            let ended: Vec<String> = diesel::delete(gone)
                .returning(sessions::id)
                .get_results(self)
                .await?;
            self.part(&ended).await?;
            Ok(ended.len())
        }
    }
}

impl SessionRow {
    fn seal(sealer: &Sealer, session: &Session) -> Result<Self, Failure> {
        let key = name(&session.key().0);
        let person = session.person().id.to_string();
        Ok(Self {
            sealed: sealer.seal_value(place(&[&key, &person]), session)?,
            id: session.id().to_string(),
            browser: name(&session.browser().0),
            used_at: millis(session.used_at()),
            expires_at: millis(session.expires_at()),
            upstream_subject: Some(subject_digest(session)),
            upstream_session: session_digest(session),
            key,
            person,
        })
    }

    pub(crate) fn open(self, sealer: &Sealer) -> Result<Session, Failure> {
        let session: Session =
            sealer.open_value(place(&[&self.key, &self.person]), &self.sealed)?;
        Ok(session.used(from_millis(self.used_at)?))
    }
}

/// It was there, and nobody else was faster.
fn there(rows: usize) -> Result<(), Failure> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Conflict::Session.into())
    }
}

/// A hash as a key of a row.
pub(crate) fn name(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
    Place {
        table: "sessions",
        owner,
        purpose: "session",
    }
}
