//! The engine over a real store, real policy and real factors, with fakes at its two ends.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod account;
mod attempts;
mod believed;
mod change;
mod first_door;
mod integrity;
mod kept_logouts;
mod limits;
mod logout;
mod model;
mod passwords;
mod person;
mod session;
mod sign_out;
mod single_sign_on;
mod support;
mod trust;
mod upstream;
mod upstream_logout;
mod way;
mod webauthn;
