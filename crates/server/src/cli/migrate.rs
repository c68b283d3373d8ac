//! `vestibule migrate`: bring the store's schema up to date, without starting the service.

use std::path::Path;

use clap::Args;
use vestibule_store::Migrated;

use super::{Exit, Terminal, failure::Failure, load, wait};
use crate::wiring::open_store;

/// Bring the store's schema up to date.
///
/// `serve` does so too at each start; this is for those who want to see it happen before.
#[derive(Debug, Args)]
pub(super) struct Migrate {}

impl Migrate {
    pub(super) fn run(&self, path: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let config = load(path)?;
        let migrated = wait(async { Ok(open_store(&config).await?.migrated().clone()) })?;
        terminal.print(&match migrated {
            Migrated::Created { version } => {
                format!("The store is made, with the schema {version}.")
            }
            Migrated::Kept { version } => {
                format!("The store's schema {version} is up to date; nothing was changed.")
            }
            Migrated::Raised { from, ran } => {
                let ran = ran.join(", ");
                format!(
                    "The store's schema {from} is brought up to date. These migrations ran: {ran}."
                )
            }
        })?;
        Ok(Exit::Yes)
    }
}
