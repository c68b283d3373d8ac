//! `cargo xtask fuzz`: random surgery on signed messages, then every fuzz target with coverage.
//!
//! Owns the order, the figures of a short run, and what is skipped aloud where the machine lacks the tools. Does not
//! own the targets: those are in `crates/fuzz`, where the usual tests run them for a moment.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::process::{self, answers};

/// Random edits of signed messages, and random scripts for each target, unless told otherwise. The usual tests run
/// fewer.
const CASES: u32 = 100_000;
/// Seconds for each target, unless told otherwise.
const SECONDS: u32 = 60;
/// No target has more genuine messages.
const MOST_STARTS: u8 = 4;

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

/// How a build with coverage differs from a release: it is linked once for each target, and a finding names its lines.
const PROFILE: &[(&str, &str)] = &[
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_STRIP", "none"),
];

/// What every build with coverage is told.
///
/// Our code has no `unsafe`, so that an address sanitizer would only make the search slower, and need a nightly
/// toolchain. Without `cfg(fuzzing)`, libraries check all that they check in a release.
const BUILD: &[&str] = &[
    "--fuzz-dir=crates/fuzz",
    "--target-dir=target/fuzz",
    "--sanitizer=none",
    "--no-cfg-fuzzing",
];

/// What every search is told: the length of a script, seconds for one of them, and megabytes for all.
const SEARCH: &[&str] = &[
    "-dict=crates/fuzz/words.dict",
    "-max_len=4096",
    "-rss_limit_mb=2048",
    "-timeout=10",
];

/// The target that needs the whole server, which takes longer to build than everything else together.
const OF_THE_SERVER: &str = "configuration";

/// What a search needs beyond Rust: a command that answers where it is there, its name, and how it is installed.
const TOOLS: &[(&str, &[&str], &str, &str)] = &[
    (
        "cargo",
        &["fuzz", "--version"],
        "cargo-fuzz",
        "cargo install cargo-fuzz --locked",
    ),
    (
        "c++",
        &["--version"],
        "a C++ compiler",
        "apt-get install g++ (Debian, Ubuntu), dnf install gcc-c++ (Fedora), xcode-select --install (macOS)",
    ),
];

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
    let lacking = TOOLS
        .iter()
        .filter(|(command, arguments, ..)| !answers(command, arguments));
    let lacking: Vec<String> = lacking
        .map(|(_, _, name, remedy)| format!("   {name}: {remedy}"))
        .collect();
    if !lacking.is_empty() {
        eprintln!(
            "\n!! SKIPPED: the targets with coverage. They need\n{}",
            lacking.join("\n")
        );
        return Ok(());
    }
    for target in targets(root)? {
        search(root, &target, effort.seconds)?;
    }
    Ok(())
}

/// Builds one target and lets it search. What it learnt stays in `target/fuzz/corpus`, where the next search begins.
fn search(root: &Path, target: &str, seconds: u32) -> Result<()> {
    let corpus = format!("target/fuzz/corpus/{target}");
    seed(&root.join(&corpus))?;
    let features: &[&str] = if target == OF_THE_SERVER {
        &["--features=libfuzzer"]
    } else {
        &["--no-default-features", "--features=libfuzzer"]
    };
    let limit = format!("-max_total_time={seconds}");
    let parts: [&[&str]; 6] = [
        &["fuzz", "run"],
        BUILD,
        features,
        &[target, &corpus, "--"],
        SEARCH,
        &[&limit],
    ];
    process::cargo(root, &parts.concat(), PROFILE)
}

/// Begins a corpus: a script of one byte is a genuine message as it is, and one beyond them the empty message.
fn seed(corpus: &Path) -> Result<()> {
    let shown = || corpus.display().to_string();
    fs::create_dir_all(corpus).with_context(shown)?;
    for start in 0..=MOST_STARTS {
        fs::write(corpus.join(format!("start-{start}")), [start]).with_context(shown)?;
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
    // What is built soonest is searched first.
    names.sort_by_key(|name| (name == OF_THE_SERVER, name.clone()));
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
            let source = crate::repository().join(format!("crates/fuzz/src/{name}.rs"));
            let source = std::fs::read_to_string(source).unwrap();
            let known = |starts| source.contains(&format!("STARTS: usize = {starts};"));
            assert!(
                (1..=MOST_STARTS).any(known),
                "{name}: more than MOST_STARTS"
            );
        }
        assert_eq!(list.matches("name: \"").count(), names.len());
    }
}
