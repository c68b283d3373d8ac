//! The page `docs/security/attacks.md`: every row, its status and its tests, counted.
//!
//! Owns the words of the page and nothing else: what a row's status is comes from [`Standing`].

use std::fmt::Write as _;

use super::catalogue::Family;
use super::{Standing, Status};

/// Where the page stands.
pub(super) const PATH: &str = "docs/security/attacks.md";

const HEAD: &str = "\
# The table of attacks

Every attack of our catalogue, and the tests that try it: on every run of `make test`, and some on those of
`make interop`. This page is written by `cargo xtask attacks --write` from the names of the tests and from
[the catalogue](../../crates/xtask/src/tidy/attacks/catalogue.txt); `make check` fails when it is not up to date, when a row
has neither a test nor a reason, and when a test names a row that there is not.

Ids are for ever: none is used twice, and gaps mean nothing. SI-B1 and its like are the benign controls that pass beside
the attacks, so that refusing everything never looks like safety.

| status | means |
|---|---|
| tested | tests try the attack and see it refused, each for its own reason |
| partly | so do tests, and the words beside it say what they leave out |
| not tested yet | what is attacked exists, and no test tries it |
| not applicable yet | what is attacked does not exist; the words beside it say what will bring it |

";

/// The whole page.
pub(super) fn page(standing: &[(&Family, Vec<Standing<'_>>)]) -> String {
    let mut page = HEAD.to_owned();
    page += &counts(standing);
    for (family, rows) in standing {
        let _ = write!(page, "\n## {}: {}\n\n", family.id, family.title);
        page += "| row | attack | status | tests |\n|---|---|---|---|\n";
        for row in rows {
            page += &line(row);
        }
    }
    page
}

/// One line for each family, and one for all of them.
fn counts(standing: &[(&Family, Vec<Standing<'_>>)]) -> String {
    let mut table =
        "| family | rows | tested | partly | not tested yet | not applicable yet |\n|---|---|---|---|---|---|\n".to_owned();
    let all = || standing.iter().flat_map(|(_, rows)| rows);
    for (family, rows) in standing {
        let label = format!("{}: {}", family.id, family.title);
        table += &count(&label, rows.iter());
    }
    table += &count("**all**", all());
    table
}

fn count<'a, 'b: 'a>(label: &str, rows: impl Iterator<Item = &'a Standing<'b>>) -> String {
    let mut counted = [0_usize; 4];
    for row in rows {
        let [tested, partly, open, not_yet] = &mut counted;
        *match row.status {
            Status::Tested => tested,
            Status::Partly(_) => partly,
            Status::Open(_) => open,
            Status::NotYet(_) => not_yet,
        } += 1;
    }
    let [tested, partly, open, not_yet] = counted;
    let rows: usize = counted.iter().sum();
    format!("| {label} | {rows} | {tested} | {partly} | {open} | {not_yet} |\n")
}

fn line(row: &Standing<'_>) -> String {
    let status = match row.status {
        Status::Tested => "tested".to_owned(),
        Status::Partly(missing) => format!("partly: {missing}"),
        Status::Open(reason) => format!("not tested yet: {reason}"),
        Status::NotYet(reason) => format!("not applicable yet: {reason}"),
    };
    let tests: Vec<String> = row
        .tests
        .iter()
        .map(|(file, name)| format!("[`{name}`](../../{})", file.display()))
        .collect();
    format!(
        "| {} | {} | {status} | {} |\n",
        row.id,
        row.attack,
        tests.join("<br>")
    )
}
