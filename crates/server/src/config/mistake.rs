//! What is wrong or risky in a configuration file, told so that it can be mended.
//!
//! Owns the wording's frame: place, path, reason, remedy. Does not own the judgements: each topic makes its own.

use std::{fmt, path::PathBuf};

use serde::Serialize;

use super::tree::Place;

/// One thing that is wrong, or only risky; the list that it stands in says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The configuration file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Path of the setting, such as `upstreams.adfs.saml.metadata_url`; empty for the file as a whole.
    pub path: String,
    /// Stable code, such as `unknown_key`.
    pub code: &'static str,
    /// What is wrong, in words.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            line: self.line,
            column: self.column,
        }
    }
}

/// `file:line:column: path: reason [code]`, and the remedy on a line of its own.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file.display(), self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{} [{}]\n    {}", self.reason, self.code, self.remedy)
    }
}

/// A configuration that is not taken: everything that is wrong with it, and what would be risky besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// What is wrong, in the order of the file; never empty.
    pub mistakes: Vec<Finding>,
    /// What is risky, in the order of the file.
    pub warnings: Vec<Finding>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.mistakes.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
