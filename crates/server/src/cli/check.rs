//! `vestibule check`: every mistake of the configuration at once, and what is only risky.

use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::{Exit, Terminal, failure::Failure};
use crate::config::{Config, Finding, Refused, reference};

/// Check the configuration without starting anything.
///
/// Every mistake is told with line, path, reason and remedy, and so is what is only risky. Exit status 0: no mistakes.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
    /// Print every setting with its default and what it can hurt, as Markdown, and check nothing.
    #[arg(long, conflicts_with = "json")]
    settings: bool,
}

#[derive(Serialize)]
struct Findings<'a> {
    mistakes: &'a [Finding],
    risks: &'a [Finding],
}

impl Check {
    pub(super) fn run(&self, path: &Path, terminal: &mut dyn Terminal) -> Result<Exit, Failure> {
        if self.settings {
            terminal.print(reference().trim_end())?;
            return Ok(Exit::Yes);
        }
        let (config, mistakes, warnings) = match Config::load(path) {
            Ok((config, warnings)) => (Some(config), Vec::new(), warnings),
            Err(Refused { mistakes, warnings }) => (None, mistakes, warnings),
        };
        if self.json {
            terminal.print_json(&Findings {
                mistakes: &mistakes,
                risks: &warnings,
            })?;
        } else {
            tell(terminal, "mistake", &mistakes)?;
            tell(terminal, "risk", &warnings)?;
            let subject =
                config.map_or_else(|| path.display().to_string(), |config| summary(&config));
            terminal.print(&format!(
                "{subject}: {}, {}",
                count(mistakes.len(), "mistake"),
                count(warnings.len(), "risk")
            ))?;
        }
        Ok(if mistakes.is_empty() {
            Exit::Yes
        } else {
            Exit::No
        })
    }
}

fn tell(terminal: &mut dyn Terminal, what: &str, findings: &[Finding]) -> Result<(), Failure> {
    for finding in findings {
        terminal.print(&format!("{what}: {finding}"))?;
    }
    Ok(())
}

fn summary(config: &Config) -> String {
    format!(
        "{}: {}, {}, {}",
        config.file.display(),
        count(config.upstreams.len(), "upstream"),
        count(config.apps.len(), "application"),
        count(config.policy.rules().len(), "policy rule"),
    )
}

fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    }
}
