//! axe-core, the accessibility checks that a browser runs in a page.
//!
//! Owns where it comes from: the npm package, in an exact version that is known by its hash, kept in cargo's target
//! folder and never in this repository (its licence is MPL-2.0). Does not own what is asked of a page.

use std::{fs, path::Path, process::Command};

use aws_lc_rs::digest;

use crate::{Error, target, tool};

/// The release.
const PACKAGE: &str = "axe-core@4.14.1";
/// What `npm pack` calls the file of that release.
const ARCHIVE: &str = "axe-core-4.14.1.tgz";
/// The script in it.
const SCRIPT: &str = "package/axe.min.js";
/// SHA-256 of the script.
const HASH: &str = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c";

/// The script, fetched with npm when it is not there. It defines `axe` in the page that it is run in.
///
/// # Errors
/// [`Error::Missing`] without npm; [`Error::Tool`] when it cannot be fetched, or is not the one that is known.
pub fn script() -> Result<String, Error> {
    let cache = target::folder().join(ARCHIVE.trim_end_matches(".tgz"));
    let place = cache.join("axe.min.js");
    if !place.is_file() {
        fetch(&cache, &place)?;
    }
    let script = fs::read(&place).map_err(Error::io("cannot read axe-core"))?;
    let hash: String = digest::digest(&digest::SHA256, &script)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if hash != HASH {
        return Err(Error::Tool {
            program: format!("{PACKAGE} in {}", place.display()),
            output: format!("its SHA-256 is {hash} and not {HASH}"),
        });
    }
    Ok(String::from_utf8_lossy(&script).into_owned())
}

fn fetch(cache: &Path, place: &Path) -> Result<(), Error> {
    fs::create_dir_all(cache).map_err(Error::io("cannot create the folder for axe-core"))?;
    let fresh =
        tempfile::tempdir_in(cache).map_err(Error::io("cannot create the folder for axe-core"))?;
    tool::succeed(
        Command::new("npm")
            .current_dir(fresh.path())
            .args(["pack", "--silent", PACKAGE]),
        "npm",
    )?;
    tool::succeed(
        Command::new("tar").current_dir(fresh.path()).args([
            "--extract",
            "--gzip",
            "--file",
            ARCHIVE,
            SCRIPT,
        ]),
        "tar",
    )?;
    // Two runs may fetch at once; the second puts the same file in its place.
    fs::rename(fresh.path().join(SCRIPT), place)
        .map_err(Error::io("cannot move axe-core into its place"))
}
