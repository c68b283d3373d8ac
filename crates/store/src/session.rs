//! Sessions of browsers.
//!
//! Owns their rows: one for each browser, under the hash of its cookie. The whole session is sealed to that hash and to
//! the person, so that nobody who can write to the database can make one; only its last use stands beside it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vestibule_core::{
    identity::PersonId,
    port::{Conflict, SessionChange},
    session::{IDLE, Session, SessionKey},
};

use crate::{
    error::Failure,
    login::BATCH,
    prepared::Prepare,
    schema::{people, sessions},
    seal::{Place, Sealer},
    time::{from_millis, millis},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct SessionRow {
    id: String,
    browser: String,
    person: String,
    used_at: i64,
    expires_at: i64,
    sealed: Vec<u8>,
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
                SessionChange::Begin(session) => self.begin_session(sealer, session).await,
                SessionChange::End(key) => {
                    diesel::delete(sessions::table.find(name(&key.0))).execute(self).await?;
                    Ok(())
                }
                SessionChange::EndAll { person, save } => {
                    self.end_sessions(person, save.as_ref()).await
                }
                SessionChange::Hold(key) => {
                    let id = name(&key.0);
                    // An update that changes nothing takes the row, so that nobody ends it before this is decided.
                    let held = diesel::update(sessions::table.find(&id))
                        .set(sessions::id.eq(sessions::id))
                        .prepared()
                        .execute(self)
                        .await?;
                    there(held)
                }
                SessionChange::Renew { old, new } => {
                    let ended = diesel::delete(sessions::table.find(name(&old.0)))
                        .execute(self)
                        .await?;
                    there(ended)?;
                    self.begin_session(sealer, new).await
                }
            }
        }

        /// A session begins, and whichever its browser had before ends.
        async fn begin_session(
            &mut self,
            sealer: &Sealer,
            session: &Session,
        ) -> Result<(), Failure> {
            let row = SessionRow::seal(sealer, session)?;
            diesel::delete(sessions::table.filter(sessions::browser.eq(&row.browser)))
                .execute(self)
                .await?;
            let begun = diesel::insert_into(sessions::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(self)
                .await?;
            there(begun)
        }

        /// All of a person's sessions end, save one, which must be there. Takes the person's row first: whoever begins
        /// a session for them holds it too, so that none slips through.
        async fn end_sessions(
            &mut self,
            person: &PersonId,
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
                    .set(sessions::id.eq(sessions::id))
                    .prepared()
                    .execute(self)
                    .await?;
                there(held)?;
            }
            let others = sessions::table
                .filter(sessions::person.eq(person))
                .filter(sessions::id.ne(saved));
            diesel::delete(others).execute(self).await?;
            Ok(())
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

        /// Remembers a use, unless a later one is known.
        async fn touch_session(
            &mut self,
            key: SessionKey,
            now: DateTime<Utc>,
        ) -> Result<(), Failure> {
            let used = millis(now);
            let earlier = sessions::table
                .filter(sessions::id.eq(name(&key.0)))
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
            let idle_since = millis(now - IDLE);
            let over: Vec<String> = sessions::table
                .filter(
                    sessions::expires_at
                        .le(millis(now))
                        .or(sessions::used_at.le(idle_since)),
                )
                .select(sessions::id)
                .limit(BATCH)
                .load(self)
                .await?;
            Ok(
                diesel::delete(sessions::table.filter(sessions::id.eq_any(over)))
                    .execute(self)
                    .await?,
            )
        }
    }
}

impl SessionRow {
    fn seal(sealer: &Sealer, session: &Session) -> Result<Self, Failure> {
        let id = name(&session.key().0);
        let person = session.person().id.to_string();
        Ok(Self {
            sealed: sealer.seal_value(place(&[&id, &person]), session)?,
            browser: name(&session.browser().0),
            used_at: millis(session.used_at()),
            expires_at: millis(session.expires_at()),
            id,
            person,
        })
    }

    fn open(self, sealer: &Sealer) -> Result<Session, Failure> {
        let session: Session = sealer.open_value(place(&[&self.id, &self.person]), &self.sealed)?;
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
fn name(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
    Place {
        table: "sessions",
        owner,
        purpose: "session",
    }
}
