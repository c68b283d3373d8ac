//! The text files of the repository, read once for all rules.
//!
//! Owns what counts as ours: everything below the root but build output, caches and what git keeps for itself. It does
//! not ask git, so that an unpacked archive is checked like a checkout, and a new file before it is added.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A text file: its path from the root, and what is in it.
#[derive(Clone, Debug)]
pub(super) struct TextFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl TextFile {
    /// Whether the name ends in `.extension`.
    pub(super) fn is(&self, extension: &str) -> bool {
        self.path.extension() == Some(OsStr::new(extension))
    }

    /// Whether a folder of this name is above the file.
    pub(super) fn below(&self, folder: &str) -> bool {
        self.path
            .parent()
            .is_some_and(|above| above.iter().any(|part| part == folder))
    }

    /// The lines with their numbers, from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }
}

// Cargo.lock is written by cargo and names its registry.
const NOT_OURS: &[&str] = &[".git", "Cargo.lock", "artifacts", "node_modules", "target"];

/// All files below `root` that are UTF-8, sorted by path.
pub(super) fn text_files(root: &Path) -> Result<Vec<TextFile>> {
    let mut files = Vec::new();
    collect(root, Path::new(""), &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<TextFile>) -> Result<()> {
    let absolute = root.join(folder);
    let entries = fs::read_dir(&absolute)
        .with_context(|| format!("cannot read the folder {}", absolute.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if NOT_OURS.iter().any(|other| name == *other) {
            continue;
        }
        let path = folder.join(&name);
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(root, &path, files)?;
        } else if kind.is_file() {
            // An editor's swap file may go between the listing and the reading; a picture is no text.
            if let Ok(text) = fs::read_to_string(entry.path()) {
                files.push(TextFile { path, text });
            }
        }
    }
    Ok(())
}
