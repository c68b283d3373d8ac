//! What may be used once, and was.
//!
//! Owns the marks: one row per one-time thing, unique, so that of any number of uses at the same time, on any number of
//! nodes, one succeeds (attack row SI-62). Only digests are kept.

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vestibule_core::port::{Conflict, ReplayMark};

use crate::{
    error::Failure,
    login::BATCH,
    schema::replay_marks,
    time::{millis, millis_up},
};

/// How much longer a mark is kept than it says. A clock that is set back makes what was too old timely again; the mark
/// must still be there then.
const SET_BACK: TimeDelta = TimeDelta::hours(1);

rows! {
    /// The table `replay_marks`.
    ReplayRows {
        /// Uses something up.
        async fn mark_used(&mut self, mark: &ReplayMark) -> Result<(), Failure> {
            let row = (
                replay_marks::purpose.eq(mark.purpose.as_str()),
                replay_marks::digest.eq(digest_of(mark)),
                replay_marks::keep_until.eq(millis_up(mark.keep_until)),
            );
            let marked = diesel::insert_into(replay_marks::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(self)
                .await?;
            if marked == 1 {
                Ok(())
            } else {
                Err(Conflict::AlreadyUsed.into())
            }
        }

        /// Clears away marks whose time is over by [`SET_BACK`], at most [`BATCH`]; returns how many.
        async fn clear_marks(&mut self, now: DateTime<Utc>) -> Result<usize, Failure> {
            let then = now.checked_sub_signed(SET_BACK).unwrap_or(now);
            let over = replay_marks::keep_until.le(millis(then));
            let digests: Vec<Vec<u8>> = replay_marks::table
                .filter(over)
                .select(replay_marks::digest)
                .limit(BATCH)
                .load(self)
                .await?;
            // The time is asked again: a digest may stand under two purposes.
            let gone = replay_marks::table
                .filter(replay_marks::digest.eq_any(digests))
                .filter(over);
            Ok(diesel::delete(gone).execute(self).await?)
        }
    }
}

/// SHA-256 of owner, a zero byte, value. Neither a URI nor an XML ID can hold a zero byte, so the two cannot run
/// together.
pub(crate) fn digest_of(mark: &ReplayMark) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(mark.owner.as_bytes());
    context.update(&[0]);
    context.update(mark.value.as_bytes());
    context.finish().as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use vestibule_core::port::ReplayPurpose;

    use super::*;

    #[test]
    fn owner_and_value_do_not_run_together() {
        let digest = |owner: &str, value: &str| {
            digest_of(&ReplayMark {
                purpose: ReplayPurpose::SamlAssertion,
                owner: owner.into(),
                value: value.into(),
                keep_until: DateTime::UNIX_EPOCH,
            })
        };
        assert_eq!(digest("a", "bc"), digest("a", "bc"));
        assert_ne!(digest("a", "bc"), digest("ab", "c"));
    }
}
