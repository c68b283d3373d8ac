//! What the configuration looks at outside its own text: files, environment, date.
//!
//! Owns the one trait through which it does so, so that tests need no disk.

use std::{io, path::Path};

use chrono::{DateTime, Utc};

/// Files, environment and date.
pub trait Surroundings {
    /// Is there such a folder?
    fn has_folder(&self, path: &Path) -> bool;

    /// Access bits of a file.
    ///
    /// # Errors
    /// As the file system says.
    fn mode(&self, path: &Path) -> io::Result<u32>;

    /// Today.
    fn now(&self) -> DateTime<Utc>;

    /// The content of a file.
    ///
    /// # Errors
    /// As the file system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// An environment variable, if it is set and is UTF-8.
    fn variable(&self, name: &str) -> Option<String>;
}

/// The machine that the program runs on.
#[derive(Debug, Clone, Copy)]
pub struct ThisMachine;

impl Surroundings for ThisMachine {
    fn has_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        use std::os::unix::fs::PermissionsExt;
        Ok(std::fs::metadata(path)?.permissions().mode())
    }

    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        use std::io::Read;
        // A device or a pipe must not be read to its end.
        let mut content = Vec::new();
        let file = std::fs::File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder",
            ));
        }
        if !metadata.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file",
            ));
        }
        file.take(LARGEST + 1).read_to_end(&mut content)?;
        if content.len() as u64 > LARGEST {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "larger than 16 MiB",
            ));
        }
        Ok(content)
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

/// The largest file that is read: metadata of a federation may be long.
const LARGEST: u64 = 16 * 1024 * 1024;

#[cfg(test)]
pub(super) mod fake {
    use std::{
        collections::{BTreeMap, BTreeSet},
        path::PathBuf,
    };

    use super::*;

    /// A machine made of maps, which has every folder but these.
    #[derive(Debug, Clone, Default)]
    pub(in crate::config) struct FakeMachine {
        pub(in crate::config) files: BTreeMap<PathBuf, (u32, Vec<u8>)>,
        pub(in crate::config) variables: BTreeMap<String, String>,
        pub(in crate::config) no_folders: BTreeSet<PathBuf>,
    }

    impl FakeMachine {
        pub(in crate::config) fn with_file(
            mut self,
            path: &str,
            mode: u32,
            content: impl Into<Vec<u8>>,
        ) -> Self {
            self.files.insert(path.into(), (mode, content.into()));
            self
        }

        pub(in crate::config) fn with_variable(mut self, name: &str, value: &str) -> Self {
            self.variables.insert(name.into(), value.into());
            self
        }

        pub(in crate::config) fn without_folder(mut self, path: &str) -> Self {
            self.no_folders.insert(path.into());
            self
        }

        fn file(&self, path: &Path) -> io::Result<&(u32, Vec<u8>)> {
            self.files
                .get(path)
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        }
    }

    impl Surroundings for FakeMachine {
        fn has_folder(&self, path: &Path) -> bool {
            !self.no_folders.contains(path)
        }

        fn mode(&self, path: &Path) -> io::Result<u32> {
            Ok(self.file(path)?.0)
        }

        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp(1_800_000_000, 0).unwrap()
        }

        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            Ok(self.file(path)?.1.clone())
        }

        fn variable(&self, name: &str) -> Option<String> {
            self.variables.get(name).cloned()
        }
    }
}
