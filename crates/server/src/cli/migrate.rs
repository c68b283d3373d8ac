//! `vestibule migrate`: bring the store's schema up to date, without starting the service.

use std::path::Path;

use clap::Args;

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
        wait(async {
            open_store(&config).await?;
            Ok(())
        })?;
        terminal.print("The store's schema is up to date.")?;
        Ok(Exit::Yes)
    }
}
