//! Rules for a Rust file: it opens with a paragraph, has one noun, and is finished.

use std::path::Path;

use super::Finding;
use super::tree::TextFile;

/// A file has one noun; above this many lines it says why.
const LONG: usize = 600;

/// The line that gives the reason.
const REASON: &str = "// tidy: long because ";

// Written in two halves, so that this file does not find itself.
const UNFINISHED: &[&str] = &[
    concat!("to", "do!"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("unimple", "mented!"),
    concat!("#[ig", "nore"),
    concat!("dbg", "!("),
];

/// Lints that say "not needed yet". Test targets share helpers of which each uses a part, so there they may be off.
const SWITCHED_OFF: &[&str] = &[concat!("allow(dead", "_code"), concat!("allow(un", "used")];

/// The breaches in one file; `all` tells whether it is the door of a folder.
pub(super) fn findings(file: &TextFile, all: &[TextFile]) -> Vec<Finding> {
    if !file.is("rs") {
        return Vec::new();
    }
    let mut findings = unfinished(file);
    findings.extend(long(file));
    if is_door(&file.path, all) {
        findings.extend(silent_door(file));
    }
    findings
}

/// Whether others enter a room here: the root of a crate, `mod.rs`, or `foo.rs` beside a folder `foo`.
fn is_door(path: &Path, all: &[TextFile]) -> bool {
    let name = path.file_name().unwrap_or_default();
    let folder = path.with_extension("");
    ["lib.rs", "main.rs", "mod.rs"]
        .iter()
        .any(|door| name == *door)
        || all
            .iter()
            .any(|other| other.is("rs") && other.path.parent() == Some(&folder))
}

fn silent_door(file: &TextFile) -> Option<Finding> {
    let opens = file.text.trim_start().starts_with("//! ");
    (!opens).then(|| {
        Finding::at(
            &file.path,
            1,
            "a room opens with a paragraph (`//!`): what it owns, and what it does not",
        )
    })
}

fn long(file: &TextFile) -> Option<Finding> {
    let lines = file.text.lines().count();
    let excused = file
        .text
        .lines()
        .any(|line| line.trim_start().starts_with(REASON));
    let ours = file.path.starts_with("crates") && file.below("src");
    (ours && lines > LONG && !excused).then(|| {
        Finding::whole(
            &file.path,
            format!("{lines} lines: split it, or say why in a line `{REASON}…`"),
        )
    })
}

fn unfinished(file: &TextFile) -> Vec<Finding> {
    let off: &[&str] = if file.below("tests") {
        &[]
    } else {
        SWITCHED_OFF
    };
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for word in UNFINISHED
            .iter()
            .chain(off)
            .filter(|word| line.contains(**word))
        {
            findings.push(Finding::at(
                &file.path,
                number,
                format!("`{word}`: finish it, or put it into an issue"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> TextFile {
        TextFile {
            path: path.into(),
            text: text.into(),
        }
    }

    fn lines_found(path: &str, text: &str) -> Vec<Option<usize>> {
        let file = file(path, text);
        let all = [file.clone()];
        findings(&file, &all)
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn a_door_opens_with_a_paragraph() {
        assert_eq!(lines_found("crates/x/src/lib.rs", "//! Owns x.\n"), []);
        assert_eq!(
            lines_found("crates/x/src/lib.rs", "use std::fmt;\n"),
            [Some(1)]
        );
        assert_eq!(lines_found("crates/x/src/foo.rs", "use std::fmt;\n"), []);
        let door = file("crates/x/src/foo.rs", "mod bar;\n");
        let inner = file("crates/x/src/foo/bar.rs", "fn bar() {}\n");
        assert_eq!(findings(&door, &[door.clone(), inner]).len(), 1);
    }

    #[test]
    fn a_long_file_says_why() {
        let long = "// line\n".repeat(LONG + 1);
        assert_eq!(lines_found("crates/x/src/foo.rs", &long), [None]);
        assert_eq!(
            lines_found("crates/x/src/foo.rs", &"// line\n".repeat(LONG)),
            []
        );
        assert_eq!(lines_found("crates/x/tests/foo.rs", &long), []);
        assert_eq!(
            lines_found(
                "crates/x/src/foo.rs",
                &format!("{REASON}it is a table\n{long}")
            ),
            []
        );
    }

    #[test]
    fn unfinished_work_is_found_in_rust_only() {
        for word in UNFINISHED {
            assert_eq!(
                lines_found("crates/x/src/foo.rs", &format!("\n{word}\n")),
                [Some(2)],
                "{word}"
            );
            assert_eq!(
                lines_found("crates/x/tests/foo.rs", word),
                [Some(1)],
                "{word}"
            );
            assert_eq!(lines_found("notes.md", word), [], "{word}");
        }
        for word in SWITCHED_OFF {
            assert_eq!(
                lines_found("crates/x/src/foo.rs", word),
                [Some(1)],
                "{word}"
            );
            assert_eq!(lines_found("crates/x/tests/foo.rs", word), [], "{word}");
        }
    }
}
