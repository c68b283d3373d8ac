//! Every vector that a test builds, kept for the differential run, which judges it once more with another program.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
};

use super::keys::idp;

/// Names the folder of the corpus. Without it nothing is kept.
const FOLDER: &str = "VESTIBULE_CORPUS";
/// What is longer tests a limit on size and is of no other interest.
const LONGEST: usize = 64 * 1024;

/// The folder, if there is to be one.
#[allow(clippy::disallowed_methods, reason = "a setting of the run")]
pub(crate) fn folder() -> Option<PathBuf> {
    env::var_os(FOLDER).map(PathBuf::from)
}

/// Keeps a message, with the certificate of the provider that it is judged by: keys last as long as a process.
#[allow(clippy::disallowed_methods, reason = "tests write files")]
pub(crate) fn keep(xml: &str) {
    let Some(folder) = folder().filter(|_| xml.len() <= LONGEST) else {
        return;
    };
    let certificate = &idp().certificate_pem;
    let mut hasher = DefaultHasher::new();
    (xml, certificate).hash(&mut hasher);
    let name = folder.join(format!("{:016x}", hasher.finish()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(name.with_extension("pem"), certificate).unwrap();
    fs::write(name.with_extension("xml"), xml).unwrap();
}

/// What was kept: names, messages, certificates.
#[allow(clippy::disallowed_methods, reason = "tests read files")]
pub(crate) fn kept(folder: &Path) -> Vec<(String, Vec<u8>, String)> {
    let files = fs::read_dir(folder).unwrap();
    let mut messages: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    messages.retain(|path| path.extension().is_some_and(|it| it == "xml"));
    messages.sort();
    messages
        .iter()
        .map(|path| {
            let certificate = fs::read_to_string(path.with_extension("pem")).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap(), certificate)
        })
        .collect()
}
