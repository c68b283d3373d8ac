//! Which crate may know which: the arrows between our rooms, and the rooms that own a thing from outside.
//!
//! An arrow allows what it names and nothing behind it: `server → upstream → saml` does not let `server` use `saml`.
//! Dependencies of tests are freer, since a test has to put rooms together: any room may be used there, except by the
//! pure ones (`core`, `saml`, `oidc`), which take nothing of ours but `testkit`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Finding;

/// The arrows: a room, and the rooms that its own code may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("demo", &["oidc", "saml"]),
    ("downstream", &["core", "oidc", "saml"]),
    ("engine", &["core"]),
    ("factor", &["core"]),
    ("notify", &["core"]),
    ("oidc", &[]),
    ("saml", &[]),
    // The wiring speaks the core's words to every room that it joins.
    (
        "server",
        &[
            "core",
            "demo",
            "downstream",
            "engine",
            "factor",
            "notify",
            "store",
            "upstream",
        ],
    ),
    ("store", &["core"]),
    ("upstream", &["core", "oidc", "saml"]),
];

/// No I/O, no clock, no randomness; `clippy.toml` beside each of them forbids the functions.
const PURE: &[&str] = &["core", "oidc", "saml"];

/// What a pure room may not use, tests included; a trailing `*` stands for any ending.
const IMPURE: &[&str] = &[
    "actix*",
    "diesel*",
    "getrandom",
    "rand",
    "reqwest",
    "tokio",
    "tokio-*",
];

/// Free: nothing of ours is built on them in a release.
const FREE: &[&str] = &["bench", "fuzz", "testkit", "xtask"];

/// A thing from outside, and the only rooms that know it.
const OWNERS: &[(&str, &[&str])] = &[
    ("actix*", &["bench", "demo", "server", "testkit"]),
    // The bench fills tables by the million, and measures bare commits beside the store.
    ("diesel*", &["bench", "store"]),
    // The demo's mail catcher is tried with a real client.
    ("lettre", &["demo", "notify"]),
];

const PREFIX: &str = "vestibule-";

/// One line of a `[dependencies]` table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Dependency {
    from: String,
    to: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `[dependencies]` and `[build-dependencies]`.
    Shipped,
    /// `[dev-dependencies]`.
    Test,
}

/// Asks cargo for the dependencies of each crate of the workspace at `root`.
pub(super) fn findings(root: &Path) -> Result<Vec<Finding>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo metadata could not be started")?;
    if !output.status.success() {
        bail!(
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata is no JSON")?;
    Ok(dependencies(&metadata).iter().filter_map(breach).collect())
}

fn dependencies(metadata: &Value) -> Vec<Dependency> {
    let mut found = Vec::new();
    for package in list(metadata, "packages") {
        for dependency in list(package, "dependencies") {
            let kind = match dependency.get("kind").and_then(Value::as_str) {
                Some("dev") => Kind::Test,
                _ => Kind::Shipped,
            };
            found.push(Dependency {
                from: text(package, "name"),
                to: text(dependency, "name"),
                kind,
            });
        }
    }
    found
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn breach(dependency: &Dependency) -> Option<Finding> {
    let from = room(&dependency.from);
    let message = match dependency.to.strip_prefix(PREFIX) {
        Some(to) => ours(from, to, dependency.kind),
        None => outside(from, &dependency.to),
    }?;
    Some(Finding::whole(manifest(from), message))
}

/// A dependency on one of our own crates.
fn ours(from: &str, to: &str, kind: Kind) -> Option<String> {
    if FREE.contains(&from) {
        return None;
    }
    match kind {
        Kind::Test if to == "testkit" || !PURE.contains(&from) => None,
        Kind::Test => Some(format!(
            "tests of {from} may use testkit, but not {to}: {from} is pure"
        )),
        Kind::Shipped => match ARROWS.iter().find(|(room, _)| *room == from) {
            Some((_, allowed)) if allowed.contains(&to) => None,
            Some((_, allowed)) => Some(format!(
                "no arrow {from} → {to}; allowed: {}",
                listed(allowed)
            )),
            None => Some(format!(
                "the room {from} is unknown: draw its arrows in crates/xtask/src/tidy/arrows.rs"
            )),
        },
    }
}

/// A dependency on a crate from outside.
fn outside(from: &str, to: &str) -> Option<String> {
    if PURE.contains(&from) && IMPURE.iter().any(|pattern| matches(pattern, to)) {
        return Some(format!(
            "{from} is pure and may not use {to}, in its tests neither: time and entropy are arguments"
        ));
    }
    let (_, rooms) = OWNERS.iter().find(|(pattern, _)| matches(pattern, to))?;
    (!rooms.contains(&from))
        .then(|| format!("{to} belongs to {}; {from} may not use it", listed(rooms)))
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == name, |start| name.starts_with(start))
}

fn room(package: &str) -> &str {
    package.strip_prefix(PREFIX).unwrap_or(package)
}

fn manifest(room: &str) -> PathBuf {
    ["crates", room, "Cargo.toml"].iter().collect()
}

fn listed(rooms: &[&str]) -> String {
    if rooms.is_empty() {
        "none".to_owned()
    } else {
        rooms.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(from: &str, to: &str, kind: Kind) -> bool {
        breach(&Dependency {
            from: from.into(),
            to: to.into(),
            kind,
        })
        .is_none()
    }

    #[test]
    fn an_arrow_allows_what_it_names_and_nothing_behind_it() {
        let rows = [
            ("vestibule-server", "vestibule-engine", true),
            ("vestibule-server", "vestibule-core", true),
            ("vestibule-server", "vestibule-saml", false),
            ("vestibule-engine", "vestibule-store", false),
            ("vestibule-engine", "vestibule-core", true),
            ("vestibule-core", "vestibule-saml", false),
            ("vestibule-saml", "vestibule-core", false),
            ("vestibule-upstream", "vestibule-oidc", true),
            ("vestibule-upstream", "vestibule-downstream", false),
            ("vestibule-factor", "vestibule-notify", false),
            ("vestibule-demo", "vestibule-saml", true),
            ("vestibule-demo", "vestibule-core", false),
            ("vestibule-server", "vestibule-testkit", false),
            ("vestibule-testkit", "vestibule-server", true),
            ("vestibule-newcomer", "vestibule-core", false),
        ];
        for (from, to, expect) in rows {
            assert_eq!(allowed(from, to, Kind::Shipped), expect, "{from} → {to}");
        }
    }

    #[test]
    fn tests_may_join_rooms_except_in_the_pure_ones() {
        let rows = [
            ("vestibule-engine", "vestibule-store", true),
            ("vestibule-server", "vestibule-testkit", true),
            ("vestibule-core", "vestibule-testkit", true),
            ("vestibule-saml", "vestibule-demo", false),
        ];
        for (from, to, expect) in rows {
            assert_eq!(allowed(from, to, Kind::Test), expect, "{from} → {to}");
        }
    }

    #[test]
    fn things_from_outside_have_owners() {
        let rows = [
            ("vestibule-server", "actix-web", true),
            ("vestibule-engine", "actix-web", false),
            ("vestibule-store", "diesel-async", true),
            ("vestibule-server", "diesel", false),
            ("vestibule-notify", "lettre", true),
            ("vestibule-factor", "lettre", false),
            ("vestibule-core", "serde", true),
            ("vestibule-core", "tokio", false),
            ("vestibule-core", "rand", false),
            ("vestibule-oidc", "reqwest", false),
            ("vestibule-upstream", "reqwest", true),
        ];
        for (from, to, expect) in rows {
            assert_eq!(allowed(from, to, Kind::Shipped), expect, "{from} → {to}");
        }
    }

    #[test]
    fn dev_dependencies_are_told_from_shipped_ones() {
        let metadata = serde_json::json!({ "packages": [{ "name": "vestibule-engine", "dependencies": [
            { "name": "vestibule-core", "kind": null },
            { "name": "vestibule-store", "kind": "dev" },
        ] }] });
        let kinds: Vec<Kind> = dependencies(&metadata)
            .into_iter()
            .map(|dependency| dependency.kind)
            .collect();
        assert_eq!(kinds, [Kind::Shipped, Kind::Test]);
    }
}
