//! What must not leave the machine it was written on: private keys, paths of that machine, hosts of package registries.

use super::Finding;
use super::tree::TextFile;

// Written in two halves, so that this file does not find itself.
const MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/fa", "rm/"),
    concat!("/ro", "ot/"),
    concat!("/tm", "p/"),
];
const REGISTRIES: &[&str] = &[
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("pypi.", "org/simple"),
    concat!("files.python", "hosted.org"),
    concat!("registry.", "npmjs.org"),
    concat!("deb.", "debian.org"),
    concat!("repo1.", "maven"),
    concat!("repo.maven", ".apache.org"),
    concat!("proxy.golang", ".org"),
];

/// Folders for keys that open nothing.
const FOR_TESTS: &[&str] = &["fixtures", "tests"];

/// A header followed by this much base64 is a key; the header alone may be what a parser looks for.
const KEY_MATERIAL: usize = 32;

/// The breaches in one file.
pub(super) fn findings(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        if MACHINE.iter().any(|path| names_path(line, path)) {
            findings.push(Finding::at(
                &file.path,
                number,
                "names a path of the machine it was written on",
            ));
        }
        if REGISTRIES.iter().any(|host| line.contains(host)) {
            findings.push(Finding::at(
                &file.path,
                number,
                "names the host of a package registry: name the package instead",
            ));
        }
    }
    if !FOR_TESTS.iter().any(|folder| file.below(folder)) && holds_private_key(&file.text) {
        let message = "holds a private key: make it when the test runs, or keep it in a folder `tests` or `fixtures`";
        findings.push(Finding::whole(&file.path, message));
    }
    findings
}

/// Whether `path` stands in `line` as an absolute path, and not as a part of a longer one or of an address.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|start| start.chars().next_back());
        before.is_none_or(|c| {
            !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | '>' | '$' | '/'))
        })
    })
}

fn holds_private_key(text: &str) -> bool {
    text.split(concat!("PRIVATE", " KEY-----"))
        .skip(1)
        .any(|after| {
            // In source text a line break may be written as an escape, and the line may end a string literal.
            let unescaped = after.replace("\\n", "\n");
            let body = unescaped
                .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\\' | '\''));
            let material = body
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='));
            material.count() >= KEY_MATERIAL
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        findings(&TextFile {
            path: path.into(),
            text: text.into(),
        })
        .len()
    }

    #[test]
    fn machine_paths_and_registries_are_found() {
        for words in MACHINE.iter().chain(REGISTRIES) {
            assert_eq!(count("docs/a.md", &format!("see {words}x")), 1, "{words}");
        }
        assert_eq!(
            count("docs/a.md", "the address https://app.example/work/orders"),
            0
        );
        assert_eq!(count("docs/a.md", "the crate at crates.io"), 0);
    }

    #[test]
    fn a_private_key_is_told_from_its_header() {
        let header = concat!("-----BEGIN PRIVATE", " KEY-----");
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC".repeat(2);
        assert_eq!(count("src/key.rs", &format!("{header}\n{body}\n")), 1);
        assert_eq!(
            count(
                "src/key.rs",
                &format!("const KEY: &str = \"{header}\\n{body}\\n\";")
            ),
            1
        );
        assert_eq!(
            count("src/key.rs", &format!("text.contains(\"{header}\")")),
            0
        );
        assert_eq!(
            count(
                "crates/saml/tests/fixtures/key.pem",
                &format!("{header}\n{body}\n")
            ),
            0
        );
    }
}
