//! Faults of what a broker stands on: the process, the database, the clock, mail, keys and upstreams (attack rows FT).
//!
//! Owns what a person and an operator see of them from outside: mostly of the real program on a real socket. Does not
//! own the faults within one commit, which are the store's to test.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod certificates;
mod clocks;
mod database;
mod descriptors;
mod disks;
mod failover;
mod keys;
mod killed;
mod mail;
mod names;
mod restored;
mod secrets;
#[path = "../shared/mod.rs"]
mod shared;
mod single_sign_on;
mod stopping;
mod support;
mod upstreams;
