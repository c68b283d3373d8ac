//! Every attack of the catalogue has a test that is named for it, or a reason why there is none; and the page that says
//! so is up to date.
//!
//! Owns the rule and the status of a row: `catalogue` and `names` give the two sides, `page` writes them down.

mod catalogue;
mod names;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use self::catalogue::{Catalogue, Family, Row, Statement};
use super::Finding;
use super::tree::{self, TextFile};

/// A test: the file that it stands in, and its name.
type Test<'a> = (&'a Path, &'a str);

/// The tests of each row, by the row's id.
type Tests<'a> = BTreeMap<&'a str, Vec<Test<'a>>>;

/// How a row stands.
struct Standing<'a> {
    id: &'a str,
    attack: &'a str,
    status: Status<'a>,
    tests: &'a [Test<'a>],
}

/// The status of a row, with the words that go with it.
enum Status<'a> {
    NotYet(&'a str),
    Open(&'a str),
    Partly(&'a str),
    Tested,
}

/// Writes the page anew from the tests and the catalogue of the repository at `root`.
///
/// # Errors
/// When the repository cannot be read or the page cannot be written.
pub fn write(root: &Path) -> Result<()> {
    let files = tree::text_files(root)?;
    let (catalogue, _) = Catalogue::read(&files);
    let (tests, _) = named_tests(&files, &catalogue);
    let path = root.join(page::PATH);
    fs::write(&path, page::page(&standing(&catalogue, &tests)))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// What is wrong with the rows, the names of the tests, and the page.
pub(super) fn findings(files: &[TextFile]) -> Vec<Finding> {
    let (catalogue, mut findings) = Catalogue::read(files);
    let (tests, unknown) = named_tests(files, &catalogue);
    findings.extend(unknown);
    for row in catalogue.rows() {
        let tests = tests.get(row.id.as_str()).map_or(0, Vec::len);
        findings.extend(contradiction(row, tests).map(|message| row.finding(message)));
    }
    let written = files
        .iter()
        .find(|file| file.path.as_os_str() == page::PATH);
    if written.map(|file| file.text.as_str()) != Some(&page::page(&standing(&catalogue, &tests))) {
        let message = "is not what the tests say: `cargo xtask attacks --write`";
        findings.push(Finding::whole(page::PATH, message));
    }
    findings
}

/// What is said of a row and what its tests say must not contradict each other.
fn contradiction(row: &Row, tests: usize) -> Option<&'static str> {
    match (&row.statement, tests) {
        (None, 0) => Some("no test is named for it, and there is no reason why"),
        (Some(Statement::Partly(_)), 0) => {
            Some("said to be tested in part, and no test is named for it")
        }
        (Some(Statement::NotYet(_)), 1..) => Some("said not to be applicable, and there are tests"),
        (Some(Statement::Open(_)), 1..) => Some("said to have no test, and there are tests"),
        _ => None,
    }
}

/// The tests of each row, and a finding for each name with an id that there is not.
fn named_tests<'a>(files: &'a [TextFile], catalogue: &'a Catalogue) -> (Tests<'a>, Vec<Finding>) {
    let macros = names::test_macros(files);
    let mut tests = Tests::new();
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is("rs")) {
        for name in names::tests(&file.text, &macros) {
            let spoken = names::spoken(name, catalogue);
            for row in spoken.rows {
                tests
                    .entry(row)
                    .or_default()
                    .push((file.path.as_path(), name));
            }
            findings.extend(spoken.unknown.into_iter().map(|id| {
                let message = format!("the test {name} names {id}, which is not in the catalogue");
                Finding::whole(&file.path, message)
            }));
        }
    }
    (tests, findings)
}

fn standing<'a>(
    catalogue: &'a Catalogue,
    tests: &'a Tests<'_>,
) -> Vec<(&'a Family, Vec<Standing<'a>>)> {
    let stand = |row: &'a Row| Standing {
        id: &row.id,
        attack: &row.attack,
        status: match &row.statement {
            None if !tests.contains_key(row.id.as_str()) => Status::Open("nobody has said why"),
            None => Status::Tested,
            Some(Statement::NotYet(reason)) => Status::NotYet(reason),
            Some(Statement::Open(reason)) => Status::Open(reason),
            Some(Statement::Partly(missing)) => Status::Partly(missing),
        },
        tests: tests.get(row.id.as_str()).map_or(&[], Vec::as_slice),
    };
    catalogue
        .families
        .iter()
        .map(|family| (family, family.rows.iter().map(stand).collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "SI: In\nSI-01 | First\nSI-02 | Second\n  partly: the rest\nWA: Web\nWA-13 | Keys\n  not yet: no interface\n";
    const TESTS: &str = "#[test]\nfn si_01_x() {}\n#[test]\nfn si_02_y() {}\n";

    /// What is told of a repository with these rows and tests, whose page was written when they were as given above.
    fn told(rows: &str, tests: &str) -> Vec<String> {
        let file = |path: &str, text: &str| TextFile {
            path: path.into(),
            text: text.into(),
        };
        let mut files = vec![
            file(catalogue::PATH, rows),
            file("crates/x/tests/attacks.rs", tests),
        ];
        let written = {
            let (catalogue, _) = Catalogue::read(&files);
            let (tests, _) = named_tests(&files, &catalogue);
            page::page(&standing(&catalogue, &tests))
        };
        files.push(file(page::PATH, &written));
        findings(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rows_with_tests_and_reasons_are_in_order() {
        assert_eq!(told(ROWS, TESTS), Vec::<String>::new());
    }

    #[test]
    fn what_contradicts_itself_is_told() {
        let rows = [
            (
                ROWS.to_owned(),
                TESTS.replace("si_01_x", "x"),
                "SI-01: no test",
            ),
            (
                ROWS.to_owned(),
                TESTS.replace("si_02_y", "y"),
                "SI-02: said to be tested in part",
            ),
            (
                ROWS.to_owned(),
                TESTS.replace("si_01_x", "si_01_wa_13_x"),
                "WA-13: said not to be",
            ),
            (
                ROWS.replace("not yet", "open"),
                TESTS.replace("si_01_x", "si_01_wa_13_x"),
                "WA-13: said to have no test",
            ),
            (
                ROWS.to_owned(),
                TESTS.replace("si_01_x", "si_01_03_x"),
                "names SI-03",
            ),
        ];
        for (rows, tests, expect) in rows {
            let told = told(&rows, &tests);
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].contains(expect), "{told:?}");
        }
    }

    #[test]
    fn a_page_that_is_missing_or_old_is_told() {
        let files = [TextFile {
            path: catalogue::PATH.into(),
            text: "WA: Web\nWA-13 | Keys\n  not yet: no interface\n".into(),
        }];
        let told = findings(&files);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].file, Path::new(page::PATH));
    }

    #[test]
    fn the_page_counts_and_links() {
        let files = [
            TextFile {
                path: catalogue::PATH.into(),
                text: ROWS.into(),
            },
            TextFile {
                path: "crates/x/tests/attacks.rs".into(),
                text: TESTS.into(),
            },
        ];
        let (catalogue, _) = Catalogue::read(&files);
        let (tests, _) = named_tests(&files, &catalogue);
        let page = page::page(&standing(&catalogue, &tests));
        assert!(page.contains("| **all** | 3 | 1 | 1 | 0 | 1 |\n"), "{page}");
        assert!(page.contains(
            "| SI-01 | First | tested | [`si_01_x`](../../crates/x/tests/attacks.rs) |\n"
        ));
        assert!(page.contains("| WA-13 | Keys | not applicable yet: no interface |  |\n"));
    }
}
