//! `vestibule logout`: applications that were to be told of the end of a session, and were not.
//!
//! Owns what is shown of them, and that an administrator has them tried again. Does not own the trying: the running
//! broker does that.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use vestibule_core::{
    id::AppId,
    logout::call::{Prospect, Undelivered},
    port::{Calls, Clock},
};

use super::{Exit, Terminal, failure::Failure, load, wait};
use crate::{
    config::Config,
    wiring::{ambient::SystemClock, open_existing_store},
};

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

/// Those that were tried in vain, and why: given up in the last 14 days, the latest first, then those that are tried
/// again, the next first. The answer is no if there are any.
#[derive(Debug, Args)]
struct List {
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

/// Have them tried again now, from the beginning: those that were given up, and those that wait for their next try.
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
    app: String,
    /// Whose session it was; none for one from before this was kept.
    person: Option<String>,
    session: String,
    attempts: u32,
    /// Since when nobody tries any more.
    given_up_at: Option<String>,
    /// When it is tried again.
    next_try_at: Option<String>,
    why: String,
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Row {
    fn of(undelivered: &Undelivered) -> Self {
        let (given_up_at, next_try_at) = match undelivered.prospect {
            Prospect::GivenUp { at } => (Some(time(at)), None),
            Prospect::Waits { until } => (None, Some(time(until))),
        };
        Self {
            app: undelivered.app.to_string(),
            person: undelivered.person.as_ref().map(ToString::to_string),
            session: undelivered.session.to_string(),
            attempts: undelivered.attempts,
            given_up_at,
            next_try_at,
            why: undelivered.why.clone(),
        }
    }

    fn line(&self) -> String {
        let prospect = match (&self.given_up_at, &self.next_try_at) {
            (Some(at), _) => format!("given up {at}"),
            (None, Some(at)) => format!("next try {at}"),
            (None, None) => String::new(),
        };
        let tries = match self.attempts {
            1 => "1 try".to_owned(),
            tries => format!("{tries} tries"),
        };
        let person = self.person.as_deref().unwrap_or("somebody");
        [
            &prospect,
            &self.app,
            person,
            &self.session,
            &tries,
            &self.why,
        ]
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
                Action::Retry(action) => action.run(&config, &store, terminal).await,
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
            let (waiting, _) = calls.count_calls().await?;
            let put_off = rows.iter().filter(|row| row.next_try_at.is_some());
            let untried = waiting.saturating_sub(put_off.count() as u64);
            match (rows.is_empty(), untried) {
                (true, 0) => terminal.complain("every application was told")?,
                (_, 0) => {}
                (_, untried) => terminal.complain(&format!(
                    "{untried} not tried yet: that takes a few seconds while `vestibule serve` runs"
                ))?,
            }
        }
        Ok(if rows.is_empty() { Exit::Yes } else { Exit::No })
    }
}

impl Retry {
    async fn run(
        self,
        config: &Config,
        calls: &dyn Calls,
        terminal: &mut dyn Terminal,
    ) -> Result<Exit, Failure> {
        let app = self.app.as_ref();
        let again = calls.try_again(app, SystemClock.now()).await?;
        // One that has left the configuration may have calls still; a slip of the pen has none.
        if let Some(app) = app.filter(|app| again == 0 && !config.apps.contains_key(*app)) {
            let known: Vec<&str> = config.apps.keys().map(AppId::as_str).collect();
            return Err(Failure::Usage(format!(
                "there is no application `{app}` in {}: there are {}",
                config.file.display(),
                known.join(", ")
            )));
        }
        terminal.print(&match again {
            0 => "There is nothing to try again.".to_owned(),
            again => {
                format!("{again} will be tried again within seconds, while `vestibule serve` runs.")
            }
        })?;
        Ok(Exit::Yes)
    }
}

#[cfg(test)]
mod tests;
