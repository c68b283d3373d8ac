//! The house rules as a test: `cargo xtask tidy`, and `cargo test -p xtask`.
//!
//! Owns the list of rules and how a breach is told. Each rule is a function from what it looks at to findings, in a
//! file of its own; a rule knows nothing of the others. Does not own what rustfmt, clippy and cargo-deny can say.

mod arrows;
pub mod attacks;
mod links;
mod lints;
mod migrations;
mod secrets;
mod source;
mod tree;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// One breach of a house rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, from the root of the repository.
    pub file: PathBuf,
    /// The line, from 1; `None` where the breach is the file as a whole.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Finding {
    fn whole(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            message: message.into(),
        }
    }

    fn at(file: impl Into<PathBuf>, line: usize, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: Some(line),
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Applies every rule to the repository at `root`, and tells all findings at once.
///
/// # Errors
/// When there is a finding, or the repository cannot be read.
pub fn run(root: &Path) -> Result<()> {
    eprintln!("\n== tidy");
    let findings = findings(root)?;
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!("tidy: {} breaches of the house rules", findings.len());
    }
    eprintln!("tidy: the house is in order");
    Ok(())
}

/// Every breach in the repository at `root`, sorted by file.
///
/// # Errors
/// When the repository or the metadata of cargo cannot be read.
pub fn findings(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = arrows::findings(root)?;
    let files = tree::text_files(root)?;
    for file in &files {
        findings.extend(source::findings(file, &files));
        findings.extend(secrets::findings(file));
        findings.extend(links::findings(file, root));
    }
    findings.extend(attacks::findings(&files));
    findings.extend(lints::findings(&files));
    findings.extend(migrations::findings(&files));
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(findings)
}
