//! The command `cargo xtask`: reads one word, runs that tool, and ends with 0 (clean), 1 (findings) or 2 (usage).
//!
//! Owns nothing but the list of words. What each does is in the library of this crate.

use std::process::ExitCode;

use xtask::{check, deny, fuzz, interop, repository, tidy};

const USAGE: &str = "\
usage: cargo xtask <command>

  tidy      the house rules: arrows between crates, long files, unfinished work, links, migrations, attacks
  attacks --write
            writes docs/security/attacks.md anew from the names of the tests
  check     format, lints, tidy, licences and bans, documentation
  deny      licences, bans and sources by cargo-deny; advisories where their database can be reached
  fuzz [--cases N] [--seconds N]
            random edits of signed messages, then each fuzz target with coverage
  interop   a real Keycloak, xmlsec1 and the SAML schemas against this build";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (word, rest) = match words.split_first() {
        Some((word, rest)) => (word.as_str(), rest),
        None => ("", &[][..]),
    };
    let root = repository();
    let outcome = match (word, rest) {
        ("tidy", []) => tidy::run(&root),
        ("attacks", [option]) if option == "--write" => tidy::attacks::write(&root),
        ("check", []) => check::run(&root),
        ("deny", []) => deny::run(&root),
        ("fuzz", options) => {
            fuzz::Effort::parse(options).and_then(|effort| fuzz::run(&root, effort))
        }
        ("interop", []) => interop::run(&root),
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
