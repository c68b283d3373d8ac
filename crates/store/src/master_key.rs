//! The one key that every other key is derived from.
//!
//! Owns its file, and the derivation of keys for one purpose each (HKDF-SHA256, RFC 5869). Does not seal anything
//! itself.

use std::{
    fmt, fs,
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::{hkdf, rand};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::error::OpenError;

/// 256 random bits. Every node of an installation has the same.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; LENGTH]>);

const LENGTH: usize = 32;
/// A file that is longer holds no key of ours.
const LONGEST_FILE: u64 = 1024;
/// HKDF's salt: it parts our derivations from those of anybody else who was given the same key.
const SALT: &[u8] = b"vestibule master key v1";

impl MasterKey {
    /// Takes 256 random bits.
    #[must_use]
    pub fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads base 64, as a file or a variable of the environment holds it; spaces and newlines around it do not count.
    ///
    /// # Errors
    /// [`OpenError::KeyMalformed`] unless it is 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, OpenError> {
        let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| OpenError::KeyMalformed)?;
        let bytes = <[u8; LENGTH]>::try_from(bytes.as_slice());
        bytes
            .map(Self::from_bytes)
            .map_err(|_| OpenError::KeyMalformed)
    }

    /// Reads the key from its file; if there is no file, makes a key and a file that only its owner can read.
    ///
    /// The file appears whole or not at all, and never replaces one: of two nodes that start at the same time on a
    /// shared folder, both get the key of the faster one.
    ///
    /// # Errors
    /// [`OpenError::KeyExposed`] if others may read the file (attack row WA-17), [`OpenError::KeyMalformed`],
    /// [`OpenError::KeyFile`].
    pub fn load_or_create(path: &Path) -> Result<Self, OpenError> {
        let failed = |cause: io::Error| OpenError::KeyFile {
            path: path.into(),
            cause: cause.to_string(),
        };
        match fs::File::open(path) {
            Err(absent) if absent.kind() == io::ErrorKind::NotFound => {
                create(path).map_err(failed)?;
                load(path, fs::File::open(path).map_err(failed)?)
            }
            Err(other) => Err(failed(other)),
            Ok(file) => load(path, file),
        }
    }

    /// The key for one purpose. Two purposes never get the same key, and no derived key tells anything of another.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; LENGTH] {
        let mut key = [0; LENGTH];
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(self.0.as_slice());
        let filled = root
            .expand(&[purpose.as_bytes()], Length)
            .and_then(|okm| okm.fill(&mut key));
        // RFC 5869 2.3 bounds the length to 255 blocks; one block was asked for.
        debug_assert!(filled.is_ok());
        key
    }

    /// Names the key without telling anything of it: 8 hexadecimal digits.
    pub(crate) fn id(&self) -> KeyId {
        let [a, b, c, d, ..] = self.derive("key id");
        KeyId([a, b, c, d])
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// The name of a master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyId(pub(crate) [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

struct Length;

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        LENGTH
    }
}

fn load(path: &Path, file: fs::File) -> Result<MasterKey, OpenError> {
    let failed = |cause: io::Error| OpenError::KeyFile {
        path: path.into(),
        cause: cause.to_string(),
    };
    // Asked of the open file, so that it cannot be exchanged between question and reading.
    let mode = file.metadata().map_err(failed)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(OpenError::KeyExposed {
            path: path.into(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST_FILE)
        .read_to_string(&mut text)
        .map_err(failed)?;
    MasterKey::from_base64(&text)
}

fn create(path: &Path) -> io::Result<()> {
    let mut key = Zeroizing::new([0; LENGTH]);
    rand::fill(key.as_mut_slice()).map_err(|_| io::Error::other("no randomness"))?;
    let text = Zeroizing::new(STANDARD.encode(key.as_slice()) + "\n");
    let draft = draft_of(path)?;
    let written = write_new(&draft, text.as_bytes()).and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match written {
        Err(faster) if faster.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(other) => Err(other),
        Ok(()) => sync_folder_of(path),
    }
}

fn draft_of(path: &Path) -> io::Result<PathBuf> {
    let mut tail = [0; 8];
    rand::fill(&mut tail).map_err(|_| io::Error::other("no randomness"))?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:016x}", u64::from_be_bytes(tail)));
    Ok(name.into())
}

fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// A new name is durable only when its folder is.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn purposes_get_keys_of_their_own() {
        let key = MasterKey::from_bytes([7; 32]);
        assert_eq!(key.derive("a"), key.derive("a"));
        assert_ne!(key.derive("a"), key.derive("b"));
        assert_ne!(key.derive("a"), MasterKey::from_bytes([8; 32]).derive("a"));
    }

    #[test]
    fn wa_17_a_new_key_is_readable_by_its_owner_only_and_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::load_or_create(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(MasterKey::load_or_create(&path).unwrap().0, made.0);
        assert_eq!(
            folder.path().read_dir().unwrap().count(),
            1,
            "no draft is left behind"
        );
    }

    #[test]
    fn wa_17_a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::load_or_create(&path).unwrap();
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = MasterKey::load_or_create(&path).unwrap_err();
            assert_eq!(
                error,
                OpenError::KeyExposed {
                    path: path.clone(),
                    mode
                }
            );
            assert_eq!(error.code(), "master_key_exposed");
        }
    }

    #[test]
    fn two_that_start_together_get_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let keys: Vec<MasterKey> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| MasterKey::load_or_create(&path).unwrap()))
                .collect();
            starts
                .into_iter()
                .map(|start| start.join().unwrap())
                .collect()
        });
        assert!(keys.iter().all(|key| key.0 == keys[0].0));
    }

    #[test]
    fn anything_but_32_bytes_of_base_64_is_no_key() {
        assert!(MasterKey::from_base64(&format!(" {}\n", STANDARD.encode([1; 32]))).is_ok());
        for bad in [
            "",
            "x",
            &STANDARD.encode([1; 31]),
            &STANDARD.encode([1; 33]),
        ] {
            assert_eq!(
                MasterKey::from_base64(bad).unwrap_err().code(),
                "master_key_malformed",
                "{bad}"
            );
        }
    }

    #[test]
    fn a_key_does_not_show_itself() {
        assert_eq!(
            format!("{:?}", MasterKey::from_bytes([1; 32])),
            "MasterKey(..)"
        );
    }
}
