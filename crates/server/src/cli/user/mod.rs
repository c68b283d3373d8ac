//! `vestibule user`: people, their factors, and accounts of our own.
//!
//! Owns what an administrator may do to a person from the command line. **Invariant:** every change carries its audit
//! record, with the administrator's name, into the transaction that makes it.

mod account;
mod factor;
mod person;

use std::path::Path;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    identity::PersonId,
    port::{Clock, Notice, NoticeKind, People},
};
use vestibule_store::Store;

use super::{
    Exit, Terminal,
    failure::Failure,
    load, wait,
    who::{self, unseen},
};
use crate::{
    config::Config,
    wiring::{ambient::SystemClock, notifier, open_existing_store, open_store},
};

/// People, their factors, and accounts of our own.
///
/// A person is written `upstream/name`, as the list shows them.
#[derive(Debug, Args)]
pub(super) struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    #[command(flatten)]
    InStore(InStore),
    HashPassword(account::HashPassword),
}

/// What needs the configuration and the store.
#[derive(Debug, Subcommand)]
enum InStore {
    Add(account::Add),
    BackupCodes(factor::BackupCodes),
    Disable(person::Disable),
    Enable(person::Enable),
    Factors(factor::Factors),
    List(person::List),
    Remove(account::Remove),
    RemoveFactor(factor::RemoveFactor),
    Set(account::Set),
    SetPassword(account::SetPassword),
    Show(person::Show),
    Unlock(person::Unlock),
}

impl InStore {
    /// Nothing is made for it that is not there yet.
    const fn only_reads(&self) -> bool {
        matches!(self, Self::Factors(_) | Self::List(_) | Self::Show(_))
    }
}

impl User {
    pub(super) fn run(self, path: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let action = match self.action {
            // For a configuration that is still being written.
            Action::HashPassword(action) => return action.run(terminal),
            Action::InStore(action) => action,
        };
        let config = load(path)?;
        wait(async {
            let desk = Desk {
                store: if action.only_reads() {
                    open_existing_store(&config).await?
                } else {
                    open_store(&config).await?
                },
                config: &config,
                now: SystemClock.now(),
                actor: whoami::username().unwrap_or_else(|_| "unknown".into()),
            };
            match action {
                InStore::Add(action) => action.run(&desk, terminal).await,
                InStore::BackupCodes(action) => action.run(&desk, terminal).await,
                InStore::Disable(action) => action.run(&desk, terminal).await,
                InStore::Enable(action) => action.run(&desk, terminal).await,
                InStore::Factors(action) => action.run(&desk, terminal).await,
                InStore::List(action) => action.run(&desk, terminal).await,
                InStore::Remove(action) => action.run(&desk, terminal).await,
                InStore::RemoveFactor(action) => action.run(&desk, terminal).await,
                InStore::Set(action) => action.run(&desk, terminal).await,
                InStore::SetPassword(action) => action.run(&desk, terminal).await,
                InStore::Show(action) => action.run(&desk, terminal).await,
                InStore::Unlock(action) => action.run(&desk, terminal).await,
            }
        })
    }
}

/// A person on the command line.
#[derive(Debug, Args)]
struct Who {
    /// The person, as `upstream/name`.
    #[arg(value_name = "UPSTREAM/NAME")]
    person: PersonId,
}

/// A person who may not be known here yet.
#[derive(Debug, Args)]
struct WhoMaybeUnseen {
    #[command(flatten)]
    who: Who,
    /// Do it although nobody of that name has logged in yet.
    #[arg(long)]
    unseen: bool,
}

impl Who {
    /// A slip of the pen must not look like success: whoever is meant has logged in before or has an account here.
    async fn known(self, desk: &Desk<'_>) -> Result<PersonId, Failure> {
        if desk.is_known(&self.person).await? {
            return Ok(self.person);
        }
        Err(Failure::No(unseen(&self.person)))
    }
}

impl WhoMaybeUnseen {
    /// As [`Who::known`], unless the administrator says that they know better.
    async fn known(self, desk: &Desk<'_>) -> Result<PersonId, Failure> {
        let person = self.who.person;
        if desk.is_known(&person).await? || self.unseen {
            return Ok(person);
        }
        Err(Failure::No(format!(
            "{} (--unseen does it anyway)",
            unseen(&person)
        )))
    }
}

/// What is said of a change that voids what the person has proved.
const SESSIONS_ENDED: &str =
    "Their sessions ended on all nodes, and their logins under way begin anew.";

/// What the commands work with.
struct Desk<'a> {
    store: Store,
    config: &'a Config,
    now: DateTime<Utc>,
    actor: String,
}

impl Desk<'_> {
    /// The record of one administrative act.
    fn record(&self, person: &PersonId, reason: &str) -> AuditRecord {
        let mut record =
            AuditRecord::new(self.now, AuditEvent::Administration, AuditResult::Success)
                .because(reason, None);
        record.upstream = Some(person.upstream().clone());
        record.person = Some(person.clone());
        record.actor = Some(self.actor.clone());
        record
    }

    /// Tells the person by mail, if one is known. What was done stays done if that fails, but the failure is shown.
    async fn tell(
        &self,
        person: &PersonId,
        kind: NoticeKind,
        terminal: &mut dyn Terminal,
    ) -> Result<(), Failure> {
        let known = self.store.person(person).await?;
        let Some((to, name)) = known.and_then(|known| {
            let to = known.mail?;
            Some((to.clone(), known.display_name.unwrap_or(to)))
        }) else {
            return Ok(());
        };
        let notice = Notice {
            to,
            name,
            kind,
            at: self.now,
            address: None,
            reference: None,
        };
        if let Err(error) = notifier(self.config)?.send(&notice).await {
            terminal.complain(&format!(
                "warning: {person} could not be told by mail: {error}"
            ))?;
        }
        Ok(())
    }

    /// Have they logged in before, or an account here?
    async fn is_known(&self, person: &PersonId) -> Result<bool, Failure> {
        who::is_known(self.config, &self.store, person).await
    }

    /// Local people may live in the configuration itself.
    fn is_in_configuration(&self, person: &PersonId) -> bool {
        who::is_in_configuration(self.config, person)
    }
}
