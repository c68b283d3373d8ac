//! `cargo xtask interop`: real counterparts against this build.
//!
//! Owns what the run needs on the machine, told all at once and with the package that brings it. Does not own the
//! counterparts: `testkit` fetches, starts and stops them.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process;

/// A program the run needs, the word that makes it answer, and the Debian package that brings it.
const NEEDED: &[(&str, &str, &str)] = &[
    ("java", "-version", "openjdk-17-jre-headless"),
    ("mvn", "--version", "maven"),
    ("xmlsec1", "--version", "xmlsec1"),
    ("xmllint", "--version", "libxml2-utils"),
];

/// The runs: a package, and its test target behind the feature `interop`.
const RUNS: &[(&str, &str)] = &[
    ("vestibule-testkit", "keycloak"),
    ("vestibule-server", "interop"),
];

/// Looks for what is needed, then runs the tests.
///
/// # Errors
/// Names every missing program at once, or the run that failed.
pub fn run(root: &Path) -> Result<()> {
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(program, word, _)| !process::answers(program, &[word]))
        .map(|(_, _, package)| *package)
        .collect();
    if !missing.is_empty() {
        bail!("interop needs: apt-get install {}", missing.join(" "));
    }
    for (package, target) in RUNS {
        process::cargo(
            root,
            &[
                "test",
                "-p",
                package,
                "--features",
                "interop",
                "--test",
                target,
            ],
            &[],
        )?;
    }
    Ok(())
}
