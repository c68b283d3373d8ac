//! Where Keycloak comes from, and the Java that it runs on.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, target};

/// The release under test.
const VERSION: &str = "26.7.3";

/// The oldest Java that this release runs on.
const OLDEST_JAVA: u32 = 17;

/// The unpacked distribution, in cargo's target folder; fetched with Maven when it is not there.
pub(super) fn home() -> Result<PathBuf, Error> {
    let cache = target::folder().join("keycloak");
    let home = cache.join(format!("keycloak-{VERSION}"));
    if home.is_dir() {
        return Ok(home);
    }
    fs::create_dir_all(&cache).map_err(Error::io("cannot create the folder for Keycloak"))?;
    let fresh =
        tempfile::tempdir_in(&cache).map_err(Error::io("cannot create the folder for Keycloak"))?;
    unpack(fresh.path())?;
    // Two runs may fetch at once; the second finds the place taken by the same files.
    match fs::rename(fresh.path().join(format!("keycloak-{VERSION}")), &home) {
        Err(_) if home.is_dir() => Ok(home),
        outcome => outcome
            .map(|()| home)
            .map_err(Error::io("cannot move Keycloak into its place")),
    }
}

/// A Java that Keycloak runs on: `JAVA_HOME`, the one on the path, or one of Debian's.
pub(super) fn java() -> Result<PathBuf, Error> {
    let named = env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin/java"));
    let installed = Path::new("/usr/lib/jvm")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten();
    let mut candidates: Vec<PathBuf> = named.into_iter().collect();
    candidates.push("java".into());
    candidates.extend(installed.map(|entry| entry.path().join("bin/java")));
    let fits = |java: &PathBuf| major_version(java).is_some_and(|major| major >= OLDEST_JAVA);
    candidates
        .into_iter()
        .find(fits)
        .ok_or_else(|| Error::Missing {
            program: format!("a Java of version {OLDEST_JAVA} or later"),
            package: "default-jre-headless",
        })
}

fn unpack(into: &Path) -> Result<(), Error> {
    let artifact = format!("-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip");
    let output = Command::new("mvn")
        // Away from any project of Maven's that may lie above.
        .current_dir(into)
        .args([
            "-B",
            "-ntp",
            "-q",
            "dependency:unpack",
            &artifact,
            "-DoutputDirectory=.",
        ])
        .output()
        .map_err(|_| Error::Missing {
            program: "mvn".to_owned(),
            package: "maven",
        })?;
    if output.status.success() {
        return Ok(());
    }
    let program = format!("mvn dependency:unpack {artifact}");
    Err(Error::Tool {
        program,
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
    })
}

/// From the first line of `java -version`, for instance `openjdk version "17.0.9" 2023-10-17`.
fn major_version(java: &Path) -> Option<u32> {
    let output = Command::new(java).arg("-version").output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.split('"')
        .nth(1)?
        .split(['.', '-', '+'])
        .next()?
        .parse()
        .ok()
}
