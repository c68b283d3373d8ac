//! `cargo xtask check`: everything that can be said of the code without running it.
//!
//! Owns the order of the steps and which of them may be skipped: only those whose tool is not installed, each with a
//! line that nobody can overlook. A step that ran and failed fails the check; the later steps still run, so that one
//! run tells everything.

use std::path::Path;

use anyhow::{Result, bail};

use crate::{deny, process, tidy};

/// Runs all steps in order.
///
/// # Errors
/// Names the steps that failed.
pub fn run(root: &Path) -> Result<()> {
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        if let Err(error) = step(root) {
            eprintln!("{error:#}");
            failed.push(*name);
        }
    }
    if failed.is_empty() {
        eprintln!("\ncheck: all steps passed");
        return Ok(());
    }
    bail!("\ncheck: FAILED: {}", failed.join(", "))
}

type Step = fn(&Path) -> Result<()>;

// The quick ones first: a wrong format should not wait for a build.
const STEPS: &[(&str, Step)] = &[
    ("format", format),
    ("tidy", tidy::run),
    ("deny", deny::run),
    ("lints", lints),
    ("documentation", documentation),
];

fn format(root: &Path) -> Result<()> {
    if !process::answers("cargo", &["fmt", "--version"]) {
        skipped("format", "rustfmt", "rustup component add rustfmt");
        return Ok(());
    }
    process::cargo(root, &["fmt", "--all", "--check"], &[])
}

fn lints(root: &Path) -> Result<()> {
    if !process::answers("cargo", &["clippy", "--version"]) {
        skipped("lints", "clippy", "rustup component add clippy");
        return Ok(());
    }
    process::cargo(
        root,
        &[
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ],
        &[],
    )
}

fn documentation(root: &Path) -> Result<()> {
    process::cargo(
        root,
        &[
            "doc",
            "--locked",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )
}

/// Says that a step did not run.
fn skipped(step: &str, tool: &str, remedy: &str) {
    eprintln!("\n!! SKIPPED: {step}: {tool} is not installed ({remedy})");
}
