//! What a decision rests on, held until the transaction ends.
//!
//! Owns the check of a [`PersonGuard`]. Whoever passes it holds the person's row: nobody disables the person, and no
//! other guarded commit about them passes, before this one is decided.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vestibule_core::{
    id::EnrolmentId,
    port::{Conflict, EnrolmentChange, PersonGuard},
};

use crate::{
    error::Failure,
    prepared::Prepare,
    schema::{enrolments, people},
    time::millis,
};

rows! {
    /// The tables that a guard looks at.
    GuardRows {
        /// Takes the person's row, and compares what was read with what is there, apart from the commit's own changes.
        async fn hold_person(&mut self, guard: &PersonGuard, own: &[EnrolmentChange]) -> Result<(), Failure> {
            let id = guard.person.to_string();
            // An update that changes nothing: the one way to take a row that both databases understand.
            let held: Option<(bool, i64)> = diesel::update(people::table.find(&id))
                .set(people::disabled.eq(people::disabled))
                .returning((people::disabled, people::valid_from))
                .prepared()
                .get_result(self)
                .await
                .optional()?;
            if held != Some((false, millis(guard.valid_from))) {
                return Err(Conflict::Person.into());
            }
            let Some(read) = &guard.enrolments else {
                return Ok(());
            };
            let there: Vec<(String, i64)> = enrolments::table
                .filter(enrolments::person.eq(&id))
                .select((enrolments::id, enrolments::revision))
                .load(self)
                .await?;
            if is_as_read(read, own, there) {
                Ok(())
            } else {
                Err(Conflict::Person.into())
            }
        }
    }
}

fn is_as_read(
    read: &BTreeSet<(EnrolmentId, i64)>,
    own: &[EnrolmentChange],
    there: Vec<(String, i64)>,
) -> bool {
    let changed: BTreeSet<String> = own
        .iter()
        .map(|change| match change {
            EnrolmentChange::Add(enrolment) | EnrolmentChange::Replace(enrolment) => enrolment.id,
            EnrolmentChange::Remove(_, id) => *id,
        })
        .map(|id| id.to_string())
        .collect();
    let others = |(id, _): &(String, i64)| !changed.contains(id);
    let read = read
        .iter()
        .map(|(id, revision)| (id.to_string(), *revision));
    let read: BTreeSet<_> = read.filter(others).collect();
    let there: BTreeSet<_> = there.into_iter().filter(others).collect();
    read == there
}
