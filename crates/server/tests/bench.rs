//! `make bench`, with counts so small that its figures mean nothing: every measurement must still run, and what does
//! not depend on the machine must be right: how many records a login writes, and that no login is lost while our signing
//! keys are replaced (attack row SO-16).

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

use std::path::Path;

use vestibule_bench::{
    Readers, change_keys,
    goal::{
        Goal::{self, G1, G2, G5, G6, G7, G8, G9, G10, G11, G13, G15, G17, G19, G20},
        Verdict,
    },
    plan::{Options, Plan},
    run,
};

/// As little of everything as can be.
fn smoke(folder: &Path) -> Options {
    Options {
        plan: Plan::smoke(),
        program: env!("CARGO_BIN_EXE_vestibule").into(),
        folder: folder.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_goal_is_still_measured() {
    let folder = tempfile::tempdir().unwrap();
    let report = run(&smoke(folder.path())).await.unwrap();
    let measured: Vec<Goal> = report.verdicts().into_keys().collect();
    let mut expected = vec![
        G1, G2, G5, G6, G7, G8, G9, G10, G11, G13, G15, G17, G19, G20,
    ];
    if !report.skipped.is_empty() {
        assert!(
            report
                .skipped
                .iter()
                .all(|skipped| skipped.contains("xmlsec1"))
        );
        expected.retain(|goal| *goal != G5);
    }
    assert_eq!(measured, expected);
    // A count, not a time: it is the same on every machine.
    let records = report
        .lines
        .iter()
        .find(|line| line.what == "records a login");
    assert_eq!(records.unwrap().verdict, Some(Verdict::Met));
}

/// Every answer is held against the keys that are published when it arrives, and against those that an application read
/// between their making and their use. That an answer of before the change is believed until the old keys go, and not
/// beyond, is part of the measurement.
#[tokio::test(flavor = "multi_thread")]
async fn so_16_no_login_is_lost_while_both_signing_keys_of_a_running_server_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let change = change_keys(&smoke(folder.path()), Readers::Anew).await;
    let change = change.unwrap();
    assert_eq!(change.lost, [""; 0], "of {}", change.logins);
    assert!(change.logins >= 4 * Plan::smoke().change_logins);
}

/// The control: a loss is seen where an application does not know the new keys when they are used. It loses every login
/// from then on, and nobody else loses any.
#[tokio::test(flavor = "multi_thread")]
async fn so_16_an_application_that_never_reads_our_keys_anew_loses_the_logins_after_the_change() {
    let folder = tempfile::tempdir().unwrap();
    let change = change_keys(&smoke(folder.path()), Readers::Never).await;
    let change = change.unwrap();
    let least = 2 * Plan::smoke().change_logins;
    assert!(change.lost.len() >= least, "{change:?}");
    assert!(change.lost.len() < change.logins, "{change:?}");
    let is_its_own = |why: &String| why.starts_with("by the keys that it knows");
    assert!(change.lost.iter().all(is_its_own), "{change:?}");
}
