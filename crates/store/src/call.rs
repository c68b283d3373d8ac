//! The queue of applications that are to be told of the end of a session, without a browser.
//!
//! Owns who of all nodes makes a try: a row is taken by moving the moment at which it is due, from the moment that was
//! read, so that of any number of takers one gets it. Its rows are those of `participations` whose session is over. Does
//! not own how often it is tried ([`vestibule_core::logout::call`]).

use chrono::{DateTime, Utc};
use diesel::{
    dsl::{count_star, min},
    prelude::*,
};
use diesel_async::RunQueryDsl;
use vestibule_core::{
    id::{AppId, SessionId},
    logout::call::{Call, Called, LEASE, Prospect, REMEMBERED, Room, Undelivered},
    port::StoreError,
};

use crate::{
    error::Failure,
    login::BATCH,
    participation::place,
    prepared::Prepare,
    schema::participations,
    seal::Sealer,
    time::{from_millis, millis},
};

/// A row that is due: session, application, when, how often tried, and what is sealed.
pub(crate) type Due = (String, String, Option<i64>, i64, Vec<u8>);
/// A row that was tried in vain, given up or not.
#[derive(Queryable, Selectable)]
#[diesel(table_name = participations)]
struct VainRow {
    session: String,
    app: String,
    person: Option<String>,
    attempts: i64,
    due_at: Option<i64>,
    gave_up_at: Option<i64>,
    why: Option<String>,
}

rows! {
    /// The rows of `participations` whose session is over.
    CallRows {
        /// What is due now and has room. Application by application, so that one that has more than all others together
        /// hides none of them.
        async fn find_due(&mut self, now: DateTime<Utc>, room: &Room) -> Result<Vec<Due>, Failure> {
            let mut due: Vec<Due> = Vec::new();
            if room.left() == 0 {
                return Ok(due);
            }
            let is_due = || {
                participations::table
                    .filter(participations::due_at.le(Some(millis(now))))
                    .filter(participations::gave_up_at.is_null())
            };
            let mut last = String::new();
            // A step in the index for each application, however many calls are due to it. `DISTINCT`, or a window over the
            // rows of each, would read them all, and that after each call that is over.
            while let Some(app) = is_due()
                .filter(participations::app.gt(&last))
                .select(min(participations::app))
                .get_result::<Option<String>>(self)
                .await?
            {
                let theirs = room.left_for(&app);
                if theirs > 0 {
                    let longest: Vec<Due> = is_due()
                        .filter(participations::app.eq(&app))
                        .order((participations::due_at, participations::session))
                        .select((
                            participations::session,
                            participations::app,
                            participations::due_at,
                            participations::attempts,
                            participations::sealed,
                        ))
                        .at_most(theirs)
                        .load(self)
                        .await?;
                    due.extend(longest);
                }
                last = app;
            }
            due.sort_by_key(|(_, _, due_at, _, _)| *due_at);
            Ok(room.choose(due.into_iter().map(|one| (one.1.clone(), one))))
        }

        /// Takes these, unless somebody else was faster. What cannot be read is given up, and keeps no other waiting.
        async fn take_due(
            &mut self,
            sealer: &Sealer,
            now: DateTime<Utc>,
            due: &[Due],
        ) -> Result<Vec<Call>, Failure> {
            let mut taken = Vec::new();
            for (session, app, due_at, attempts, sealed) in due {
                let tried = attempts.saturating_add(1);
                let read = participations::table
                    .find((session, app))
                    .filter(participations::due_at.eq(due_at))
                    .filter(participations::attempts.eq(attempts))
                    .filter(participations::gave_up_at.is_null());
                let ours = diesel::update(read)
                    .set((
                        participations::due_at.eq(Some(millis(now + LEASE))),
                        participations::attempts.eq(tried),
                    ))
                    .prepared()
                    .execute(self)
                    .await?;
                if ours != 1 {
                    continue;
                }
                match call(sealer, session, app, tried, sealed) {
                    Ok(call) => taken.push(call),
                    Err(Failure::Refused(StoreError::Corrupt(why))) => {
                        tracing::warn!(app, session, code = "logout_unreadable", why, "an application cannot be told that a session is over");
                        let given_up = (
                            participations::gave_up_at.eq(Some(millis(now))),
                            participations::why.eq(Some(why)),
                        );
                        diesel::update(participations::table.find((session, app)))
                            .set(given_up)
                            .execute(self)
                            .await?;
                    }
                    Err(failure) => return Err(failure),
                }
            }
            Ok(taken)
        }

        /// Writes down what a try came to. One that took longer than it may, and was made by somebody else as well,
        /// changes nothing.
        async fn settle_due(&mut self, call: &Call, called: &Called) -> Result<(), Failure> {
            let session = call.session.to_string();
            let ours = participations::table
                .find((&session, call.participation.app.as_str()))
                .filter(participations::attempts.eq(i64::from(call.attempts)))
                .filter(participations::due_at.is_not_null());
            match called {
                Called::Settled => {
                    diesel::delete(ours).execute(self).await?;
                }
                Called::PutOff { until, why } => {
                    let later = (
                        participations::due_at.eq(Some(millis(*until))),
                        participations::why.eq(Some(why)),
                    );
                    diesel::update(ours).set(later).execute(self).await?;
                }
                Called::GivenUp { at, why } => {
                    let given_up = (
                        participations::gave_up_at.eq(Some(millis(*at))),
                        participations::why.eq(Some(why)),
                    );
                    diesel::update(ours).set(given_up).execute(self).await?;
                }
            }
            Ok(())
        }

        /// Those that were tried in vain, at most so many: those that were given up, the latest first, and behind them those
        /// that are tried again, the next first.
        async fn in_vain(&mut self, most: u32) -> Result<Vec<Undelivered>, Failure> {
            let of_one = (participations::session, participations::app);
            let mut rows: Vec<VainRow> = participations::table
                .filter(participations::gave_up_at.is_not_null())
                .order((participations::gave_up_at.desc(), of_one))
                .limit(i64::from(most))
                .select(VainRow::as_select())
                .load(self)
                .await?;
            let listed = u32::try_from(rows.len()).unwrap_or(most);
            let waiting: Vec<VainRow> = participations::table
                .filter(participations::due_at.is_not_null())
                .filter(participations::gave_up_at.is_null())
                .filter(participations::why.is_not_null())
                .order((participations::due_at, of_one))
                .limit(i64::from(most.saturating_sub(listed)))
                .select(VainRow::as_select())
                .load(self)
                .await?;
            rows.extend(waiting);
            rows.into_iter().map(VainRow::undelivered).collect()
        }

        /// Has those that were tried in vain tried from the beginning, now. One that is being tried at this moment may be
        /// made twice by that.
        async fn begin_again(&mut self, app: Option<&AppId>, now: DateTime<Utc>) -> Result<u64, Failure> {
            let again = (
                participations::gave_up_at.eq(None::<i64>),
                participations::due_at.eq(Some(millis(now))),
                participations::attempts.eq(0),
            );
            // What was tried in vain has a reason, given up or not.
            let in_vain = participations::table
                .filter(participations::due_at.is_not_null())
                .filter(participations::why.is_not_null());
            let begun = match app {
                Some(app) => {
                    let theirs = in_vain.filter(participations::app.eq(app.as_str()));
                    diesel::update(theirs).set(again).execute(self).await?
                }
                None => diesel::update(in_vain).set(again).execute(self).await?,
            };
            Ok(begun as u64)
        }

        /// How many wait for a try, and how many were given up.
        async fn count_due(&mut self) -> Result<(u64, u64), Failure> {
            let waiting: i64 = participations::table
                .filter(participations::due_at.is_not_null())
                .filter(participations::gave_up_at.is_null())
                .select(count_star())
                .first(self)
                .await?;
            let given_up: i64 = participations::table
                .filter(participations::gave_up_at.is_not_null())
                .select(count_star())
                .first(self)
                .await?;
            Ok((waiting.unsigned_abs(), given_up.unsigned_abs()))
        }

        /// Clears away those that were given up long ago, at most [`BATCH`]; returns how many.
        async fn clear_given_up(&mut self, now: DateTime<Utc>) -> Result<usize, Failure> {
            let then = now.checked_sub_signed(REMEMBERED).unwrap_or(now);
            let over: Vec<(String, String)> = participations::table
                .filter(participations::gave_up_at.le(Some(millis(then))))
                .select((participations::session, participations::app))
                .limit(BATCH)
                .load(self)
                .await?;
            let mut cleared = 0;
            for (session, app) in &over {
                // The time is asked again: an administrator may have it tried once more.
                let gone = participations::table
                    .find((session, app))
                    .filter(participations::gave_up_at.le(Some(millis(then))));
                cleared += diesel::delete(gone).execute(self).await?;
            }
            Ok(cleared)
        }
    }
}

/// What is to be told, and to whom.
fn call(
    sealer: &Sealer,
    session: &str,
    app: &str,
    attempts: i64,
    sealed: &[u8],
) -> Result<Call, Failure> {
    Ok(Call {
        session: session_id(session)?,
        participation: sealer.open_value(place(&[session, app]), sealed)?,
        attempts: number(attempts)?,
    })
}

impl VainRow {
    fn undelivered(self) -> Result<Undelivered, Failure> {
        let prospect = match (self.gave_up_at, self.due_at) {
            (Some(at), _) => Prospect::GivenUp {
                at: from_millis(at)?,
            },
            (None, Some(until)) => Prospect::Waits {
                until: from_millis(until)?,
            },
            (None, None) => {
                let why = "a call was tried in vain, and has no time";
                return Err(Failure::corrupt(why));
            }
        };
        Ok(Undelivered {
            session: session_id(&self.session)?,
            app: AppId::new(self.app).map_err(|error| Failure::corrupt(error.to_string()))?,
            person: self.person.and_then(|person| person.parse().ok()),
            attempts: number(self.attempts)?,
            prospect,
            why: self.why.unwrap_or_default(),
        })
    }
}

fn session_id(text: &str) -> Result<SessionId, Failure> {
    SessionId::parse(text).ok_or_else(|| Failure::corrupt(format!("{text:?} is no session")))
}

fn number(attempts: i64) -> Result<u32, Failure> {
    u32::try_from(attempts).map_err(|_| Failure::corrupt(format!("{attempts} tries")))
}
