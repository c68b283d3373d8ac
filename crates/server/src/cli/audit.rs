//! `vestibule audit`: read the record of decisions, and check that nobody changed it.

use std::{net::IpAddr, path::Path};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use vestibule_core::{
    id::{AnswerId, Reference},
    identity::PersonId,
    port::{AuditEntry, AuditFilter, AuditLog},
};

use super::{Exit, Terminal, failure::Failure, load, wait};
use crate::wiring::open_existing_store;

/// Read the record of decisions.
#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(List),
    Verify(Verify),
}

/// List entries, newest last.
#[derive(Debug, Args)]
struct List {
    /// Of the login with this reference, from the error page or as somebody reads it out.
    #[arg(long, value_parser = Reference::parse)]
    reference: Option<Reference>,
    /// Of this person.
    #[arg(long, value_name = "UPSTREAM/NAME")]
    user: Option<PersonId>,
    /// From this moment on: 2026-11-21, 2026-11-21T08:00 or 2026-11-21T09:00:00+01:00. Without a zone it is UTC.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<DateTime<Utc>>,
    /// Before this moment, written in the same way; a date alone is its midnight.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<DateTime<Utc>>,
    /// From this address.
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<IpAddr>,
    /// Of the grant for which this was issued: the ID of an assertion. None, and it is forged or older than the log.
    #[arg(long, value_name = "ID", value_parser = answer)]
    answer: Option<AnswerId>,
    /// So many at most, the newest.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    most: u32,
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

/// Check the whole chain: exit status 0 if no entry is missing, added or changed.
#[derive(Debug, Args)]
struct Verify {
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(super) fn run(self, path: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let config = load(path)?;
        wait(async {
            let log = open_existing_store(&config).await?;
            match self.action {
                Action::List(list) => list.run(&log, terminal).await,
                Action::Verify(verify) => verify.run(&log, terminal).await,
            }
        })
    }
}

impl List {
    async fn run(self, log: &dyn AuditLog, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let filter = AuditFilter {
            reference: self.reference,
            person: self.user,
            since: self.since,
            until: self.until,
            address: self.ip,
            answer: self.answer,
            most: self.most,
        };
        let entries = log.entries(&filter).await?;
        if self.json {
            terminal.print_json(&entries)?;
        } else {
            for entry in &entries {
                terminal.print(&line(entry)?)?;
            }
            if entries.is_empty() {
                terminal.complain("no entries")?;
            }
        }
        Ok(Exit::Yes)
    }
}

impl Verify {
    async fn run(&self, log: &dyn AuditLog, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let state = log.verify_chain().await?;
        if self.json {
            terminal.print_json(&state)?;
        } else {
            terminal.print(&match &state.fault {
                None => format!("{} entries, none missing, added or changed", state.entries),
                Some(fault) => format!("entry {}: {}", fault.number, fault.what),
            })?;
        }
        Ok(if state.fault.is_none() {
            Exit::Yes
        } else {
            Exit::No
        })
    }
}

/// A moment, as exactly as somebody knows it. What names no zone is UTC, as in the log.
fn moment(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let zoned = |form| DateTime::parse_from_str(text, form).map(|at| at.to_utc());
    let plain = |form| NaiveDateTime::parse_from_str(text, form).map(|at| at.and_utc());
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    text.parse()
        .or_else(|_| zoned("%Y-%m-%dT%H:%M%#z"))
        .or_else(|_| plain("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|_| plain("%Y-%m-%dT%H:%M"))
        .or_else(|_| text.parse().map(midnight))
        .map_err(|_| {
            "write 2026-11-21, 2026-11-21T08:00 or 2026-11-21T09:00:00+01:00; without a zone it is UTC"
        })
}

/// An id as it stands in an assertion, where an underscore is before it.
fn answer(text: &str) -> Result<AnswerId, &'static str> {
    let id = text.strip_prefix('_').unwrap_or(text);
    AnswerId::parse(id)
        .ok_or("the ID of an assertion of ours is an underscore and 32 hexadecimal digits")
}

/// One entry on one line, empty parts left out, in the words of the JSON. Values from outside are quoted where they could
/// pretend to be more.
fn line(entry: &AuditEntry) -> Result<String, Failure> {
    let record = &entry.record;
    let event = serde_json::to_value(record.event)?;
    let result = serde_json::to_value(record.result)?;
    let mut parts = vec![
        entry.number.to_string(),
        record.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        event.as_str().unwrap_or_default().to_owned(),
        result.as_str().unwrap_or_default().to_owned(),
    ];
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            parts.push(format!("{name}={}", quoted(&value)));
        }
    };
    add("reason", Some(record.reason.clone()));
    add("person", record.person.as_ref().map(ToString::to_string));
    add("app", record.app.as_ref().map(ToString::to_string));
    add(
        "upstream",
        record.upstream.as_ref().map(ToString::to_string),
    );
    add("factor", record.factor.as_ref().map(ToString::to_string));
    add("rule", record.rule.clone());
    add("address", record.address.map(|address| address.to_string()));
    add("answer", record.answer.map(|answer| format!("_{answer}")));
    add("actor", record.actor.clone());
    add(
        "reference",
        record.reference.as_ref().map(ToString::to_string),
    );
    add("detail", record.detail.clone());
    Ok(parts.join(" "))
}

fn quoted(value: &str) -> String {
    let harmless = value
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/' | '@' | '+'));
    if harmless {
        value.into()
    } else {
        format!("{value:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_or_a_time_and_in_utc_unless_it_says_otherwise() {
        let table = [
            ("2026-11-21", Some("2026-11-21T00:00:00Z")),
            ("2026-11-21T08:00:00Z", Some("2026-11-21T08:00:00Z")),
            ("2026-11-21T09:00:00+01:00", Some("2026-11-21T08:00:00Z")),
            ("2026-11-21T09:00+01:00", Some("2026-11-21T08:00:00Z")),
            ("2026-11-21T08:00Z", Some("2026-11-21T08:00:00Z")),
            ("2026-11-21T08:00:30", Some("2026-11-21T08:00:30Z")),
            ("2026-11-21T08:00:30.5", Some("2026-11-21T08:00:30Z")),
            ("2026-11-21T08:01", Some("2026-11-21T08:01:00Z")),
            ("2026-11-21T24:00", None),
            ("2026-11-21T08", None),
            ("2026-11-21T08:00 tomorrow", None),
            ("2026-11-31", None),
            ("21.11.2026", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, expect) in table {
            let read = moment(text).map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
            assert_eq!(read.ok().as_deref(), expect, "{text}");
        }
    }
}
