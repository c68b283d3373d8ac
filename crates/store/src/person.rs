//! People who were seen here.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types::BigInt, upsert::excluded};
use diesel_async::RunQueryDsl;
use vestibule_core::{identity::PersonId, port::PersonRecord};

use crate::{
    error::Failure,
    prepared::Prepare,
    schema::people,
    time::{from_millis, millis, millis_up},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = people)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct PersonRow {
    id: String,
    display_name: Option<String>,
    mail: Option<String>,
    disabled: bool,
    first_seen: i64,
    last_seen: Option<i64>,
    valid_from: i64,
}

rows! {
    /// The table `people`.
    PersonRows {
        /// Remembers a person who logged in. Whether they are disabled, and from when on their proofs count, stays as an
        /// administrator left it.
        async fn see_person(&mut self, seen: &PersonRecord) -> Result<(), Failure> {
            let row = PersonRow {
                disabled: false,
                valid_from: 0,
                ..PersonRow::of(seen)
            };
            diesel::insert_into(people::table)
                .values(row)
                .on_conflict(people::id)
                .do_update()
                .set((
                    people::display_name.eq(excluded(people::display_name)),
                    people::mail.eq(excluded(people::mail)),
                    people::last_seen.eq(excluded(people::last_seen)),
                ))
                .prepared()
                .execute(self)
                .await?;
            Ok(())
        }

        /// Whatever the person proved before counts no more, and what counted no more already stays so, whatever the clock
        /// says. Who is not known has proved nothing.
        async fn revoke_person(&mut self, id: &PersonId, at: DateTime<Utc>) -> Result<(), Failure> {
            // Up: what was proved in the same millisecond was proved before.
            let from = millis_up(at);
            let later = diesel::dsl::case_when(people::valid_from.lt(from), from.into_sql::<BigInt>())
                .otherwise(people::valid_from);
            diesel::update(people::table.find(id.to_string()))
                .set(people::valid_from.eq(later))
                .prepared()
                .execute(self)
                .await?;
            Ok(())
        }

        /// Disables or enables a person; one who is not known yet is from now on, without a login.
        async fn disable_person(
            &mut self,
            id: &PersonId,
            disabled: bool,
            now: i64,
        ) -> Result<(), Failure> {
            let row = PersonRow {
                id: id.to_string(),
                display_name: None,
                mail: None,
                disabled,
                first_seen: now,
                last_seen: None,
                valid_from: 0,
            };
            diesel::insert_into(people::table)
                .values(row)
                .on_conflict(people::id)
                .do_update()
                .set(people::disabled.eq(disabled))
                .execute(self)
                .await?;
            Ok(())
        }

        /// One person.
        async fn find_person(&mut self, id: &PersonId) -> Result<Option<PersonRecord>, Failure> {
            let row: Option<PersonRow> = people::table
                .find(id.to_string())
                .select(PersonRow::as_select())
                .get_result(self)
                .await
                .optional()?;
            row.map(PersonRow::record).transpose()
        }

        /// Everybody after one id, by id.
        async fn people_after(
            &mut self,
            after: &str,
            most: u32,
        ) -> Result<Vec<PersonRecord>, Failure> {
            let rows: Vec<PersonRow> = people::table
                .filter(people::id.gt(after))
                .order(people::id)
                .limit(i64::from(most))
                .select(PersonRow::as_select())
                .load(self)
                .await?;
            rows.into_iter().map(PersonRow::record).collect()
        }
    }
}

impl PersonRow {
    fn of(person: &PersonRecord) -> Self {
        Self {
            id: person.id.to_string(),
            display_name: person.display_name.as_deref().map(printable),
            mail: person.mail.as_deref().map(printable),
            disabled: person.disabled,
            first_seen: millis(person.first_seen),
            last_seen: person.last_seen.map(millis),
            valid_from: millis(person.valid_from),
        }
    }

    fn record(self) -> Result<PersonRecord, Failure> {
        Ok(PersonRecord {
            id: self
                .id
                .parse()
                .map_err(|_| Failure::corrupt("people (id)"))?,
            display_name: self.display_name,
            mail: self.mail,
            disabled: self.disabled,
            first_seen: from_millis(self.first_seen)?,
            last_seen: self.last_seen.map(from_millis).transpose()?,
            valid_from: from_millis(self.valid_from)?,
        })
    }
}

/// What only people read, without the zero characters that PostgreSQL does not store (JSON can spell them).
fn printable(text: &str) -> String {
    text.replace('\0', "")
}
