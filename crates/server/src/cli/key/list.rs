//! `vestibule key list`.

use clap::Args;
use vestibule_core::key::KeyPurpose;

use super::{Desk, purpose, row::Row};
use crate::cli::{Exit, Terminal, failure::Failure};

/// All keys: their state, the end of their certificates, and who is served with them.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Only those for this.
    #[arg(long, value_name = "PURPOSE", value_parser = purpose)]
    purpose: Option<KeyPurpose>,
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let mut rows = Row::all(desk, &desk.shelf().await?)?;
        rows.retain(|row| self.purpose.is_none_or(|wanted| row.purpose == wanted));
        if self.json {
            terminal.print_json(&rows)?;
            return Ok(Exit::Yes);
        }
        if rows.is_empty() {
            terminal.complain("no keys; `vestibule serve` makes the first ones")?;
        }
        let mut purpose = None;
        for row in &rows {
            if purpose.replace(row.purpose) != Some(row.purpose) {
                terminal.print(row.purpose.name())?;
            }
            for line in row.lines() {
                terminal.print(&format!("  {line}"))?;
            }
        }
        Ok(Exit::Yes)
    }
}
