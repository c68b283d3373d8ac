//! Commands that texts of this repository recommend: each must be one that the program has.

use std::{fs, path::Path};

use clap::CommandFactory;

use super::super::Cli;

/// Where texts for administrators are.
const PLACES: [&str; 6] = [
    "README.md",
    "SECURITY.md",
    "broker.yaml",
    "crates",
    "docs",
    "examples",
];

/// What is wrong with a command line, if anything is. It may end before it is complete, and arguments are not looked
/// at.
fn fault(line: &str) -> Option<String> {
    let mut command = Cli::command();
    command.build();
    let mut place = &command;
    for word in line.split_whitespace().skip(1) {
        if let Some(name) = word.strip_prefix("--") {
            let name = name.split('=').next().unwrap_or_default();
            let is_known = |argument: &clap::Arg| argument.get_long() == Some(name);
            if !place.get_arguments().any(is_known) {
                return Some(format!("`{}` has no --{name}", place.get_name()));
            }
        } else if word.starts_with('<') {
            // It stands for any command.
            return None;
        } else if place.has_subcommands() {
            let Some(found) = place.find_subcommand(word) else {
                return Some(format!("`{}` has no `{word}`", place.get_name()));
            };
            place = found;
        }
    }
    None
}

/// Command lines in a text: between backticks, and lines of their own in Markdown and YAML.
fn commands(path: &Path, text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split('`')
        .filter(|span| span.starts_with("vestibule ") && !span.contains('\n'))
        .map(str::to_owned)
        .collect();
    if path.extension().is_some_and(|end| end != "rs") {
        let bare = |line: &str| line.trim_start_matches(['#', '$', ' ']).to_owned();
        let own = text.lines().filter(|line| !line.contains('`')).map(bare);
        found.extend(own.filter(|line| line.starts_with("vestibule ")));
    }
    // A comment, or the explanation in a column of its own, ends a command.
    let end = |line: String| line.split(" #").next().unwrap_or_default().to_owned();
    let end = |line: String| end(line).split("   ").next().unwrap_or_default().to_owned();
    found.into_iter().map(end).collect()
}

fn look(path: &Path, faults: &mut Vec<String>, seen: &mut usize) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            look(&entry.unwrap().path(), faults, seen);
        }
        return;
    }
    let is_text = ["md", "rs", "yaml"]
        .map(Some)
        .contains(&path.extension().and_then(|end| end.to_str()));
    if !is_text || path.ends_with("cli/tests/texts.rs") {
        return;
    }
    for line in commands(path, &fs::read_to_string(path).unwrap()) {
        *seen += 1;
        if let Some(fault) = fault(&line) {
            faults.push(format!("{}: {line}: {fault}", path.display()));
        }
    }
}

#[test]
fn commands_that_do_not_exist_are_found() {
    for (line, good) in [
        ("vestibule user hash-password", true),
        ("vestibule user add --upstream local admin", true),
        ("vestibule check --config broker.yaml", true),
        ("vestibule user hash", false),
        ("vestibule check --everything", false),
        ("vestibule is a room", false),
    ] {
        assert_eq!(fault(line).is_none(), good, "{line}");
    }
}

#[test]
fn every_command_that_a_text_recommends_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (mut faults, mut seen) = (Vec::new(), 0);
    for place in PLACES {
        look(&root.join(place), &mut faults, &mut seen);
    }
    assert_eq!(faults, Vec::<String>::new());
    assert!(seen > 40, "only {seen} commands were found");
}
