//! Notices as files, one mail each: for development, where there is no mail server.
//!
//! Owns the folder. Does not clear it.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use tokio::{fs, io::AsyncWriteExt};
use vestibule_core::port::{Notice, Notifier, NotifyError};

use crate::Letterhead;

/// Writes each notice as an `.eml` file, which mail programs open.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    letterhead: Letterhead,
}

impl Folder {
    /// The folder is made with the first notice, if need be.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, letterhead: Letterhead) -> Self {
        Self {
            path: path.into(),
            letterhead,
        }
    }
}

#[async_trait]
impl Notifier for Folder {
    async fn send(&self, notice: &Notice) -> Result<(), NotifyError> {
        let letter = self.letterhead.write(notice)?.formatted();
        let stem = notice.at.format("%Y%m%dT%H%M%S%3fZ").to_string();
        keep(&self.path, &stem, &letter).await.map_err(|cause| {
            NotifyError::Unreachable(format!(
                "the notice cannot be written to {}: {cause}",
                self.path.display()
            ))
        })
    }
}

/// Writes the letter under a name of its own: first beside it, then moved, so that a reader never sees half a letter.
///
/// The unfinished file is what claims the name: it is made only if nobody else has it, and a claim whose finished file
/// exists is given up.
async fn keep(folder: &Path, stem: &str, letter: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(folder).await?;
    for number in 1_u32.. {
        let finished = folder.join(format!("{stem}-{number}.eml"));
        let unfinished = folder.join(format!(".{stem}-{number}.part"));
        let claim = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&unfinished)
            .await;
        let mut file = match claim {
            Ok(file) => file,
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => continue,
            Err(cause) => return Err(cause),
        };
        if fs::try_exists(&finished).await? {
            fs::remove_file(&unfinished).await?;
            continue;
        }
        file.write_all(letter).await?;
        file.sync_all().await?;
        return fs::rename(&unfinished, &finished).await;
    }
    Err(ErrorKind::AlreadyExists.into())
}
