//! `cargo xtask interop`: real counterparts against this build.
//!
//! Owns what the run needs on the machine, told all at once by the name of the package that brings it. Does not own the
//! counterparts: `testkit` fetches, starts and stops them.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process::{self, answers};

/// A Debian package, and how to see that what it brings is there.
type Need = (&'static str, fn() -> bool);

const NEEDS: &[Need] = &[
    // Which Java fits is for testkit to say, which knows the release of Keycloak.
    ("default-jre-headless", || {
        answers("java", &["-version"]) || std::env::var_os("JAVA_HOME").is_some()
    }),
    ("libclang-14-dev", || {
        Path::new("/usr/lib/llvm-14/lib").is_dir() || std::env::var_os("LIBCLANG_PATH").is_some()
    }),
    ("libssl-dev", || answers("pkg-config", &["openssl"])),
    ("libxml2-utils", || answers("xmllint", &["--version"])),
    ("libxmlsec1-dev", || {
        answers("xmlsec1-config", &["--version"])
    }),
    ("maven", || answers("mvn", &["--version"])),
    ("opensaml-schemas", || {
        Path::new("/usr/share/xml/opensaml/saml-schema-protocol-2.0.xsd").is_file()
    }),
    ("pkg-config", || answers("pkg-config", &["--version"])),
    ("postgresql", || {
        answers("initdb", &["--version"]) || Path::new("/usr/lib/postgresql").is_dir()
    }),
    ("python3-venv", || {
        answers("python3", &["-c", "import ensurepip, venv"])
    }),
    ("xmlsec1", || answers("xmlsec1", &["--version"])),
    ("xmltooling-schemas", || {
        Path::new("/usr/share/xml/xmltooling/xmldsig-core-schema.xsd").is_file()
    }),
];

const FEATURES: &str = "--features=vestibule-testkit/interop,vestibule-server/interop";

/// Both targets stand behind a feature, so that `cargo test` needs no network. One command for the whole workspace:
/// with `--package`, cargo would choose other features of the libraries and build them again.
const TESTS: &[&str] = &[
    "test",
    "--workspace",
    FEATURES,
    "--test=keycloak",
    "--test=interop",
];

/// The attack tests, which leave their vectors, and then the differential run over them: two commands, since the second
/// reads what the first wrote.
const VECTORS: &[&str] = &[
    "test",
    "--workspace",
    FEATURES,
    "--test=attacks_ciphertext",
    "--test=attacks_encryption",
    "--test=attacks_fetch",
    "--test=attacks_keys",
    "--test=attacks_protocol",
    "--test=attacks_text",
    "--test=attacks_wrapping",
];
const DIFFERENTIAL: &[&str] = &[
    "test",
    "--workspace",
    FEATURES,
    "--test=differential",
    "--",
    "--nocapture",
];

/// Looks for what is needed, then runs the tests.
///
/// # Errors
/// Names every missing package at once, or the run that failed.
pub fn run(root: &Path) -> Result<()> {
    let missing: Vec<&str> = NEEDS
        .iter()
        .filter(|(_, is_there)| !is_there())
        .map(|(package, _)| *package)
        .collect();
    if !missing.is_empty() {
        bail!("interop needs: apt-get install {}", missing.join(" "));
    }
    let vectors = tempfile::tempdir()?;
    let folder = vectors.path().to_string_lossy();
    let corpus = [("VESTIBULE_CORPUS", folder.as_ref())];
    process::cargo(root, VECTORS, &corpus)?;
    process::cargo(root, DIFFERENTIAL, &corpus)?;
    process::cargo(root, TESTS, &[])
}
