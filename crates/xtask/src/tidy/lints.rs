//! Every crate takes the lints of the workspace, and a `clippy.toml` of its own only adds to that of the root.

use std::path::Path;

use super::Finding;
use super::tree::TextFile;

/// Compares the manifests and the `clippy.toml` of the crates with the root's.
pub(super) fn findings(files: &[TextFile]) -> Vec<Finding> {
    let root = files
        .iter()
        .find(|file| file.path == Path::new("clippy.toml"));
    let settings: Vec<&str> = root.map(settings).unwrap_or_default();
    let of_crates = files.iter().filter(|file| file.path.starts_with("crates"));
    of_crates
        .filter_map(|file| match file.path.file_name()?.to_str()? {
            "Cargo.toml" => without_lints(file),
            "clippy.toml" => forgetful(file, &settings),
            _ => None,
        })
        .collect()
}

fn settings(file: &TextFile) -> Vec<&str> {
    file.text
        .lines()
        .filter(|line| line.contains(" = "))
        .collect()
}

fn without_lints(file: &TextFile) -> Option<Finding> {
    let takes = file.text.contains("[lints]\nworkspace = true");
    (!takes).then(|| Finding::whole(&file.path, "takes no lints: `[lints]`, `workspace = true`"))
}

/// Clippy reads the nearest `clippy.toml` only, so what the root says must be said again.
fn forgetful(file: &TextFile, settings: &[&str]) -> Option<Finding> {
    let missing = settings
        .iter()
        .find(|setting| !file.text.lines().any(|line| line == **setting))?;
    Some(Finding::whole(
        &file.path,
        format!("hides a setting of the root's clippy.toml: repeat `{missing}`"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(rows: &[(&str, &str)]) -> usize {
        let files: Vec<TextFile> = rows
            .iter()
            .map(|(path, text)| TextFile {
                path: path.into(),
                text: (*text).into(),
            })
            .collect();
        findings(&files).len()
    }

    #[test]
    fn a_crate_takes_the_lints_of_the_workspace() {
        assert_eq!(
            count(&[(
                "crates/x/Cargo.toml",
                "[package]\n\n[lints]\nworkspace = true\n"
            )]),
            0
        );
        assert_eq!(count(&[("crates/x/Cargo.toml", "[package]\n")]), 1);
    }

    #[test]
    fn a_nearer_clippy_toml_repeats_the_root() {
        let root = ("clippy.toml", "# why\nallow-panic-in-tests = true\n");
        assert_eq!(
            count(&[
                root,
                (
                    "crates/x/clippy.toml",
                    "allow-panic-in-tests = true\nmore = 1\n"
                )
            ]),
            0
        );
        assert_eq!(count(&[root, ("crates/x/clippy.toml", "more = 1\n")]), 1);
    }
}
