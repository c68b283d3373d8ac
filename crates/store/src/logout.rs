//! Logouts under way.
//!
//! Owns their rows and the compare-and-swap on their revision: of any number of changes made from the same revision,
//! one happens. The whole logout is sealed, for it holds what applications know of the person.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vestibule_core::{
    id::LogoutId,
    logout::Logout,
    port::{Conflict, LogoutChange},
};

use crate::{
    error::Failure,
    login::BATCH,
    prepared::Prepare,
    schema::logouts,
    seal::{Place, Sealer},
    time::millis,
};

rows! {
    /// The table `logouts`.
    LogoutRows {
        /// Opens a logout, or moves one on from the revision that it was read at.
        async fn change_logout(
            &mut self,
            sealer: &Sealer,
            change: &LogoutChange,
        ) -> Result<(), Failure> {
            let changed = match change {
                LogoutChange::Open(logout) => {
                    let id = logout.id().to_string();
                    let row = (
                        logouts::id.eq(&id),
                        logouts::expires_at.eq(millis(logout.expires_at())),
                        logouts::revision.eq(logout.revision()),
                        logouts::sealed.eq(sealer.seal_value(place(&[&id]), logout)?),
                    );
                    diesel::insert_into(logouts::table)
                        .values(row)
                        .on_conflict_do_nothing()
                        .execute(self)
                        .await?
                }
                LogoutChange::Replace(logout) => {
                    let id = logout.id().to_string();
                    let read = logouts::table
                        .filter(logouts::id.eq(&id))
                        .filter(logouts::revision.eq(logout.revision()));
                    let next = (
                        logouts::revision.eq(logouts::revision + 1),
                        logouts::sealed.eq(sealer.seal_value(place(&[&id]), logout)?),
                    );
                    diesel::update(read)
                        .set(next)
                        .prepared()
                        .execute(self)
                        .await?
                }
            };
            if changed == 1 {
                Ok(())
            } else {
                Err(Conflict::Logout.into())
            }
        }

        /// Reads a logout.
        async fn find_logout(
            &mut self,
            sealer: &Sealer,
            id: LogoutId,
        ) -> Result<Option<Logout>, Failure> {
            let id = id.to_string();
            let row: Option<(i64, Vec<u8>)> = logouts::table
                .find(&id)
                .select((logouts::revision, logouts::sealed))
                .get_result(self)
                .await
                .optional()?;
            let Some((revision, sealed)) = row else {
                return Ok(None);
            };
            let logout: Logout = sealer.open_value(place(&[&id]), &sealed)?;
            Ok(Some(logout.at_revision(revision)))
        }

        /// Clears away logouts whose time is over, at most [`BATCH`]; returns how many.
        async fn clear_logouts(&mut self, now: DateTime<Utc>) -> Result<usize, Failure> {
            let over: Vec<String> = logouts::table
                .filter(logouts::expires_at.le(millis(now)))
                .select(logouts::id)
                .limit(BATCH)
                .load(self)
                .await?;
            Ok(
                diesel::delete(logouts::table.filter(logouts::id.eq_any(over)))
                    .execute(self)
                    .await?,
            )
        }
    }
}

fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
    Place {
        table: "logouts",
        owner,
        purpose: "logout",
    }
}
