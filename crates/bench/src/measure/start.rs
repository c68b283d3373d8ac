//! Start with a large store (G11).

use std::{fs::File, path::Path, time::Duration};

use anyhow::Result;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};

use super::site::Ground;

/// From the start of the process to its first answer, with nothing of the store in the page cache.
///
/// # Errors
/// If it does not start.
pub(crate) fn cold(program: &Path, ground: &Ground) -> Result<Duration> {
    for entry in std::fs::read_dir(ground.folder())? {
        let file = File::open(entry?.path())?;
        // What is not written yet could not be dropped.
        file.sync_all()?;
        posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
    }
    Ok(ground.start(program)?.started_in)
}
