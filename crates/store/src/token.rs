//! Codes and tokens of applications.
//!
//! Owns their rows: under a digest, with the purpose in the key, so that what was minted for one purpose is never found
//! under another (attack row OO-05). What is kept of one is sealed to both, and whether it was used stands beside it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use vestibule_core::{
    id::{AppId, FamilyId, SessionId},
    identity::PersonId,
    port::Conflict,
    request::Memo,
    token::{TokenChange, TokenKey, TokenPurpose, TokenRecord},
};

use crate::{
    error::Failure,
    login::BATCH,
    prepared::Prepare,
    schema::tokens,
    seal::{Place, Sealer},
    time::{from_millis, millis, millis_up},
};

/// What is sealed of a token: everything but its key and its use.
#[derive(Serialize, Deserialize)]
struct Kept {
    app: AppId,
    person: Option<PersonId>,
    session: Option<SessionId>,
    family: FamilyId,
    body: Memo,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    keep_until: DateTime<Utc>,
}

rows! {
    /// The table `tokens`.
    TokenRows {
        /// Issues, uses up or revokes.
        async fn change_token(&mut self, sealer: &Sealer, change: &TokenChange) -> Result<(), Failure> {
            match change {
                TokenChange::Add(record) => self.add_token(sealer, record).await,
                TokenChange::Revoke(family) => {
                    let family = family.to_string();
                    let theirs = tokens::table.filter(tokens::family.eq(&family));
                    // Taken first: what is exchanged at this moment is waited for, and what came of it is seen by the
                    // next statement (attack row OO-07).
                    diesel::update(theirs)
                        .set(tokens::keep_until.eq(tokens::keep_until))
                        .execute(self)
                        .await?;
                    diesel::delete(tokens::table.filter(tokens::family.eq(&family)))
                        .execute(self)
                        .await?;
                    Ok(())
                }
                TokenChange::Use { purpose, key, at } => {
                    let unused = tokens::table
                        .find((purpose.as_str(), key.0.as_slice()))
                        .filter(tokens::used_at.is_null());
                    let used = diesel::update(unused)
                        .set(tokens::used_at.eq(Some(millis(*at))))
                        .prepared()
                        .execute(self)
                        .await?;
                    there(used)
                }
            }
        }

        /// A new one; two never have one key.
        async fn add_token(&mut self, sealer: &Sealer, record: &TokenRecord) -> Result<(), Failure> {
            let kept = Kept::of(record);
            let row = (
                tokens::purpose.eq(record.purpose.as_str()),
                tokens::digest.eq(record.key.0.as_slice()),
                tokens::family.eq(record.family.to_string()),
                tokens::used_at.eq(record.used_at.map(millis)),
                tokens::keep_until.eq(millis_up(record.keep_until)),
                tokens::sealed.eq(sealer.seal_value(place(&[record.purpose.as_str(), &name(record.key)]), &kept)?),
            );
            let added = diesel::insert_into(tokens::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(self)
                .await?;
            there(added)
        }

        /// Reads what is kept of one.
        async fn find_token(
            &mut self,
            sealer: &Sealer,
            purpose: TokenPurpose,
            key: TokenKey,
        ) -> Result<Option<TokenRecord>, Failure> {
            let row: Option<(Option<i64>, Vec<u8>)> = tokens::table
                .find((purpose.as_str(), key.0.as_slice()))
                .select((tokens::used_at, tokens::sealed))
                .get_result(self)
                .await
                .optional()?;
            let Some((used_at, sealed)) = row else {
                return Ok(None);
            };
            let kept: Kept = sealer.open_value(place(&[purpose.as_str(), &name(key)]), &sealed)?;
            let used_at = used_at.map(from_millis).transpose()?;
            Ok(Some(kept.record(purpose, key, used_at)))
        }

        /// Clears away what nobody needs to remember, at most [`BATCH`]; returns how many.
        async fn clear_tokens(&mut self, now: DateTime<Utc>) -> Result<usize, Failure> {
            let over = tokens::keep_until.le(millis(now));
            let digests: Vec<Vec<u8>> = tokens::table
                .filter(over)
                .select(tokens::digest)
                .limit(BATCH)
                .load(self)
                .await?;
            // The time is asked again: a digest may stand under two purposes.
            let gone = tokens::table
                .filter(tokens::digest.eq_any(digests))
                .filter(over);
            Ok(diesel::delete(gone).execute(self).await?)
        }
    }
}

impl Kept {
    fn of(record: &TokenRecord) -> Self {
        Self {
            app: record.app.clone(),
            person: record.person.clone(),
            session: record.session,
            family: record.family,
            body: record.body.clone(),
            issued_at: record.issued_at,
            expires_at: record.expires_at,
            keep_until: record.keep_until,
        }
    }

    fn record(
        self,
        purpose: TokenPurpose,
        key: TokenKey,
        used_at: Option<DateTime<Utc>>,
    ) -> TokenRecord {
        TokenRecord {
            key,
            purpose,
            app: self.app,
            person: self.person,
            session: self.session,
            family: self.family,
            body: self.body,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            keep_until: self.keep_until,
            used_at,
        }
    }
}

/// It was there, unused, and nobody else was faster.
fn there(rows: usize) -> Result<(), Failure> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Conflict::Token.into())
    }
}

/// A hash as part of the place that a token is sealed to.
fn name(key: TokenKey) -> String {
    key.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
    Place {
        table: "tokens",
        owner,
        purpose: "token",
    }
}
