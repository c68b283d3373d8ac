//! Browsers in which a session was ended.
//!
//! Owns the moment of the last end in each: whatever was proved there before begins no session any more, so that a login
//! which stands between the doors in another tab does not take back a sign-out, nor does an upstream with a session of its
//! own by what it says of a second factor. It is remembered for as long as either can count. Does not own the sessions, nor what people proved (`people.valid_from` is for all of their browsers).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;
use vestibule_core::{evidence::AHEAD, flow::BrowserKey, port::Conflict, session::Limits};

use crate::{
    error::Failure,
    login::BATCH,
    prepared::Prepare,
    schema::signed_out,
    session::name,
    time::{from_millis, millis, millis_up},
};

rows! {
    /// The table `signed_out`.
    SignedOutRows {
        /// A session was ended in each of these browsers. The latest end counts, whatever the clock says; see
        /// [`pull_back_signed_out`](SignedOutRows::pull_back_signed_out).
        async fn sign_out_of(&mut self, browsers: Vec<String>, at: DateTime<Utc>) -> Result<(), Failure> {
            // In one order, so that no two wait for each other.
            let browsers: BTreeSet<String> = browsers.into_iter().collect();
            // Up: what was proved in the same millisecond was proved before.
            let at = millis_up(at);
            for browser in browsers {
                let later = diesel::dsl::case_when(
                    signed_out::at.lt(excluded(signed_out::at)),
                    excluded(signed_out::at),
                )
                .otherwise(signed_out::at);
                diesel::insert_into(signed_out::table)
                    .values((signed_out::browser.eq(browser), signed_out::at.eq(at)))
                    .on_conflict(signed_out::browser)
                    .do_update()
                    .set(signed_out::at.eq(later))
                    .prepared()
                    .execute(self)
                    .await?;
            }
            Ok(())
        }

        /// When a session was ended there, last.
        async fn find_signed_out(&mut self, browser: BrowserKey) -> Result<Option<DateTime<Utc>>, Failure> {
            let at: Option<i64> = signed_out::table
                .find(name(&browser.0))
                .select(signed_out::at)
                .get_result(self)
                .await
                .optional()?;
            at.map(from_millis).transpose()
        }

        /// What was proved there at this moment counts still. To be asked behind the change of the browser's session,
        /// which waits for whoever is ending that one.
        async fn still_counts(&mut self, browser: BrowserKey, since: DateTime<Utc>) -> Result<(), Failure> {
            match self.find_signed_out(browser).await? {
                Some(at) if since < at => Err(Conflict::Session.into()),
                _ => Ok(()),
            }
        }

        /// Whoever signed out under a clock that ran ahead would not get in again in that browser until then: such an end
        /// was now, at the latest. At most [`BATCH`]; returns how many (attack row FT-06).
        async fn pull_back_signed_out(&mut self, now: DateTime<Utc>) -> Result<usize, Failure> {
            let is_ahead = signed_out::at.gt(millis_up(now + AHEAD));
            let ahead: Vec<String> = signed_out::table
                .filter(is_ahead)
                .select(signed_out::browser)
                .limit(BATCH)
                .load(self)
                .await?;
            let pulled = signed_out::table
                .filter(signed_out::browser.eq_any(ahead))
                .filter(is_ahead);
            Ok(diesel::update(pulled)
                .set(signed_out::at.eq(millis_up(now)))
                .execute(self)
                .await?)
        }

        /// Clears away those that neither a login under way nor an upstream's word that counts is as old as, at most [`BATCH`]; returns how many.
        async fn clear_signed_out(&mut self, now: DateTime<Utc>) -> Result<usize, Failure> {
            let is_over = signed_out::at.le(millis(now - Limits::LONGEST - AHEAD));
            let over: Vec<String> = signed_out::table
                .filter(is_over)
                .select(signed_out::browser)
                .limit(BATCH)
                .load(self)
                .await?;
            // The time is asked again: somebody may have signed out anew.
            let gone = signed_out::table
                .filter(signed_out::browser.eq_any(over))
                .filter(is_over);
            Ok(diesel::delete(gone).execute(self).await?)
        }
    }
}
