//! The file that a key is brought along in.
//!
//! Owns that nobody but its owner could read it (attack row WA-17), and that what was asked about is what is read: one
//! open file answers both. Does not own what the file holds.

use std::{
    fs::File,
    io::{self, Read as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use nix::fcntl::OFlag;
use secrecy::SecretSlice;
use thiserror::Error;

/// The longest file that is read, in bytes: a key of 4096 bits and a chain of certificates are a fifth of it.
const LONGEST: u64 = 64 * 1024;

/// Why a file is not read. Each says what to do.
#[derive(Debug, Error)]
pub(super) enum BroughtError {
    /// Others can read or change it.
    #[error(
        "others on this machine can read or change it (mode {mode:04o}), so the key may be known to them: bring another key, in a file that only its owner can read (`umask 077` before the file is made; `chmod 600` for one that was never open to others)"
    )]
    Exposed {
        /// Its permissions.
        mode: u32,
    },
    /// A symbolic link: whoever may change it chooses the key.
    #[error("it is a symbolic link: give the path of the file itself")]
    Link,
    /// A folder, a pipe, a device.
    #[error("it is not a plain file: write the key to one")]
    NotPlain,
    /// More than a key and its certificates.
    #[error(
        "it is longer than {LONGEST} bytes: give a file with one private key and its certificate alone"
    )]
    TooLong,
    /// The system does not give it.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
}

/// What stands in a file that is its owner's alone.
#[allow(
    clippy::disallowed_methods,
    reason = "a command reads the file that it is given"
)]
pub(super) fn read(path: &Path) -> Result<SecretSlice<u8>, BroughtError> {
    // Nor does a pipe without a writer hold the command up.
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let opened = File::options()
        .read(true)
        .custom_flags(flags.bits())
        .open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        // POSIX open(): the answer to O_NOFOLLOW.
        Some(code) if code == nix::errno::Errno::ELOOP as i32 => BroughtError::Link,
        _ => error.into(),
    })?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(BroughtError::NotPlain);
    }
    let mode = about.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(BroughtError::Exposed { mode });
    }
    content(file)
}

fn content(file: File) -> Result<SecretSlice<u8>, BroughtError> {
    // Room from the start, so that growing leaves no copy of the key behind.
    let mut read = Vec::with_capacity(usize::try_from(LONGEST).unwrap_or_default() + 1);
    file.take(LONGEST + 1).read_to_end(&mut read)?;
    let is_whole = u64::try_from(read.len()).is_ok_and(|length| length <= LONGEST);
    let content = SecretSlice::from(read);
    is_whole.then_some(content).ok_or(BroughtError::TooLong)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt as _, symlink},
        path::PathBuf,
    };

    use secrecy::ExposeSecret as _;

    use super::*;

    fn file(folder: &tempfile::TempDir, length: usize, mode: u32) -> PathBuf {
        let path = folder.path().join("key.pem");
        fs::write(&path, "k".repeat(length)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn wa_17_only_a_file_of_its_owner_alone_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for (mode, may) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o620, false),
            (0o610, false),
            (0o604, false),
            (0o602, false),
            (0o601, false),
            (0o644, false),
        ] {
            let path = file(&folder, 3, mode);
            match read(&path) {
                Ok(content) => assert!(may && content.expose_secret() == b"kkk", "{mode:o}"),
                Err(error) => {
                    assert!(!may, "{mode:o}: {error}");
                    let said = error.to_string();
                    assert!(said.contains(&format!("(mode 0{mode:o})")), "{said}");
                }
            }
            fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn only_a_plain_file_of_a_keys_length_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let longest = usize::try_from(LONGEST).unwrap();
        let whole = read(&file(&folder, longest, 0o600)).unwrap();
        assert_eq!(whole.expose_secret().len(), longest);
        let plain = file(&folder, longest + 1, 0o600);
        assert!(matches!(read(&plain), Err(BroughtError::TooLong)));
        assert!(matches!(read(folder.path()), Err(BroughtError::NotPlain)));
        let absent = folder.path().join("absent");
        assert!(matches!(read(&absent), Err(BroughtError::Unreadable(_))));
        // Whoever may change a link would choose the key.
        let link = folder.path().join("link");
        symlink(file(&folder, 3, 0o600), &link).unwrap();
        assert!(matches!(read(&link), Err(BroughtError::Link)));
        // A pipe that nobody writes to answers at once.
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRUSR).unwrap();
        assert!(matches!(read(&pipe), Err(BroughtError::NotPlain)));
    }
}
