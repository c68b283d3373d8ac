//! The command `cargo xtask`: reads one word, runs that tool, and ends with 0 (clean), 1 (findings) or 2 (usage).
//!
//! Owns nothing but the list of words. What each does is in the library of this crate.

use std::process::ExitCode;

use xtask::{check, deny, interop, repository, tidy};

const USAGE: &str = "\
usage: cargo xtask <command>

  tidy      the house rules: arrows between crates, long files, unfinished work, links, migrations, attacks
  attacks --write
            writes docs/security/attacks.md anew from the names of the tests
  check     format, lints, tidy, licences and bans, documentation
  deny      licences, bans and sources by cargo-deny; advisories where their database can be reached
  interop   a real Keycloak, xmlsec1 and the SAML schemas against this build";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (word, rest) = (words.next(), words.next());
    let root = repository();
    let outcome = match (word.as_deref(), rest.as_deref()) {
        (Some("tidy"), None) => tidy::run(&root),
        (Some("attacks"), Some("--write")) => tidy::attacks::write(&root),
        (Some("check"), None) => check::run(&root),
        (Some("deny"), None) => deny::run(&root),
        (Some("interop"), None) => interop::run(&root),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
