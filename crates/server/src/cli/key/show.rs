//! `vestibule key show`.

use clap::Args;

use super::{Desk, Which, row::Row};
use crate::cli::{Exit, Terminal, failure::Failure};

/// One key.
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    which: Which,
    /// Print its certificate, as it is pasted at the other side, and nothing else.
    #[arg(long, conflicts_with = "json")]
    certificate: bool,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) async fn run(
        self,
        desk: &Desk<'_>,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let row = Row::one(desk, &desk.shelf().await?, &self.which.key)?;
        if self.json {
            terminal.print_json(&row)?;
        } else if self.certificate {
            let pem = row.pem().ok_or_else(|| {
                Failure::No(format!(
                    "the key `{}` has no certificate: clients of OpenID Connect read our keys at the address that discovery names",
                    row.id
                ))
            })?;
            terminal.print(pem.trim_end())?;
        } else {
            terminal.print(row.purpose.name())?;
            for line in row.lines() {
                terminal.print(&line)?;
            }
        }
        Ok(Exit::Yes)
    }
}
