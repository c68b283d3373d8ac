//! The demo end to end, as a newcomer starts it: the real program, real sockets, a robot in the place of a browser.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

use std::process::{Command, Output};

use serde_json::Value;

fn vestibule(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn the_robot_finds_that_every_login_ends_as_policy_says() {
    let output = vestibule(&["demo", "--once", "--json"]);
    let told = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&told).unwrap_or_else(|error| {
        panic!("{error}: {told}{}", String::from_utf8_lossy(&output.stderr))
    });
    let steps = report["steps"].as_array().unwrap();
    let wrong: Vec<&Value> = steps.iter().filter(|step| step["ok"] != true).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(steps.len() >= 15, "only {} steps", steps.len());
    assert!(output.status.success());
}

#[test]
fn the_demo_listens_on_loopback_only() {
    for outside in ["0.0.0.0", "::", "192.0.2.1"] {
        let output = vestibule(&["demo", "--once", "--host", outside]);
        assert_eq!(output.status.code(), Some(2), "{outside}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("loopback"),
            "{outside}"
        );
    }
}
