//! Logins under way.
//!
//! Owns their rows and the compare-and-swap on their revision: of any number of changes made from the same revision,
//! one happens. The whole login is sealed, for it holds what the person proved so far.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vestibule_core::{
    flow::Login,
    id::LoginId,
    port::{Conflict, LoginChange},
};

use crate::{
    error::Failure,
    prepared::Prepare,
    schema::logins,
    seal::{Place, Sealer},
    time::millis,
};

/// So many rows are cleared away in one transaction, so that logins never wait long for it.
pub(crate) const BATCH: i64 = 500;

rows! {
    /// The table `logins`.
    LoginRows {
        /// Opens a login, or moves one on from the revision that it was read at.
        async fn change_login(
            &mut self,
            sealer: &Sealer,
            change: &LoginChange,
        ) -> Result<(), Failure> {
            let changed = match change {
                LoginChange::Open(login) => {
                    let id = login.id().to_string();
                    let row = (
                        logins::id.eq(&id),
                        logins::expires_at.eq(millis(login.expires_at())),
                        logins::closed.eq(login.is_closed()),
                        logins::revision.eq(login.revision()),
                        logins::sealed.eq(sealer.seal_value(place(&[&id]), login)?),
                    );
                    diesel::insert_into(logins::table)
                        .values(row)
                        .on_conflict_do_nothing()
                        .execute(self)
                        .await?
                }
                LoginChange::Replace(login) => {
                    let id = login.id().to_string();
                    let read = logins::table
                        .filter(logins::id.eq(&id))
                        .filter(logins::revision.eq(login.revision()))
                        .filter(logins::closed.eq(false));
                    let next = (
                        logins::expires_at.eq(millis(login.expires_at())),
                        logins::closed.eq(login.is_closed()),
                        logins::revision.eq(logins::revision + 1),
                        logins::sealed.eq(sealer.seal_value(place(&[&id]), login)?),
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
                Err(Conflict::Login.into())
            }
        }

        /// Reads a login.
        async fn find_login(
            &mut self,
            sealer: &Sealer,
            id: LoginId,
        ) -> Result<Option<Login>, Failure> {
            let id = id.to_string();
            let row: Option<(i64, Vec<u8>)> = logins::table
                .find(&id)
                .select((logins::revision, logins::sealed))
                .get_result(self)
                .await
                .optional()?;
            let Some((revision, sealed)) = row else {
                return Ok(None);
            };
            let login: Login = sealer.open_value(place(&[&id]), &sealed)?;
            Ok(Some(login.at_revision(revision)))
        }

        /// How many logins are open.
        async fn count_open_logins(&mut self) -> Result<i64, Failure> {
            // Spelled as the index `logins_open` spells it, or SQLite would not take it.
            let open = logins::table
                .filter(diesel::dsl::not(logins::closed))
                .count();
            Ok(open.get_result(self).await?)
        }

        /// Clears away logins whose time is over, at most [`BATCH`]; returns how many.
        async fn clear_logins(&mut self, now: DateTime<Utc>) -> Result<usize, Failure> {
            let over: Vec<String> = logins::table
                .filter(logins::expires_at.le(millis(now)))
                .select(logins::id)
                .limit(BATCH)
                .load(self)
                .await?;
            Ok(
                diesel::delete(logins::table.filter(logins::id.eq_any(over)))
                    .execute(self)
                    .await?,
            )
        }
    }
}

fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
    Place {
        table: "logins",
        owner,
        purpose: "login",
    }
}
