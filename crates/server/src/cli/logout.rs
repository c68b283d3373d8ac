//! `vestibule logout`: applications that were to be told of the end of a session, and were not.
//!
//! Owns what is shown of them, and that an administrator has them tried again. Does not own the trying: the running
//! broker does that.

use std::path::Path;

use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use serde::Serialize;
use vestibule_core::{
    id::AppId,
    logout::call::Undelivered,
    port::{Calls, Clock},
};

use super::{Exit, Terminal, failure::Failure, load, wait};
use crate::wiring::{ambient::SystemClock, open_existing_store};

/// Applications that could not be told that a session is over.
#[derive(Debug, Args)]
pub(super) struct LogoutCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(List),
    Retry(Retry),
}

/// Those that were given up in the last 14 days, the latest first, and why. The answer is no if there are any.
#[derive(Debug, Args)]
struct List {
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

/// Have them tried again, from the beginning.
#[derive(Debug, Args)]
struct Retry {
    /// Only those of this application.
    #[arg(long, value_name = "ID")]
    app: Option<AppId>,
}

/// So many are shown at most.
const MOST: u32 = 1000;

/// One, as it is shown.
#[derive(Debug, Serialize)]
struct Row {
    at: String,
    app: String,
    session: String,
    attempts: u32,
    why: String,
}

impl Row {
    fn of(undelivered: &Undelivered) -> Self {
        Self {
            at: undelivered.at.to_rfc3339_opts(SecondsFormat::Secs, true),
            app: undelivered.app.to_string(),
            session: undelivered.session.to_string(),
            attempts: undelivered.attempts,
            why: undelivered.why.clone(),
        }
    }

    fn line(&self) -> String {
        let tries = match self.attempts {
            1 => "1 try".to_owned(),
            tries => format!("{tries} tries"),
        };
        [&self.at, &self.app, &self.session, &tries, &self.why]
            .map(String::as_str)
            .join("  ")
    }
}

impl LogoutCommand {
    pub(super) fn run(self, path: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let config = load(path)?;
        wait(async {
            let store = open_existing_store(&config).await?;
            match self.action {
                Action::List(action) => action.run(&store, terminal).await,
                Action::Retry(action) => action.run(&store, terminal).await,
            }
        })
    }
}

impl List {
    async fn run(self, calls: &dyn Calls, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let undelivered = calls.undelivered(MOST).await?;
        let rows: Vec<Row> = undelivered.iter().map(Row::of).collect();
        if self.json {
            terminal.print_json(&rows)?;
        } else {
            for row in &rows {
                terminal.print(&row.line())?;
            }
            if rows.is_empty() {
                terminal.complain("every application was told, or will be")?;
            }
        }
        Ok(if rows.is_empty() { Exit::Yes } else { Exit::No })
    }
}

impl Retry {
    async fn run(self, calls: &dyn Calls, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        let again = calls
            .try_again(self.app.as_ref(), SystemClock.now())
            .await?;
        terminal.print(&format!("{again} will be tried again within seconds."))?;
        Ok(Exit::Yes)
    }
}
