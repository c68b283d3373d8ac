//! With which status each command ends: the page that says it, and what they do.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::*;

/// The page.
const PAGE: &str = "docs/reference/exit-status.md";

fn page() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(PAGE)).unwrap()
}

/// Every command that does something, as it is typed.
fn commands() -> BTreeSet<String> {
    fn below(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
        let mut is_leaf = true;
        for inner in command.get_subcommands() {
            if inner.get_name() != "help" {
                is_leaf = false;
                let path = format!("{path} {}", inner.get_name());
                below(inner, path.trim_start(), found);
            }
        }
        if is_leaf {
            found.insert(path.to_owned());
        }
    }
    let mut found = BTreeSet::new();
    below(&Cli::command(), "", &mut found);
    found
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_page_has_every_command_once_and_no_other() {
    let page = page();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let first = row.split('|').nth(1).unwrap();
        for command in quoted(first) {
            *listed.entry(command).or_default() += 1;
        }
    }
    let twice: Vec<_> = listed.iter().filter(|(_, times)| **times > 1).collect();
    assert_eq!(twice, []);
    let listed: BTreeSet<String> = listed.keys().map(|&command| command.to_owned()).collect();
    assert_eq!(listed, commands());
    for status in ["0", "1", "2", "141"] {
        assert!(page.contains(&format!("| {status} |")), "{status}");
    }
}

/// The numbers that the page has, for a shell.
#[test]
fn the_numbers_are_those_of_the_page() {
    let table = [
        (Exit::Yes, 0),
        (Exit::No, 1),
        (Exit::Unable, 2),
        (Exit::Usage, 2),
        (Exit::Unread, 141),
    ];
    for (exit, number) in table {
        let expect = std::process::ExitCode::from(number);
        let code = std::process::ExitCode::from(exit);
        assert_eq!(format!("{code:?}"), format!("{expect:?}"), "{exit:?}");
    }
}

/// Commands that look something up, on a site where everything is as it should be.
const LOOK: [&str; 12] = [
    "audit list",
    "audit verify",
    "check --keys",
    "key list",
    "logout list",
    "logout retry",
    "metadata",
    "policy explain --user adfs/alice",
    "session list",
    "user list",
    "user show local/carol",
    "user factors local/carol",
];

#[test]
fn who_could_not_look_does_not_say_no() {
    let site = Site::new(CONFIG);
    site.prints("metadata");
    site.prints("user enable local/carol");
    for line in LOOK {
        let (exit, terminal) = site.run(line);
        assert_eq!(exit, Exit::Yes, "{line}: {}", terminal.err);
    }
    // Another master key than the one that the store was sealed with.
    let key = site.folder.path().join("master.key");
    let before = std::fs::read_to_string(&key).unwrap();
    let other = "c2l4dHkgZm91ciBieXRlcyBvZiBub3RoaW5nIGJ1dCA=";
    std::fs::write(&key, other).unwrap();
    for line in LOOK.iter().filter(|line| !line.starts_with("policy")) {
        let (exit, terminal) = site.run(line);
        assert_eq!(exit, Exit::Unable, "{line}: {}", terminal.out);
        assert!(!terminal.err.is_empty(), "{line}");
    }
    std::fs::write(&key, before).unwrap();
    // A configuration with a mistake. To find it is what `check` is asked for.
    std::fs::write(site.config(), CONFIG.replace("notify:", "notfy:")).unwrap();
    for line in LOOK {
        let (exit, terminal) = site.run(line);
        let expect = match line {
            "check --keys" => Exit::No,
            _ => Exit::Unable,
        };
        assert_eq!(exit, expect, "{line}: {}", terminal.out);
    }
}

#[test]
fn a_name_that_is_not_in_the_configuration_is_wrong_usage_and_one_that_is_not_in_the_store_a_no() {
    let site = Site::new(CONFIG);
    site.prints("metadata");
    let listed: serde_json::Value = serde_json::from_str(&site.prints("key list --json")).unwrap();
    let key = listed[0]["id"].as_str().unwrap();
    let session = "00000000000000000000000000000000";
    let table = [
        ("metadata --upstream nix".to_owned(), Exit::Usage),
        ("logout retry --app nix".into(), Exit::Usage),
        (format!("key promote {key} --app nix"), Exit::Usage),
        ("policy explain --user nix/alice".into(), Exit::Usage),
        (
            "policy explain --user adfs/alice --app nix".into(),
            Exit::Usage,
        ),
        ("user show nix/alice".into(), Exit::Usage),
        ("session list --user nix/alice".into(), Exit::Usage),
        ("session revoke --user nix/alice".into(), Exit::Usage),
        ("key show nix".into(), Exit::No),
        ("key retire nix".into(), Exit::No),
        ("user show adfs/nix".into(), Exit::No),
        ("session list --user adfs/nix".into(), Exit::No),
        ("session revoke --user adfs/nix".into(), Exit::No),
        (format!("session revoke {session}"), Exit::No),
    ];
    for (line, expect) in table {
        let (exit, terminal) = site.run(&line);
        assert_eq!(exit, expect, "{line}: {}{}", terminal.out, terminal.err);
        assert!(!terminal.err.is_empty(), "{line}");
    }
}
