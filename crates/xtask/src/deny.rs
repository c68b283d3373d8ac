//! cargo-deny: licences, bans and sources always; advisories when their database can be reached.
//!
//! Owns when advisories may be skipped. What is allowed stands in `deny.toml`, with the reasons.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::process::{self, Ending};

/// How long the advisory database may take to arrive. It is a small git repository.
const FETCH_LIMIT: Duration = Duration::from_secs(60);

/// Asks cargo-deny.
///
/// # Errors
/// When cargo-deny is not installed, or finds something.
pub fn run(root: &Path) -> Result<()> {
    if !process::answers("cargo", &["deny", "--version"]) {
        bail!("cargo-deny is not installed: cargo install cargo-deny --locked");
    }
    process::cargo(
        root,
        &[
            "deny",
            "--all-features",
            "check",
            "bans",
            "licenses",
            "sources",
        ],
        &[],
    )?;
    match process::cargo_within(root, &["deny", "fetch", "db"], FETCH_LIMIT)? {
        Ending::Succeeded => process::cargo(
            root,
            &[
                "deny",
                "--all-features",
                "check",
                "--disable-fetch",
                "advisories",
            ],
            &[],
        ),
        ending @ (Ending::Failed | Ending::Late) => {
            eprintln!(
                "\n!! SKIPPED: advisories: their database cannot be reached from here ({})",
                reason(ending)
            );
            Ok(())
        }
    }
}

fn reason(ending: Ending) -> String {
    match ending {
        Ending::Late => format!("no answer within {} s", FETCH_LIMIT.as_secs()),
        Ending::Failed | Ending::Succeeded => "cargo deny fetch db failed".to_owned(),
    }
}
