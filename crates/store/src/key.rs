//! Our own keys.
//!
//! Owns their rows, who is served with which, and the count of changes: a change is made to the keys as they were read,
//! or not at all, so that of two administrators, or of two nodes that start together, one is first and the other looks
//! again. Does not own which change is right: the core's [`KeyBook`] does.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use secrecy::ExposeSecret;
use vestibule_core::{
    id::{AppId, KeyId, UpstreamId},
    key::{KeyAlgorithm, KeyBook, KeyPurpose, KeyRecord, KeyState, KeyStep, Partner},
    port::{Conflict, KeptKey, KeyShelf},
};

use crate::{
    error::Failure,
    schema::{signing_key_changes, signing_key_choices, signing_keys},
    seal::{Place, Sealer},
    time::{from_millis, millis},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct KeyRow {
    id: String,
    purpose: String,
    algorithm: String,
    state: String,
    since: i64,
    created_at: i64,
    sealed: Vec<u8>,
    certificate: Option<Vec<u8>>,
}

rows! {
    /// The tables `signing_keys`, `signing_key_choices` and `signing_key_changes`.
    KeyRows {
        /// How often keys were changed.
        async fn key_changes(&mut self) -> Result<u64, Failure> {
            let number: i64 = signing_key_changes::table
                .find(1)
                .select(signing_key_changes::number)
                .first(self)
                .await?;
            counted(number)
        }

        /// Counts one more change, if there was none since `seen`.
        async fn count_key_change(&mut self, seen: u64) -> Result<(), Failure> {
            let seen = i64::try_from(seen).map_err(|_| Failure::from(Conflict::Keys))?;
            let changed = diesel::update(signing_key_changes::table)
                .filter(signing_key_changes::number.eq(seen))
                .set(signing_key_changes::number.eq(seen + 1))
                .execute(self)
                .await?;
            match changed {
                1 => Ok(()),
                _ => Err(Conflict::Keys.into()),
            }
        }

        /// Everything, as it is at one moment.
        async fn key_shelf(&mut self, sealer: &Sealer) -> Result<KeyShelf, Failure> {
            // An update that changes nothing takes the row, so that nobody changes keys while they are read.
            diesel::update(signing_key_changes::table)
                .set(signing_key_changes::number.eq(signing_key_changes::number))
                .execute(self)
                .await?;
            let revision = self.key_changes().await?;
            let rows: Vec<KeyRow> = signing_keys::table
                .order(signing_keys::id)
                .select(KeyRow::as_select())
                .load(self)
                .await?;
            let keys = rows.into_iter().map(|row| row.open(sealer)).collect::<Result<Vec<_>, _>>()?;
            let choices: Vec<(String, String, String)> = signing_key_choices::table
                .order((signing_key_choices::purpose, signing_key_choices::partner))
                .load(self)
                .await?;
            let choices = choices.into_iter().map(choice).collect::<Result<Vec<_>, _>>()?;
            let book = keys.iter().fold(KeyBook::default(), |book, key| book.with(key.record.clone()));
            Ok(KeyShelf {
                revision,
                book: book.after(choices),
                keys,
            })
        }

        /// Adds a key.
        async fn insert_key(&mut self, sealer: &Sealer, key: &KeptKey) -> Result<(), Failure> {
            let row = KeyRow::seal(sealer, key)?;
            diesel::insert_into(signing_keys::table).values(row).execute(self).await?;
            Ok(())
        }

        /// Takes one step of a change.
        async fn step_key(&mut self, step: &KeyStep) -> Result<(), Failure> {
            let changed = match step {
                KeyStep::Choose { purpose, partner, key } => {
                    let (purpose, partner) = (purpose.name(), spelt(partner));
                    let before = signing_key_choices::table.find((purpose, &partner));
                    diesel::delete(before).execute(self).await?;
                    if let Some(key) = key {
                        let row = (
                            signing_key_choices::purpose.eq(purpose),
                            signing_key_choices::partner.eq(&partner),
                            signing_key_choices::key_id.eq(key.as_str()),
                        );
                        diesel::insert_into(signing_key_choices::table).values(row).execute(self).await?;
                    }
                    1
                }
                KeyStep::Leave { key, at } => {
                    diesel::update(signing_keys::table.find(key.as_str()))
                        .set(signing_keys::since.eq(millis(*at)))
                        .execute(self)
                        .await?
                }
                KeyStep::Move { key, to, at } => {
                    diesel::update(signing_keys::table.find(key.as_str()))
                        .set((signing_keys::state.eq(to.name()), signing_keys::since.eq(millis(*at))))
                        .execute(self)
                        .await?
                }
                KeyStep::Remove(key) => {
                    diesel::delete(signing_keys::table.find(key.as_str())).execute(self).await?
                }
            };
            match changed {
                1 => Ok(()),
                _ => Err(Conflict::Keys.into()),
            }
        }
    }
}

impl KeyRow {
    fn seal(sealer: &Sealer, key: &KeptKey) -> Result<Self, Failure> {
        let KeyRecord { id, purpose, .. } = &key.record;
        Ok(Self {
            sealed: sealer.seal(
                place(&owner(id.as_str(), purpose.name())),
                key.pkcs8.expose_secret(),
            )?,
            id: id.to_string(),
            purpose: purpose.name().to_owned(),
            algorithm: key.record.algorithm.name().to_owned(),
            state: key.record.state.name().to_owned(),
            since: millis(key.record.since),
            created_at: millis(key.record.created_at),
            certificate: key.certificate.clone(),
        })
    }

    fn open(self, sealer: &Sealer) -> Result<KeptKey, Failure> {
        let pkcs8 = sealer.open(place(&owner(&self.id, &self.purpose)), &self.sealed)?;
        let purpose = KeyPurpose::named(&self.purpose);
        let algorithm = KeyAlgorithm::named(&self.algorithm);
        Ok(KeptKey {
            pkcs8: pkcs8.to_vec().into(),
            record: KeyRecord {
                id: KeyId::new(self.id).map_err(|_| unreadable("id"))?,
                purpose: purpose.ok_or_else(|| unreadable("purpose"))?,
                algorithm: algorithm.ok_or_else(|| unreadable("algorithm"))?,
                state: KeyState::named(&self.state).ok_or_else(|| unreadable("state"))?,
                since: from_millis(self.since)?,
                created_at: from_millis(self.created_at)?,
            },
            certificate: self.certificate,
        })
    }
}

/// What a key is bound to: its id and its purpose. A key of the time before ids bears its purpose's name, and was bound
/// to that alone.
fn owner<'a>(id: &'a str, purpose: &'a str) -> Vec<&'a str> {
    if id == purpose {
        vec![id]
    } else {
        vec![id, purpose]
    }
}

fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
    Place {
        table: "signing_keys",
        owner,
        purpose: "pkcs8",
    }
}

const APP: &str = "app";
const UPSTREAM: &str = "upstream";

fn spelt(partner: &Partner) -> String {
    match partner {
        Partner::App(id) => format!("{APP}/{id}"),
        Partner::Upstream(id) => format!("{UPSTREAM}/{id}"),
    }
}

fn choice((purpose, partner, key): (String, String, String)) -> Result<KeyStep, Failure> {
    let partner = match partner.split_once('/') {
        Some((APP, id)) => AppId::new(id).ok().map(Partner::App),
        Some((UPSTREAM, id)) => UpstreamId::new(id).ok().map(Partner::Upstream),
        _ => None,
    };
    Ok(KeyStep::Choose {
        purpose: KeyPurpose::named(&purpose).ok_or_else(|| unreadable("purpose of a choice"))?,
        partner: partner.ok_or_else(|| unreadable("partner"))?,
        key: Some(KeyId::new(key).map_err(|_| unreadable("choice"))?),
    })
}

fn counted(number: i64) -> Result<u64, Failure> {
    u64::try_from(number).map_err(|_| unreadable("count of changes"))
}

fn unreadable(what: &str) -> Failure {
    Failure::corrupt(format!("signing_keys ({what})"))
}
