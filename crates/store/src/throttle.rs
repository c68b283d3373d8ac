//! Attempt limits, shared by all nodes.
//!
//! Owns the rows that hold the tallies, and that an attempt is counted before it is judged. Does not own the
//! arithmetic: that is the core's [`Tally`].

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use diesel::{prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;
use vestibule_core::{
    identity::{PersonId, Username},
    throttle::{Charge, Tally, ThrottleKey},
};

use crate::{
    error::Failure,
    login::BATCH,
    prepared::Prepare,
    schema::throttle,
    time::{from_millis, millis, millis_up},
};

/// A key as the table knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    digest: Vec<u8>,
    key: ThrottleKey,
}

/// The keys in the order in which every transaction takes their rows, each once: two that wait for each other's rows
/// cannot be.
pub(crate) fn in_order(keys: &[ThrottleKey]) -> Vec<Counted> {
    let mut counted: Vec<Counted> = keys
        .iter()
        .map(|key| Counted {
            digest: digest_of(key),
            key: key.clone(),
        })
        .collect();
    counted.sort_by(|a, b| a.digest.cmp(&b.digest));
    counted.dedup();
    counted
}

fn digest_of(key: &ThrottleKey) -> Vec<u8> {
    digest(&SHA256, key.name().as_bytes()).as_ref().to_vec()
}

rows! {
    /// The table `throttle`.
    ThrottleRows {
        /// Counts one attempt on every key, or on none if one of them refuses.
        async fn charge_all(
            &mut self,
            keys: &[Counted],
            now: DateTime<Utc>,
        ) -> Result<Charge, Failure> {
            let mut tallies = Vec::with_capacity(keys.len());
            let mut verdict = Charge::Go;
            for counted in keys {
                let (tally, charge) = self
                    .lock_tally(counted)
                    .await?
                    .charge(now, &counted.key.rules());
                tallies.push(tally);
                verdict = stricter(verdict, charge);
            }
            for (counted, tally) in keys.iter().zip(tallies) {
                let row = throttle::table.find(&counted.digest);
                if verdict.goes() {
                    let forget_after = counted.key.rules().forget_after;
                    let forget_at = forget_after.and_then(|after| now.checked_add_signed(after));
                    let next = (
                        throttle::failures.eq(i64::from(tally.failures)),
                        throttle::last_at.eq(tally.last.map(millis)),
                        throttle::forget_at.eq(forget_at.map(millis_up)),
                    );
                    diesel::update(row)
                        .set(next)
                        .prepared()
                        .execute(self)
                        .await?;
                } else {
                    // What was only made to be locked goes again: keys that somebody made up must not fill the table.
                    diesel::delete(row.filter(throttle::failures.eq(0)))
                        .execute(self)
                        .await?;
                }
            }
            Ok(verdict)
        }

        /// Reads a tally that nobody else can change until this transaction ends.
        ///
        /// An insertion that changes nothing where there is a row: the one way to lock a row that may not be there yet
        /// which both databases understand.
        async fn lock_tally(&mut self, counted: &Counted) -> Result<Tally, Failure> {
            let fresh = (
                throttle::digest.eq(&counted.digest),
                throttle::failures.eq(0),
                throttle::account.eq(counted.key.goes_with().as_ref().map(digest_of)),
            );
            let kept = diesel::insert_into(throttle::table)
                .values(fresh)
                .on_conflict(throttle::digest)
                .do_update()
                .set(throttle::digest.eq(excluded(throttle::digest)))
                .returning((throttle::failures, throttle::last_at))
                .prepared()
                .get_result(self)
                .await?;
            tally(kept)
        }

        /// What an attempt would be told.
        async fn ask_tally(&mut self, key: &ThrottleKey, now: DateTime<Utc>) -> Result<Charge, Failure> {
            let kept: Option<(i64, Option<i64>)> = throttle::table
                .find(digest_of(key))
                .select((throttle::failures, throttle::last_at))
                .get_result(self)
                .await
                .optional()?;
            let kept = kept.map(tally).transpose()?.unwrap_or_default();
            Ok(kept.verdict(now, &key.rules()))
        }

        /// Forgets what was counted on a person: their factors, and their password if they have an account here, from
        /// everywhere.
        async fn forget_attempts(&mut self, person: &PersonId) -> Result<(), Failure> {
            let factors = digest_of(&ThrottleKey::Factors(person.clone()));
            diesel::delete(throttle::table.find(factors)).execute(self).await?;
            if let Some(name) = Username::typed(person.name()) {
                let account = digest_of(&ThrottleKey::Password(person.upstream().clone(), name));
                diesel::delete(throttle::table.find(&account)).execute(self).await?;
                let from_anywhere = throttle::table.filter(throttle::account.eq(&account));
                diesel::delete(from_anywhere).execute(self).await?;
            }
            Ok(())
        }

        /// Settles tallies after a success.
        async fn settle_tallies(&mut self, keys: &[ThrottleKey]) -> Result<(), Failure> {
            for counted in in_order(keys) {
                let row = throttle::table.find(&counted.digest);
                // Changes nothing; both databases lock the row for it.
                let kept: Option<(i64, Option<i64>)> = diesel::update(row)
                    .set(throttle::digest.eq(throttle::digest))
                    .returning((throttle::failures, throttle::last_at))
                    .prepared()
                    .get_result(self)
                    .await
                    .optional()?;
                let Some(kept) = kept else { continue };
                let settled = tally(kept)?.absolved(&counted.key);
                if settled.failures == 0 {
                    diesel::delete(row).execute(self).await?;
                } else {
                    let failures = throttle::failures.eq(i64::from(settled.failures));
                    diesel::update(row)
                        .set(failures)
                        .prepared()
                        .execute(self)
                        .await?;
                }
            }
            Ok(())
        }

        /// Clears away tallies that are forgotten by now, at most [`BATCH`]; returns how many.
        async fn clear_forgotten(&mut self, now: DateTime<Utc>) -> Result<usize, Failure> {
            let over = throttle::forget_at.le(millis(now));
            let digests: Vec<Vec<u8>> = throttle::table
                .filter(over)
                .select(throttle::digest)
                .limit(BATCH)
                .load(self)
                .await?;
            // The time is asked again: an attempt may have come in between.
            let gone = throttle::table
                .filter(throttle::digest.eq_any(digests))
                .filter(over);
            Ok(diesel::delete(gone).execute(self).await?)
        }
    }
}

/// A tally as it was kept.
fn tally((failures, last_at): (i64, Option<i64>)) -> Result<Tally, Failure> {
    Ok(Tally {
        failures: u32::try_from(failures).map_err(|_| Failure::corrupt("throttle (failures)"))?,
        last: last_at.map(from_millis).transpose()?,
    })
}

/// Locked before the longest wait, a wait before none.
fn stricter(one: Charge, other: Charge) -> Charge {
    match (one, other) {
        (Charge::Locked, _) | (_, Charge::Locked) => Charge::Locked,
        (Charge::Wait(until), Charge::Wait(later)) => Charge::Wait(until.max(later)),
        (Charge::Wait(until), _) | (_, Charge::Wait(until)) => Charge::Wait(until),
        (Charge::GoAndTell(alarm), _) | (_, Charge::GoAndTell(alarm)) => Charge::GoAndTell(alarm),
        (Charge::Go, Charge::Go) => Charge::Go,
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::throttle::Alarm;

    use super::*;

    #[test]
    fn the_strictest_key_decides() {
        let wait = |seconds| Charge::Wait(DateTime::from_timestamp(seconds, 0).unwrap());
        let tell = Charge::GoAndTell(Alarm::Guessing);
        let table = [
            (Charge::Go, Charge::Go, Charge::Go),
            (Charge::Go, wait(1), wait(1)),
            (wait(2), wait(1), wait(2)),
            (wait(2), Charge::Locked, Charge::Locked),
            (tell, Charge::Go, tell),
            (tell, wait(1), wait(1)),
            (Charge::Locked, tell, Charge::Locked),
            (Charge::Locked, Charge::Go, Charge::Locked),
        ];
        for (one, other, expect) in table {
            assert_eq!(stricter(one, other), expect);
            assert_eq!(stricter(other, one), expect);
        }
    }

    #[test]
    fn a_key_that_is_named_twice_is_counted_once() {
        let key = ThrottleKey::Source("192.0.2.1".parse().unwrap());
        let other = ThrottleKey::Source("192.0.2.2".parse().unwrap());
        let both = in_order(&[key.clone(), other.clone(), key.clone()]);
        assert_eq!(both.len(), 2);
        assert_eq!(both, in_order(&[other, key]));
    }
}
