//! `vestibule check`: every mistake of the configuration at once, and what is only risky; if it is asked for, the ends of
//! our own certificates too, which are not in the configuration.

mod hint;

use std::path::Path;

use clap::Args;
use serde::Serialize;
use vestibule_core::{
    id::KeyId,
    port::{Clock, Keys},
};

use super::{Exit, Terminal, failure::Failure, wait};
use crate::{
    certificates::NearEnd,
    config::{Config, Finding, Refused, reference},
    keys::in_use,
    wiring::{ambient::SystemClock, open_existing_store},
};

/// Check the configuration without starting anything.
///
/// Every mistake is told with line, path, reason and remedy, and so is what is only risky. A hint says what an
/// application does not get. Exit status 0: no mistakes.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
    /// Also open the store, and tell which of our own certificates end soon.
    #[arg(long)]
    keys: bool,
    /// Print every setting with its default and what it can hurt, as Markdown, and check nothing.
    #[arg(long, conflicts_with_all = ["json", "keys"])]
    settings: bool,
}

#[derive(Serialize)]
struct Findings<'a> {
    mistakes: &'a [Finding],
    risks: &'a [Finding],
    hints: &'a [hint::Hint<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<&'a [KeyRisk]>,
}

/// A key of ours that somebody is served with, and whose certificate ends soon.
#[derive(Serialize)]
struct KeyRisk {
    key: Option<KeyId>,
    code: &'static str,
    reason: String,
    remedy: &'static str,
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
        let keys = match &config {
            Some(config) if self.keys => Some(ending_keys(config)?),
            _ => None,
        };
        let hints = config.as_ref().map(hint::all).unwrap_or_default();
        if self.json {
            terminal.print_json(&Findings {
                mistakes: &mistakes,
                risks: &warnings,
                hints: &hints,
                keys: keys.as_deref(),
            })?;
        } else {
            tell(terminal, "mistake", &mistakes)?;
            tell(terminal, "risk", &warnings)?;
            for risk in keys.iter().flatten() {
                let KeyRisk {
                    code,
                    reason,
                    remedy,
                    ..
                } = risk;
                terminal.print(&format!("risk: {reason} [{code}]\n    {remedy}"))?;
            }
            if keys.as_ref().is_some_and(Vec::is_empty) {
                terminal.print(&format!(
                    "no certificate of a key in use ends within {} days",
                    NearEnd::SOON
                ))?;
            }
            for hint in &hints {
                terminal.print(&format!("hint: {hint}"))?;
            }
            let risks = warnings.len() + keys.as_ref().map_or(0, Vec::len);
            let subject = config
                .as_ref()
                .map_or_else(|| path.display().to_string(), summary);
            terminal.print(&format!(
                "{subject}: {}, {}",
                count(mistakes.len(), "mistake"),
                count(risks, "risk")
            ))?;
        }
        Ok(if mistakes.is_empty() {
            Exit::Yes
        } else {
            Exit::No
        })
    }
}

/// Keys in use whose certificates end soon, or have ended.
fn ending_keys(config: &Config) -> Result<Vec<KeyRisk>, Failure> {
    let shelf = wait(async { Ok(open_existing_store(config).await?.keys().await?) })?;
    let now = SystemClock.now();
    let in_use = in_use(&shelf);
    let risks = in_use.iter().filter_map(|one| {
        let near = NearEnd::of(one.not_after(), now)?;
        let id = one.key.as_ref().map_or("", KeyId::as_str);
        Some(KeyRisk {
            key: one.key.clone(),
            code: near.code(),
            reason: format!("key `{id}`: its certificate {near}"),
            remedy: "replace it before: `vestibule key create`; the book has the steps",
        })
    });
    Ok(risks.collect())
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
