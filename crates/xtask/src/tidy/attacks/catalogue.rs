//! The rows of the catalogue, and what is said of those that no test speaks for alone.
//!
//! Owns `catalogue.txt`: every id that was ever given, in its order, with a line about the attack. Under a row may
//! stand one statement with its reason: `partly` (there are tests, and this is what they leave out), `not yet` (what is
//! attacked does not exist) or `open` (it exists, and nobody has written the test). A row without a statement is one
//! that its tests speak for. Does not know the tests.

use crate::tidy::Finding;
use crate::tidy::tree::TextFile;

/// Where the rows are written down.
pub(super) const PATH: &str = "crates/xtask/src/tidy/attacks/catalogue.txt";

/// Every row, by family, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) families: Vec<Family>,
}

/// The attacks on one subject: `SI`, messages that come in over SAML.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
}

/// One attack: `SI-24b`.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) attack: String,
    pub(super) statement: Option<Statement>,
    line: usize,
}

/// What is said of a row beside its tests, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// What is attacked does not exist; the reason names what will bring it.
    NotYet(String),
    /// What is attacked exists, and no test tries it.
    Open(String),
    /// The tests leave something out.
    Partly(String),
}

impl Catalogue {
    /// Reads the rows out of the files of the repository, and tells what cannot be read.
    pub(super) fn read(files: &[TextFile]) -> (Self, Vec<Finding>) {
        let Some(file) = files.iter().find(|file| file.path.as_os_str() == PATH) else {
            return (
                Self::default(),
                vec![Finding::whole(PATH, "the catalogue of attacks is missing")],
            );
        };
        let mut catalogue = Self::default();
        let mut findings = Vec::new();
        for (number, line) in file.lines() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if let Err(reason) = catalogue.take(number, line) {
                findings.push(Finding::at(PATH, number, reason));
            }
        }
        (catalogue, findings)
    }

    /// The row of this id.
    pub(super) fn row(&self, id: &str) -> Option<&Row> {
        self.rows().find(|row| row.id == id)
    }

    /// All rows, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.families.iter().flat_map(|family| &family.rows)
    }

    fn take(&mut self, number: usize, line: &str) -> Result<(), &'static str> {
        if let Some(text) = line.strip_prefix("  ") {
            return self.take_statement(text);
        }
        if let Some((id, attack)) = line.split_once(" | ") {
            return self.take_row(number, id, attack);
        }
        let (id, title) = line
            .split_once(": ")
            .ok_or("neither `FAMILY: title`, `ID | attack` nor an indented statement")?;
        self.families.push(Family {
            id: id.to_owned(),
            title: title.to_owned(),
            rows: Vec::new(),
        });
        Ok(())
    }

    fn take_row(&mut self, number: usize, id: &str, attack: &str) -> Result<(), &'static str> {
        if self.row(id).is_some() {
            return Err("this id was given before");
        }
        let family = self.families.last_mut().ok_or("a row before any family")?;
        if id.split('-').next() != Some(family.id.as_str()) {
            return Err("the row stands in another family");
        }
        family.rows.push(Row {
            id: id.to_owned(),
            attack: attack.to_owned(),
            statement: None,
            line: number,
        });
        Ok(())
    }

    fn take_statement(&mut self, text: &str) -> Result<(), &'static str> {
        let last = self
            .families
            .last_mut()
            .and_then(|family| family.rows.last_mut());
        let row = last.ok_or("a statement before any row")?;
        if row.statement.is_some() {
            return Err("the row has a statement already");
        }
        let (word, reason) = text
            .split_once(": ")
            .ok_or("a statement is `partly`, `not yet` or `open`, a colon and the reason")?;
        let statement = match word {
            "not yet" => Statement::NotYet,
            "open" => Statement::Open,
            "partly" => Statement::Partly,
            _ => return Err("a statement is `partly`, `not yet` or `open`"),
        };
        row.statement = Some(statement(reason.to_owned()));
        Ok(())
    }
}

impl Family {
    /// The id as it stands in the names of tests: `si`.
    pub(super) fn word(&self) -> String {
        self.id.to_ascii_lowercase()
    }
}

impl Row {
    /// A finding at the line where the row stands.
    pub(super) fn finding(&self, message: impl Into<String>) -> Finding {
        Finding::at(PATH, self.line, format!("{}: {}", self.id, message.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Catalogue, Vec<Finding>) {
        Catalogue::read(&[TextFile {
            path: PATH.into(),
            text: text.into(),
        }])
    }

    #[test]
    fn families_rows_and_statements_are_read() {
        let text = "# rows\n\nSI: In\nSI-01 | One\nSI-24b | Two\n  partly: the half\nMD: Metadata\nMD-01 | Three\n  open: later\n";
        let (catalogue, findings) = read(text);
        assert_eq!(findings, []);
        let ids: Vec<&str> = catalogue.rows().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["SI-01", "SI-24b", "MD-01"]);
        assert_eq!(catalogue.families[1].word(), "md");
        let said = |id: &str| catalogue.row(id).unwrap().statement.clone();
        assert_eq!(said("SI-01"), None);
        assert_eq!(
            said("SI-24b"),
            Some(Statement::Partly("the half".to_owned()))
        );
        assert_eq!(said("MD-01"), Some(Statement::Open("later".to_owned())));
    }

    #[test]
    fn lines_that_say_nothing_are_told() {
        let rows = [
            ("SI-01 | One\n", "a row before any family"),
            ("SI: In\nMD-01 | One\n", "the row stands in another family"),
            (
                "SI: In\nSI-01 | One\nSI-01 | One\n",
                "this id was given before",
            ),
            ("SI: In\n  open: x\n", "a statement before any row"),
            (
                "SI: In\nSI-01 | One\n  open: x\n  open: y\n",
                "the row has a statement already",
            ),
            (
                "SI: In\nSI-01 | One\n  never: x\n",
                "a statement is `partly`, `not yet` or `open`",
            ),
            (
                "SI\n",
                "neither `FAMILY: title`, `ID | attack` nor an indented statement",
            ),
        ];
        for (text, expect) in rows {
            let (_, findings) = read(text);
            let told: Vec<&str> = findings
                .iter()
                .map(|finding| finding.message.as_str())
                .collect();
            assert_eq!(told, [expect], "{text}");
        }
        assert_eq!(Catalogue::read(&[]).1.len(), 1);
    }
}
