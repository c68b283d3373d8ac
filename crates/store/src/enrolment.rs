//! Registered factors.
//!
//! Owns their rows and the compare-and-swap on their revision, which is what makes a code count once (attack rows
//! MF-20, MF-45): whoever burns a code writes the factor anew, and of those who read the same revision one can. The
//! secret is sealed to the person, the kind and the factor's id; put into another row, it does not open.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vestibule_core::{
    evidence::Enrolment,
    id::{EnrolmentId, FactorKind},
    identity::PersonId,
    port::{Conflict, EnrolmentChange},
};

use crate::{
    error::Failure,
    prepared::Prepare,
    schema::enrolments,
    seal::{Place, Sealer},
    time::{from_millis, millis},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = enrolments)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct EnrolmentRow {
    id: String,
    person: String,
    kind: String,
    label: String,
    sealed: Vec<u8>,
    disabled: bool,
    spent: bool,
    created_at: i64,
    last_used_at: Option<i64>,
    revision: i64,
}

rows! {
    /// The table `enrolments`.
    EnrolmentRows {
        /// Adds a factor, removes one, or moves one on from the revision that it was read at.
        async fn change_enrolment(
            &mut self,
            sealer: &Sealer,
            change: &EnrolmentChange,
        ) -> Result<(), Failure> {
            let changed = match change {
                EnrolmentChange::Add(enrolment) => {
                    let row = EnrolmentRow::seal(sealer, enrolment)?;
                    diesel::insert_into(enrolments::table)
                        .values(row)
                        .on_conflict_do_nothing()
                        .execute(self)
                        .await?
                }
                EnrolmentChange::Remove(person, id) => {
                    let gone = enrolments::table
                        .filter(enrolments::id.eq(id.to_string()))
                        .filter(enrolments::person.eq(person.to_string()));
                    diesel::delete(gone).execute(self).await?
                }
                EnrolmentChange::Replace(enrolment) => {
                    let row = EnrolmentRow::seal(sealer, enrolment)?;
                    let read = enrolments::table
                        .filter(enrolments::id.eq(row.id))
                        .filter(enrolments::person.eq(row.person))
                        .filter(enrolments::kind.eq(row.kind))
                        .filter(enrolments::revision.eq(row.revision));
                    let next = (
                        enrolments::label.eq(row.label),
                        enrolments::sealed.eq(row.sealed),
                        enrolments::disabled.eq(row.disabled),
                        enrolments::spent.eq(row.spent),
                        enrolments::last_used_at.eq(row.last_used_at),
                        enrolments::revision.eq(enrolments::revision + 1),
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
                Err(Conflict::Enrolment.into())
            }
        }

        /// All of one person's are gone, whatever their revisions.
        async fn remove_enrolments(&mut self, person: &PersonId) -> Result<(), Failure> {
            let theirs = enrolments::table.filter(enrolments::person.eq(person.to_string()));
            diesel::delete(theirs).execute(self).await?;
            Ok(())
        }

        /// All of one person's, oldest first.
        async fn enrolments_of(
            &mut self,
            sealer: &Sealer,
            person: &PersonId,
        ) -> Result<Vec<Enrolment>, Failure> {
            let rows: Vec<EnrolmentRow> = enrolments::table
                .filter(enrolments::person.eq(person.to_string()))
                .order((enrolments::created_at, enrolments::id))
                .select(EnrolmentRow::as_select())
                .load(self)
                .await?;
            rows.into_iter()
                .map(|row| row.open(sealer, person))
                .collect()
        }
    }
}

impl EnrolmentRow {
    fn seal(sealer: &Sealer, enrolment: &Enrolment) -> Result<Self, Failure> {
        let (id, person) = (enrolment.id.to_string(), enrolment.person.to_string());
        let kind = enrolment.kind.as_str().to_owned();
        Ok(Self {
            sealed: sealer.seal_value(place(&[&person, &kind, &id]), &enrolment.secret)?,
            label: enrolment.label.clone(),
            disabled: enrolment.disabled,
            spent: enrolment.spent,
            created_at: millis(enrolment.created_at),
            last_used_at: enrolment.last_used_at.map(millis),
            revision: enrolment.revision,
            id,
            person,
            kind,
        })
    }

    fn open(self, sealer: &Sealer, person: &PersonId) -> Result<Enrolment, Failure> {
        let damaged = || Failure::corrupt("enrolments (id, kind)");
        Ok(Enrolment {
            id: EnrolmentId::parse(&self.id).ok_or_else(damaged)?,
            person: person.clone(),
            secret: sealer
                .open_value(place(&[&self.person, &self.kind, &self.id]), &self.sealed)?,
            kind: FactorKind::new(self.kind).map_err(|_| damaged())?,
            label: self.label,
            disabled: self.disabled,
            spent: self.spent,
            created_at: from_millis(self.created_at)?,
            last_used_at: self.last_used_at.map(from_millis).transpose()?,
            revision: self.revision,
        })
    }
}

fn place<'a>(owner: &'a [&'a str]) -> Place<'a> {
    Place {
        table: "enrolments",
        owner,
        purpose: "secret",
    }
}
