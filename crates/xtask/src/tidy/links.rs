//! Every relative link of a Markdown page leads somewhere.

use std::path::Path;

use super::Finding;
use super::tree::TextFile;

/// The links of one page that lead nowhere, seen from the repository at `root`.
pub(super) fn findings(file: &TextFile, root: &Path) -> Vec<Finding> {
    if !file.is("md") {
        return Vec::new();
    }
    let folder = root.join(file.path.parent().unwrap_or(Path::new("")));
    relative_links(&file.text)
        .into_iter()
        .filter(|(_, target)| !folder.join(target).exists())
        .map(|(line, target)| {
            Finding::at(
                &file.path,
                line,
                format!("the link leads nowhere: {target}"),
            )
        })
        .collect()
}

/// The targets of inline links outside code, without fragment and title, each with its line.
fn relative_links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for after in prose(line).split("](").skip(1) {
            let target = after.split(')').next().unwrap_or_default();
            let path = target.split([' ', '#']).next().unwrap_or_default();
            let elsewhere = path.contains("://") || path.starts_with("mailto:");
            if !path.is_empty() && !elsewhere {
                links.push((index + 1, path.to_owned()));
            }
        }
    }
    links
}

/// The line without its `code`.
fn prose(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_links_in_prose_count() {
        let rows: &[(&str, &[&str])] = &[
            (
                "see [a](docs/a.md) and [b](b.md#part \"title\")",
                &["docs/a.md", "b.md"],
            ),
            (
                "see [site](https://vestibule.example/x), [mail](mailto:a@b.example), [here](#part)",
                &[],
            ),
            ("```\n[a](a.md)\n```\n", &[]),
            ("write `[a](a.md)` so", &[]),
            ("[`core`](crates/core)", &["crates/core"]),
        ];
        for (text, expect) in rows {
            let found: Vec<String> = relative_links(text)
                .into_iter()
                .map(|(_, target)| target)
                .collect();
            assert_eq!(found, *expect, "{text}");
        }
    }

    #[test]
    fn a_link_is_seen_from_its_own_page() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("docs")).unwrap();
        std::fs::write(root.path().join("docs/a.md"), "").unwrap();
        let check = |path: &str, text: &str| {
            findings(
                &TextFile {
                    path: path.into(),
                    text: text.into(),
                },
                root.path(),
            )
            .len()
        };
        assert_eq!(check("docs/b.md", "[a](a.md)"), 0);
        assert_eq!(check("README.md", "[a](docs/a.md)"), 0);
        assert_eq!(check("README.md", "[a](a.md)"), 1);
    }
}
