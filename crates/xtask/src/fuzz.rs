//! `cargo xtask fuzz`: random surgery on signed messages, then every fuzz target with coverage.
//!
//! Owns the order, the figures of a short run, and what is skipped aloud where the machine lacks the tools. Does not
//! own the targets: those are in `crates/fuzz`, where the usual tests run them for a moment.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{self, answers};

/// Random edits of signed messages, and random scripts for each target, unless told otherwise. The usual tests run
/// fewer.
const CASES: u32 = 100_000;
/// Seconds for each target, unless told otherwise.
const SECONDS: u32 = 60;

/// How long to look for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Edits and scripts.
    pub cases: u32,
    /// Seconds for each target.
    pub seconds: u32,
}

impl Effort {
    /// Reads `--cases N` and `--seconds N`.
    ///
    /// # Errors
    /// For anything else.
    pub fn parse(words: &[String]) -> Result<Self> {
        let mut effort = Self {
            cases: CASES,
            seconds: SECONDS,
        };
        for pair in words.chunks(2) {
            let [option, value] = pair else {
                bail!("{} needs a number", pair.join(" "));
            };
            let number = value
                .parse()
                .with_context(|| format!("{value:?} is no number"))?;
            match option.as_str() {
                "--cases" => effort.cases = number,
                "--seconds" => effort.seconds = number,
                other => bail!("{other} is not known: --cases N, --seconds N"),
            }
        }
        Ok(effort)
    }
}

/// Runs both.
///
/// # Errors
/// The first run that found something.
pub fn run(root: &Path, effort: Effort) -> Result<()> {
    let cases = effort.cases.to_string();
    let environment = [("PROPTEST_CASES", cases.as_str())];
    for (package, test) in [("vestibule-saml", "mutations"), ("vestibule-fuzz", "smoke")] {
        let arguments = ["test", "--package", package, "--test", test];
        process::cargo(root, &arguments, &environment)?;
    }
    if !answers("cargo", &["+nightly", "fuzz", "--version"]) || !answers("c++", &["--version"]) {
        eprintln!(
            "\n!! SKIPPED: the targets with coverage: they need a nightly toolchain, a C++ compiler, and: cargo install cargo-fuzz"
        );
        return Ok(());
    }
    for target in targets(root)? {
        let seconds = format!("-max_total_time={}", effort.seconds);
        process::program(
            root,
            "cargo",
            &[
                "+nightly",
                "fuzz",
                "run",
                "--fuzz-dir=crates/fuzz",
                "--target-dir=target/fuzz",
                "--features=libfuzzer",
                &target,
                "--",
                &seconds,
                "-max_len=4096",
            ],
        )?;
    }
    Ok(())
}

/// The names of the targets, which are those of their files.
fn targets(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("crates/fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in folder
        .read_dir()
        .with_context(|| folder.display().to_string())?
    {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        names.extend(name.map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Option<Effort> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        Effort::parse(&words).ok()
    }

    #[test]
    fn the_effort_is_told_in_numbers() {
        let usual = Effort {
            cases: CASES,
            seconds: SECONDS,
        };
        assert_eq!(parse(""), Some(usual));
        assert_eq!(
            parse("--seconds 5 --cases 10"),
            Some(Effort {
                cases: 10,
                seconds: 5
            })
        );
        for wrong in ["--cases", "--cases many", "--hours 1", "5"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_target_has_its_file() {
        let names = targets(&crate::repository()).unwrap();
        let list = std::fs::read_to_string(crate::repository().join("crates/fuzz/src/lib.rs"));
        let list = list.unwrap();
        for name in &names {
            assert!(list.contains(&format!("name: \"{name}\"")), "{name}");
        }
        assert_eq!(list.matches("name: \"").count(), names.len());
    }
}
