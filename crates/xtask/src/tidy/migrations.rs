//! The two stores have the same schema: a migration exists for both, under the same number, no number twice and none
//! left out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Finding;
use super::tree::TextFile;

const STORES: [&str; 2] = ["sqlite", "postgres"];

/// Compares the folders `migrations/sqlite` and `migrations/postgres`.
pub(super) fn findings(files: &[TextFile]) -> Vec<Finding> {
    let mut found = Vec::new();
    let [left, right] = STORES.map(|store| numbers(files, store, &mut found));
    for (here, there, other) in [(&left, &right, STORES[1]), (&right, &left, STORES[0])] {
        for (number, folder) in here {
            if !there.contains_key(number) {
                found.push(Finding::whole(
                    folder,
                    format!("migration {number} is missing in migrations/{other}"),
                ));
            }
        }
    }
    for (count, (number, folder)) in (1..).zip(&left) {
        if number.parse() != Ok(count) {
            let what = format!("migration {count:04} is missing before this one");
            found.push(Finding::whole(folder, what));
            break;
        }
    }
    found
}

/// The numbers of one store, each with its folder; a number that two folders share becomes a finding.
fn numbers(files: &[TextFile], store: &str, found: &mut Vec<Finding>) -> BTreeMap<String, PathBuf> {
    let home = Path::new("migrations").join(store);
    let mut numbers = BTreeMap::new();
    for folder in files.iter().filter_map(|file| file.path.parent()) {
        let Some(name) = folder
            .strip_prefix(&home)
            .ok()
            .and_then(|below| below.to_str())
        else {
            continue;
        };
        let number = name.split('_').next().unwrap_or_default();
        if number.is_empty() {
            continue;
        }
        let earlier = numbers.insert(number.to_owned(), folder.to_owned());
        if earlier.is_some_and(|earlier| earlier != folder) {
            found.push(Finding::whole(
                folder,
                format!("the number {number} is used twice"),
            ));
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(paths: &[&str]) -> usize {
        let files: Vec<TextFile> = paths
            .iter()
            .map(|path| TextFile {
                path: path.into(),
                text: String::new(),
            })
            .collect();
        findings(&files).len()
    }

    #[test]
    fn both_stores_have_the_same_numbers() {
        let both = [
            "migrations/sqlite/0001_start/up.sql",
            "migrations/postgres/0001_start/up.sql",
        ];
        assert_eq!(count(&[]), 0);
        assert_eq!(count(&both), 0);
        assert_eq!(count(&both[..1]), 1);
        assert_eq!(count(&both[1..]), 1);
        assert_eq!(
            count(&[both[0], both[1], "migrations/postgres/0002_more/up.sql"]),
            1
        );
    }

    #[test]
    fn no_number_is_left_out() {
        let rows = [
            "migrations/sqlite/0001_start/up.sql",
            "migrations/postgres/0001_start/up.sql",
            "migrations/sqlite/0003_more/up.sql",
            "migrations/postgres/0003_more/up.sql",
            "migrations/sqlite/0004_more/up.sql",
            "migrations/postgres/0004_more/up.sql",
        ];
        assert_eq!(count(&rows), 1);
    }

    #[test]
    fn a_number_is_used_once() {
        let rows = [
            "migrations/sqlite/0001_start/up.sql",
            "migrations/sqlite/0001_start/down.sql",
            "migrations/sqlite/0001_again/up.sql",
            "migrations/postgres/0001_start/up.sql",
        ];
        assert_eq!(count(&rows), 1);
    }
}
