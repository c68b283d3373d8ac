//! Where the passwords of local accounts were right.
//!
//! Owns the rows, of which each account has [`KnownSource::MOST`] at most. Only digests are kept: they tell no address
//! and no name. Does not own how long a source is known: that is written down with it.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use diesel::{prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;
use vestibule_core::{
    identity::{PersonId, Username},
    known::{KnownSource, Remembered},
};

use crate::{
    error::Failure,
    login::BATCH,
    prepared::Prepare,
    schema::known_sources,
    time::{millis, millis_up},
};

rows! {
    /// The table `known_sources`.
    KnownRows {
        /// Is this source known now?
        async fn knows_source(&mut self, source: &KnownSource, now: DateTime<Utc>) -> Result<bool, Failure> {
            let until: Option<i64> = known_sources::table
                .find(digest_of(&source.key()))
                .select(known_sources::forget_at)
                .get_result(self)
                .await
                .optional()?;
            Ok(until.is_some_and(|until| until > millis(now)))
        }

        /// Remembers a source, or remembers it for longer, and forgets the oldest of
        /// its account beyond the most. To be called when the person's row is held: two at once for one account would
        /// wait for each other's rows.
        async fn remember_source(&mut self, remembered: &Remembered) -> Result<(), Failure> {
            let account = digest_of(&remembered.source.account());
            let row = (
                known_sources::digest.eq(digest_of(&remembered.source.key())),
                known_sources::account.eq(&account),
                known_sources::forget_at.eq(millis_up(remembered.until)),
            );
            diesel::insert_into(known_sources::table)
                .values(row)
                .on_conflict(known_sources::digest)
                .do_update()
                .set(known_sources::forget_at.eq(excluded(known_sources::forget_at)))
                .prepared()
                .execute(self)
                .await?;
            let all: Vec<Vec<u8>> = known_sources::table
                .filter(known_sources::account.eq(&account))
                .order((known_sources::forget_at.desc(), known_sources::digest))
                .select(known_sources::digest)
                .load(self)
                .await?;
            let oldest = all.get(KnownSource::MOST..).unwrap_or_default();
            if !oldest.is_empty() {
                let gone = known_sources::table.filter(known_sources::digest.eq_any(oldest));
                diesel::delete(gone).execute(self).await?;
            }
            Ok(())
        }

        /// Forgets all sources of an account: whoever knew its old password is a stranger again.
        async fn forget_sources(&mut self, person: &PersonId) -> Result<(), Failure> {
            if let Some(name) = Username::typed(person.name()) {
                let account = digest_of(&KnownSource::account_key(person.upstream(), &name));
                let all = known_sources::table.filter(known_sources::account.eq(account));
                diesel::delete(all).execute(self).await?;
            }
            Ok(())
        }

        /// Clears away sources that are forgotten by now, at most [`BATCH`]; returns how many.
        async fn clear_sources(&mut self, now: DateTime<Utc>) -> Result<usize, Failure> {
            let over = known_sources::forget_at.le(millis(now));
            let digests: Vec<Vec<u8>> = known_sources::table
                .filter(over)
                .select(known_sources::digest)
                .limit(BATCH)
                .load(self)
                .await?;
            // The time is asked again: the password may have been right there in between.
            let gone = known_sources::table
                .filter(known_sources::digest.eq_any(digests))
                .filter(over);
            Ok(diesel::delete(gone).execute(self).await?)
        }
    }
}

fn digest_of(key: &str) -> Vec<u8> {
    digest(&SHA256, key.as_bytes()).as_ref().to_vec()
}
