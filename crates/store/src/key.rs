//! Our own signing keys.
//!
//! Owns their rows. A key is made by whoever starts first; the others take that one.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vestibule_core::port::KeyPair;

use crate::{
    error::Failure,
    schema::signing_keys,
    seal::{Place, Sealer},
    time::{from_millis, millis},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct KeyRow {
    name: String,
    sealed: Vec<u8>,
    certificate: Vec<u8>,
    created_at: i64,
}

rows! {
    /// The table `signing_keys`.
    KeyRows {
        /// Adds a key; `false` if there is one of that name.
        async fn add_key(
            &mut self,
            sealer: &Sealer,
            name: &str,
            key: &KeyPair,
        ) -> Result<bool, Failure> {
            let row = KeyRow {
                name: name.to_owned(),
                sealed: sealer.seal(place(&[name]), &key.pkcs8)?,
                certificate: key.certificate.clone(),
                created_at: millis(key.created_at),
            };
            let added = diesel::insert_into(signing_keys::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(self)
                .await?;
            Ok(added == 1)
        }

        /// One key.
        async fn find_key(
            &mut self,
            sealer: &Sealer,
            name: &str,
        ) -> Result<Option<KeyPair>, Failure> {
            let row: Option<KeyRow> = signing_keys::table
                .find(name)
                .select(KeyRow::as_select())
                .get_result(self)
                .await
                .optional()?;
            let Some(row) = row else { return Ok(None) };
            Ok(Some(KeyPair {
                pkcs8: sealer.open(place(&[&row.name]), &row.sealed)?.to_vec(),
                certificate: row.certificate,
                created_at: from_millis(row.created_at)?,
            }))
        }
    }
}

fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
    Place {
        table: "signing_keys",
        owner,
        purpose: "pkcs8",
    }
}
