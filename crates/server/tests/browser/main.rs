//! The pages in a real browser: stories of people, from the first click to the application.
//!
//! Owns what people see and do, with whatever browser they have: keyboard alone, a telephone, 400 % zoom, no scripts,
//! no WebAuthn. Every page that a story comes to is inspected ([`support`]). Does not own rules of logins; the engine's
//! tests and those of the routes do.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod account;
mod app;
mod backup_codes;
mod demo;
mod logout;
mod no_scripts;
mod passwords;
mod pictures;
mod refusals;
mod security_keys;
mod start;
mod support;
mod ways_back;
