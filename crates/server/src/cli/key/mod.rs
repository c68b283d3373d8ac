//! `vestibule key`: our own keys, and how one is replaced.
//!
//! Owns what an administrator may do to a key from the command line, and what they are told before somebody would be
//! locked out. Does not own which change is right: the core's book of keys does. **Invariant:** no command prints a
//! private key (attack row SO-19), and every change carries its audit record, with the administrator's name, into the
//! transaction that makes it.

mod brought;
mod create;
mod list;
mod promote;
mod retire;
mod row;
mod served;
mod show;
mod unpin;

use std::path::Path;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use vestibule_core::{
    audit::{AuditEvent, AuditRecord, AuditResult},
    id::KeyId,
    key::{KeyFault, KeyPurpose, Partner},
    port::{Clock, KeyShelf, Keys},
};
use vestibule_store::Store;

use super::{Exit, Terminal, failure::Failure, load, wait};
use crate::{
    config::Config,
    wiring::{ambient::SystemClock, open_existing_store, open_store},
};

/// How long it takes at most until every node works with a change.
const SOON: &str = "within 10 seconds";

/// Our own keys: list them, and replace one without breaking a login.
///
/// A key is published first, then active, then retiring, then gone.
#[derive(Debug, Args)]
pub(super) struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Create(create::Create),
    List(list::List),
    Promote(promote::Promote),
    Retire(retire::Retire),
    Show(show::Show),
    Unpin(unpin::Unpin),
}

impl Key {
    pub(super) fn run(self, path: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let config = load(path)?;
        wait(async {
            let desk = Desk {
                // A key may be brought in before the first start; everything else is about keys that are there.
                store: match &self.action {
                    Action::Create(_) => open_store(&config).await?,
                    _ => open_existing_store(&config).await?,
                },
                config: &config,
                now: SystemClock.now(),
                actor: whoami::username().unwrap_or_else(|_| "unknown".into()),
            };
            match self.action {
                Action::Create(action) => action.run(&desk, terminal).await,
                Action::List(action) => action.run(&desk, terminal).await,
                Action::Promote(action) => action.run(&desk, terminal).await,
                Action::Retire(action) => action.run(&desk, terminal).await,
                Action::Show(action) => action.run(&desk, terminal).await,
                Action::Unpin(action) => action.run(&desk, terminal).await,
            }
        })
    }
}

/// A key on the command line.
#[derive(Debug, Args)]
struct Which {
    /// The key's id, as `vestibule key list` shows it.
    #[arg(value_name = "KEY")]
    key: KeyId,
}

/// What the commands work with.
struct Desk<'a> {
    store: Store,
    config: &'a Config,
    now: DateTime<Utc>,
    actor: String,
}

impl Desk<'_> {
    async fn shelf(&self) -> Result<KeyShelf, Failure> {
        Ok(self.store.keys().await?)
    }

    /// The record of one administrative act.
    fn record(&self, reason: &str, key: &KeyId, partner: Option<&Partner>) -> AuditRecord {
        let mut record =
            AuditRecord::new(self.now, AuditEvent::Administration, AuditResult::Success)
                .because(reason, Some(key.as_str()));
        match partner {
            Some(Partner::App(id)) => record.app = Some(id.clone()),
            Some(Partner::Upstream(id)) => record.upstream = Some(id.clone()),
            None => {}
        }
        record.actor = Some(self.actor.clone());
        record
    }
}

/// What the book of keys says no to, with what to do about it.
fn refused(fault: &KeyFault) -> Failure {
    let remedy = match fault {
        KeyFault::Foreign { .. } => "; `vestibule key list` shows who is served with which",
        KeyFault::Unchosen { .. } => "; `vestibule key list` shows who was",
        KeyFault::Unknown(_) => "; `vestibule key list` shows them",
        _ => "",
    };
    Failure::No(format!("{fault}{remedy}"))
}

/// The command that moves one partner to a key.
fn promote_for(key: &KeyId, partner: &Partner) -> String {
    match partner {
        Partner::App(id) => format!("vestibule key promote {key} --app {id}"),
        Partner::Upstream(id) => format!("vestibule key promote {key} --upstream {id}"),
    }
}

/// The command that has one partner go with the rest again.
fn unpin(key: &KeyId, partner: &Partner) -> String {
    match partner {
        Partner::App(id) => format!("vestibule key unpin {key} --app {id}"),
        Partner::Upstream(id) => format!("vestibule key unpin {key} --upstream {id}"),
    }
}

/// A purpose on the command line.
fn purpose(text: &str) -> Result<KeyPurpose, String> {
    KeyPurpose::named(text).ok_or_else(|| {
        let names = KeyPurpose::ALL.map(KeyPurpose::name);
        format!("one of: {}", names.join(", "))
    })
}
