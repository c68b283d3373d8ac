//! What every store must do, whichever database is behind it: each test runs on SQLite in a file, SQLite in memory and
//! PostgreSQL. A PostgreSQL that is not installed is a failure, not a reason to skip.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests are tests too"
)]

#[macro_use]
mod backend;

mod accounts;
mod again;
mod audit;
mod calls;
mod commits;
mod faults;
mod keys;
mod known;
mod logouts;
mod model;
mod opening;
mod people;
mod races;
mod renewals;
mod replica;
mod sample;
mod sealing;
mod sessions;
mod throttle;
mod tls;
mod tokens;
mod upstream_sessions;
