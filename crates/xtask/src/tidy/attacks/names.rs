//! What the names of tests say of rows: `si_03_forged_sibling_first`, `mf_07_so_12_two_tabs`, `si_66_67_anothers_word`,
//! `si_72_to_si_75_encrypted_parts`, `si_53a_audience_is_another`.
//!
//! Owns which functions are tests, and how their names are read. Cannot know whether a test is a good one.

use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use crate::tidy::tree::TextFile;

/// What one name says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken<'a> {
    /// The ids of the rows, as the catalogue writes them.
    pub(super) rows: Vec<&'a str>,
    /// Ids that the catalogue does not have.
    pub(super) unknown: Vec<String>,
}

/// The macros of the repository that make tests of the functions inside them, such as the suite that runs each function
/// once for each database.
pub(super) fn test_macros(files: &[TextFile]) -> BTreeSet<&str> {
    let mut makers = BTreeSet::new();
    for file in files.iter().filter(|file| file.is("rs")) {
        let mut current = None;
        for line in file.text.lines() {
            if let Some(name) = line.strip_prefix("macro_rules! ") {
                current = name.split_whitespace().next();
            } else if line.starts_with('}') {
                current = None;
            } else if let (Some(name), true) = (current, is_test_attribute(line.trim_start())) {
                makers.insert(name);
            }
        }
    }
    makers
}

/// The names of the functions that an attribute such as `#[test]` or `#[tokio::test]` makes a test, or a macro around
/// them.
pub(super) fn tests<'a>(text: &'a str, macros: &BTreeSet<&str>) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut is_test = false;
    let mut in_macro = false;
    for line in text.lines() {
        if let Some(name) = line.strip_suffix("! {") {
            in_macro = macros.contains(name);
        } else if line.starts_with('}') {
            in_macro = false;
        }
        // Deeper functions are helpers of the test that they stand in.
        let made = in_macro
            && line
                .strip_prefix("    ")
                .is_some_and(|rest| !rest.starts_with(' '));
        let line = line.trim_start();
        if line.starts_with("#[") {
            is_test |= is_test_attribute(line);
        } else if let Some(name) = function(line) {
            names.extend((std::mem::take(&mut is_test) || made).then_some(name));
        }
    }
    names
}

fn is_test_attribute(line: &str) -> bool {
    line.starts_with("#[")
        && (line.ends_with("test]") || line.contains("test(") && line.ends_with(['(', ']']))
}

fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    line.strip_prefix("fn ")?.split(['(', '<']).next()
}

/// The rows that a name speaks of. A family is followed by its numbers; `to` between two numbers means all between.
pub(super) fn spoken<'a>(name: &str, catalogue: &'a Catalogue) -> Spoken<'a> {
    let mut spoken = Spoken::default();
    let mut family = None;
    let mut last = None;
    let mut is_range = false;
    for word in name.split('_') {
        if let Some(known) = catalogue.families.iter().find(|known| known.word() == word) {
            family = Some(known);
        } else if word == "to" && last.is_some() {
            is_range = true;
        } else if let (Some(family), true) = (family, is_number(word)) {
            let here = number_forms(word).into_iter().find_map(|number| {
                let id = format!("{}-{number}", family.id);
                family.rows.iter().position(|row| row.id == id)
            });
            let Some(here) = here else {
                spoken.unknown.push(format!("{}-{word}", family.id));
                continue;
            };
            let first = match last {
                Some(last) if is_range => last + 1,
                _ => here,
            };
            let named = family.rows.iter().take(here + 1).skip(first);
            spoken.rows.extend(named.map(|row| row.id.as_str()));
            (last, is_range) = (Some(here), false);
        } else {
            // Words of the sentence: what follows is no row.
            (family, last, is_range) = (None, None, false);
        }
    }
    spoken
}

/// Whether a word is the number of a row: `03`, `53a`, `1xx`, `b1`.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let variant = word.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    word.strip_prefix('b').is_some_and(digits)
        || word.strip_suffix("xx").is_some_and(digits)
        || (digits(variant) && variant.len() >= 2 && word.len() <= variant.len() + 1)
}

/// How the catalogue may write the number: as it is, or without the letter of a variant that is no row of its own.
fn number_forms(word: &str) -> [String; 2] {
    if let Some(control) = word.strip_prefix('b') {
        return [format!("B{control}"), format!("B{control}")];
    }
    let without = word.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    [word.to_owned(), without.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::super::catalogue;
    use super::*;

    fn catalogue() -> Catalogue {
        let mut text = String::new();
        for (family, numbers) in [
            ("SI", "B1 B2 B3 03 24 24b 53 66 67 72 73 74 75"),
            ("SO", "12"),
            ("OI", "1xx 154"),
            ("MF", "07 20"),
        ] {
            text += &format!("{family}: x\n");
            for number in numbers.split(' ') {
                text += &format!("{family}-{number} | x\n");
            }
        }
        let (read, findings) = Catalogue::read(&[TextFile {
            path: catalogue::PATH.into(),
            text,
        }]);
        assert_eq!(findings, []);
        read
    }

    #[test]
    fn a_name_says_its_rows() {
        let rows: &[(&str, &[&str])] = &[
            ("si_03_forged_sibling_first", &["SI-03"]),
            ("mf_07_so_12_two_tabs", &["MF-07", "SO-12"]),
            ("si_66_67_another_word", &["SI-66", "SI-67"]),
            (
                "si_72_to_si_75_encrypted",
                &["SI-72", "SI-73", "SI-74", "SI-75"],
            ),
            ("si_53a_audience", &["SI-53"]),
            ("si_24b_signed_bytes", &["SI-24b"]),
            ("si_24c_signed_bytes", &["SI-24"]),
            ("oi_1xx_claims", &["OI-1xx"]),
            ("oi_154_issuer", &["OI-154"]),
            ("controls_si_b1_to_b3_pass", &["SI-B1", "SI-B2", "SI-B3"]),
            ("mf_20_of_99_answers", &["MF-20"]),
            ("fifty_to_60", &[]),
            ("si", &[]),
        ];
        let catalogue = catalogue();
        for (name, expect) in rows {
            let spoken = spoken(name, &catalogue);
            assert_eq!(spoken.rows, *expect, "{name}");
            assert!(spoken.unknown.is_empty(), "{name}");
        }
    }

    #[test]
    fn ids_that_there_are_not_are_told() {
        let rows = [
            ("si_99_nothing", "SI-99"),
            ("oi_3xx_nothing", "OI-3xx"),
            ("si_b9_nothing", "SI-b9"),
        ];
        let catalogue = catalogue();
        for (name, expect) in rows {
            assert_eq!(spoken(name, &catalogue).unknown, [expect], "{name}");
        }
    }

    #[test]
    fn only_tests_count() {
        let text = "#[test]\nfn si_01() {}\nfn si_02() {}\n#[tokio::test]\n#[cfg(unix)]\nasync fn si_03() {}\n\
                    #[cfg(test)]\nfn si_04() {}\n    #[tokio::test(start_paused = true)]\n    async fn si_05() {}\n\
                    proptest! {\n    #[test]\n    fn si_06(x in any::<u8>()) {}\n    fn si_07() {}\n}\n\
                    suite! {\n    /// Why.\n    async fn si_08(db: Backend) {\n        fn si_09() {}\n    }\n}\nfn si_10() {}\n";
        let maker = TextFile {
            path: "crates/x/tests/suite.rs".into(),
            text: "macro_rules! suite {\n    () => {\n        #[tokio::test]\n    };\n}\nmacro_rules! other {\n    () => {};\n}\n".into(),
        };
        let files = [maker];
        let macros = test_macros(&files);
        assert_eq!(macros.iter().copied().collect::<Vec<_>>(), ["suite"]);
        assert_eq!(
            tests(text, &macros),
            ["si_01", "si_03", "si_05", "si_06", "si_08"]
        );
    }
}
