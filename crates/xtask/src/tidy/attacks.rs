//! Every attack that must never come back has a test named for it.
//!
//! Owns the list of attack rows whose tests may not be missing, and how a test's name says which rows it is about:
//! `si_03_forged_sibling_first`, `mf_07_so_12_two_tabs`, `si_66_67_another_providers_word`, `si_72_to_si_75_encrypted_parts`.
//! Does not own what the rows mean, and cannot know whether a test is a good one.

use std::collections::BTreeSet;

use super::Finding;
use super::tree::TextFile;

/// The rows, by family: messages that come in over SAML (SI), signatures of redirects (SR), metadata (MD), messages that
/// go out over SAML (SO), OpenID Connect as the asking side (OI), and the way through the second factor (MF). Numbers
/// that are left out were never given, or belong to later work.
const ROWS: &[(&str, &[&str])] = &[
    (
        "si",
        &[
            "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14",
            "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28",
            "36", "42", "49", "50", "51", "52", "53", "54", "55", "56", "57", "58", "59", "60",
            "61", "62", "63", "64", "66", "67", "68", "69", "70", "71", "72", "73", "74", "75",
        ],
    ),
    ("sr", &["01", "02", "03", "04", "05", "06", "07"]),
    ("md", &["01"]),
    ("so", &["01", "06", "12"]),
    (
        "oi",
        &[
            "01", "03", "04", "05", "06", "1xx", "154", "156", "157", "158",
        ],
    ),
    (
        "mf",
        &[
            "01", "02", "03", "04", "05", "06", "07", "11", "20", "24", "45",
        ],
    ),
];

/// Where the missing tests are told, since they are in no file.
const HERE: &str = "crates/xtask/src/tidy/attacks.rs";

/// The rows without a test, in all files together.
pub(super) fn findings(files: &[TextFile]) -> Vec<Finding> {
    let tested: BTreeSet<String> = files
        .iter()
        .filter(|file| file.is("rs"))
        .flat_map(|file| test_names(&file.text))
        .flat_map(rows_of)
        .collect();
    ROWS.iter()
        .flat_map(|(family, numbers)| numbers.iter().map(move |number| row(family, number)))
        .filter(|row| !tested.contains(row))
        .map(|row| {
            let message = format!("no test is named for the attack {row}: `fn {row}_…`");
            Finding::whole(HERE, message)
        })
        .collect()
}

fn row(family: &str, number: &str) -> String {
    format!("{family}_{number}")
}

/// The names of the functions that an attribute such as `#[test]` or `#[tokio::test]` makes a test.
fn test_names(text: &str) -> impl Iterator<Item = &str> {
    let mut is_test = false;
    text.lines().filter_map(move |line| {
        let line = line.trim_start();
        if line.starts_with("#[") {
            is_test |= line.ends_with("test]") || line.contains("test(");
            return None;
        }
        let signature = line.strip_prefix("async ").unwrap_or(line);
        let name = signature.strip_prefix("fn ")?.split('(').next()?;
        std::mem::take(&mut is_test).then_some(name)
    })
}

/// The rows that a name speaks of. A family is followed by its numbers; `to` between two numbers means all between.
fn rows_of(name: &str) -> Vec<String> {
    let mut rows = Vec::new();
    let mut family = None;
    let mut last = None;
    let mut is_range = false;
    for word in name.split('_') {
        if ROWS.iter().any(|(known, _)| *known == word) {
            family = Some(word);
        } else if word == "to" && last.is_some() {
            is_range = true;
        } else if let (Some(family), Some(digits)) = (family, number(word)) {
            let value: Option<u16> = digits.parse().ok();
            if let (true, Some(first), Some(end)) = (is_range, last, value) {
                rows.extend((first..end).map(|between| row(family, &format!("{between:02}"))));
            }
            rows.push(row(family, digits));
            (last, is_range) = (value, false);
        } else {
            // Words of the sentence: what follows is no row.
            (family, last, is_range) = (None, None, false);
        }
    }
    rows
}

/// The number of a row without the letter of a variant: `53` of `53a`. `1xx` is a row by that name.
fn number(word: &str) -> Option<&str> {
    if word == "1xx" {
        return Some(word);
    }
    let digits = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let is_row = digits.len() >= 2
        && word.len() <= digits.len() + 1
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_row.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_its_rows() {
        let rows: &[(&str, &[&str])] = &[
            ("si_03_forged_sibling_first", &["si_03"]),
            ("mf_07_so_12_two_tabs", &["mf_07", "so_12"]),
            ("si_66_67_another_word", &["si_66", "si_67"]),
            (
                "si_72_to_si_75_encrypted",
                &["si_72", "si_72", "si_73", "si_74", "si_75"],
            ),
            ("si_53a_audience", &["si_53"]),
            ("oi_1xx_claims", &["oi_1xx"]),
            ("oi_154_issuer", &["oi_154"]),
            ("si_b1_control", &[]),
            ("mf_20_of_99_answers", &["mf_20"]),
            ("fifty_to_60", &[]),
            ("si", &[]),
        ];
        for (name, expect) in rows {
            assert_eq!(rows_of(name), *expect, "{name}");
        }
    }

    #[test]
    fn only_tests_count() {
        let text = "#[test]\nfn si_01() {}\nfn si_02() {}\n#[tokio::test]\n#[cfg(unix)]\nasync fn si_03() {}\n\
                    #[cfg(test)]\nfn si_04() {}\n    #[tokio::test(start_paused = true)]\n    async fn si_05() {}\n";
        let names: Vec<&str> = test_names(text).collect();
        assert_eq!(names, ["si_01", "si_03", "si_05"]);
    }

    #[test]
    fn a_row_without_a_test_is_told() {
        let all: String = ROWS
            .iter()
            .flat_map(|(family, numbers)| numbers.iter().map(move |number| row(family, number)))
            .map(|row| format!("#[test]\nfn {row}_x() {{}}\n"))
            .collect();
        let file = |text: String| TextFile {
            path: "crates/x/tests/attacks.rs".into(),
            text,
        };
        assert_eq!(findings(&[file(all.clone())]), []);
        let without = all.replace("fn si_42_", "fn x_");
        let told = findings(&[file(without)]);
        assert_eq!(told.len(), 1);
        assert!(told[0].message.contains("si_42"), "{}", told[0]);
    }
}
