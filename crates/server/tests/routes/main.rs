//! The addresses, in process: what each answers, with which headers, and what it refuses.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod account;
mod acs;
mod answer;
mod attacks;
mod encryption;
mod first_door;
mod hostile;
mod keys;
mod login;
mod logout;
mod oidc;
mod operations;
mod panics;
mod second_factor;
mod sessions;
#[path = "../shared/mod.rs"]
mod shared;
mod spellings;
mod start;
mod support;
mod upstream_logout;
mod versions;
mod webauthn;
mod wire;
