//! The audit log.
//!
//! Owns its rows, their order, and the search through them. Writers stand in line at the one row of `audit_head`, which
//! each locks until its transaction ends: the numbers have no gap, and the chain has one order on all nodes. So it is
//! the last thing that a transaction does.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vestibule_core::{
    audit::AuditRecord,
    port::{AuditEntry, AuditFilter, ChainFault},
};

use crate::{
    chain::{Chain, End},
    error::Failure,
    prepared::Prepare,
    schema::{audit, audit_head},
    time::millis,
};

/// So many entries are read at once when the chain is checked.
const PAGE: i64 = 1000;

/// An entry.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub(crate) struct AuditRow {
    number: i64,
    at: i64,
    reference: Option<String>,
    person: Option<String>,
    address: Option<String>,
    record: String,
    chain: String,
}

rows! {
    /// The tables `audit` and `audit_head`.
    AuditRows {
        /// Writes the row of the end if there is none.
        async fn begin_audit(&mut self, chain: &Chain) -> Result<(), Failure> {
            let end = End::start();
            let row = (
                audit_head::id.eq(1),
                audit_head::number.eq(end.number),
                audit_head::chain.eq(&end.chain),
                audit_head::mac.eq(chain.mac_of(&end)),
            );
            diesel::insert_into(audit_head::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(self)
                .await?;
            Ok(())
        }

        /// Appends entries, in order.
        async fn append_audit(
            &mut self,
            chain: &Chain,
            records: &[&AuditRecord],
        ) -> Result<(), Failure> {
            if records.is_empty() {
                return Ok(());
            }
            let mut end = self.lock_end(chain).await?;
            for record in records {
                let text = serde_json::to_string(record);
                let text =
                    text.map_err(|error| Failure::corrupt(format!("an audit record: {error}")))?;
                end = chain.next(&end, &text);
                let row = AuditRow::of(&end, record, text);
                diesel::insert_into(audit::table)
                    .values(row)
                    .execute(self)
                    .await?;
            }
            let next = (
                audit_head::number.eq(end.number),
                audit_head::chain.eq(&end.chain),
                audit_head::mac.eq(chain.mac_of(&end)),
            );
            diesel::update(audit_head::table.find(1))
                .set(next)
                .prepared()
                .execute(self)
                .await?;
            Ok(())
        }

        /// Reads the end, which nobody else can move until this transaction ends.
        async fn lock_end(&mut self, chain: &Chain) -> Result<End, Failure> {
            // Changes nothing; both databases lock the row for it.
            let read: Option<(i64, String, String)> = diesel::update(audit_head::table.find(1))
                .set(audit_head::id.eq(audit_head::id))
                .returning((audit_head::number, audit_head::chain, audit_head::mac))
                .prepared()
                .get_result(self)
                .await
                .optional()?;
            authentic(chain, read).map_err(|fault| Failure::corrupt(fault.what))
        }

        /// Lists entries, newest last.
        async fn search_audit(&mut self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, Failure> {
            let mut query = audit::table.into_boxed();
            if let Some(reference) = &filter.reference {
                query = query.filter(audit::reference.eq(reference.to_string()));
            }
            if let Some(person) = &filter.person {
                query = query.filter(audit::person.eq(person.to_string()));
            }
            if let Some(address) = filter.address {
                query = query.filter(audit::address.eq(address.to_string()));
            }
            if let Some(answer) = filter.answer {
                // In a text of the record quotes are escaped, so this can only be its own member.
                query = query.filter(audit::record.like(format!("%\"answer\":\"{answer}\"%")));
            }
            if let Some(since) = filter.since {
                query = query.filter(audit::at.ge(millis(since)));
            }
            if let Some(until) = filter.until {
                query = query.filter(audit::at.lt(millis(until)));
            }
            let mut rows: Vec<AuditRow> = query
                .order(audit::number.desc())
                .limit(i64::from(filter.most))
                .select(AuditRow::as_select())
                .load(self)
                .await?;
            rows.reverse();
            rows.into_iter().map(AuditRow::entry).collect()
        }

        /// Entries after one number and up to another, at most a page of them.
        async fn audit_page(&mut self, after: i64, until: i64) -> Result<Vec<AuditRow>, Failure> {
            let rows = audit::table
                .filter(audit::number.gt(after))
                .filter(audit::number.le(until))
                .order(audit::number)
                .limit(PAGE)
                .select(AuditRow::as_select())
                .load(self)
                .await?;
            Ok(rows)
        }

        /// The highest number in the log.
        async fn newest_entry(&mut self) -> Result<i64, Failure> {
            let newest: Option<i64> = audit::table
                .select(diesel::dsl::max(audit::number))
                .first(self)
                .await?;
            Ok(newest.unwrap_or_default())
        }

        /// Reads the end.
        async fn read_end(&mut self, chain: &Chain) -> Result<Result<End, ChainFault>, Failure> {
            let read = audit_head::table
                .find(1)
                .select((audit_head::number, audit_head::chain, audit_head::mac))
                .get_result(self)
                .await
                .optional()?;
            Ok(authentic(chain, read))
        }
    }
}

/// The end of the log, if it is as we wrote it.
fn authentic(chain: &Chain, read: Option<(i64, String, String)>) -> Result<End, ChainFault> {
    let Some((number, value, mac)) = read else {
        return Err(fault(1, "the record of where the log ends is missing"));
    };
    let end = End {
        number,
        chain: value,
    };
    if chain.mac_of(&end) == mac {
        Ok(end)
    } else {
        Err(fault(
            end.number,
            "the record of where the log ends was altered",
        ))
    }
}

/// Something wrong with an entry.
pub(crate) fn fault(number: i64, what: &str) -> ChainFault {
    ChainFault {
        number,
        what: what.to_owned(),
    }
}

impl AuditRow {
    fn of(end: &End, record: &AuditRecord, text: String) -> Self {
        Self {
            number: end.number,
            at: millis(record.at),
            reference: record.reference.as_ref().map(ToString::to_string),
            person: record.person.as_ref().map(ToString::to_string),
            address: record.address.map(|address| address.to_string()),
            record: text,
            chain: end.chain.clone(),
        }
    }

    fn record(&self) -> Result<AuditRecord, Failure> {
        serde_json::from_str(&self.record)
            .map_err(|error| Failure::corrupt(format!("audit entry {}: {error}", self.number)))
    }

    fn entry(self) -> Result<AuditEntry, Failure> {
        Ok(AuditEntry {
            record: self.record()?,
            number: self.number,
            chain: self.chain,
        })
    }

    /// The end after this entry, if it is what we wrote after the entry `before`; else what is wrong.
    pub(crate) fn follow(&self, before: &End, chain: &Chain) -> Result<End, &'static str> {
        let end = chain.next(before, &self.record);
        if self.number != end.number {
            return Err("this entry is missing");
        }
        if self.chain != end.chain {
            return Err("this entry was altered, or stands where another one stood");
        }
        // The text is authentic; the columns beside it are what the log is searched by.
        let written = self
            .record()
            .map(|record| Self::of(&end, &record, self.record.clone()));
        if written.is_ok_and(|row| row.columns() == self.columns()) {
            Ok(end)
        } else {
            Err("the columns of this entry were altered")
        }
    }

    fn columns(&self) -> (i64, Option<&str>, Option<&str>, Option<&str>) {
        (
            self.at,
            self.reference.as_deref(),
            self.person.as_deref(),
            self.address.as_deref(),
        )
    }
}
