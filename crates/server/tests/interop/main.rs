//! A real Keycloak before and behind a real Vestibule: `examples/keycloak` as it stands, with other ports.
//!
//! Owns what a login with a foreign implementation must come to. Does not own the harnesses (`testkit`), nor the
//! application that looks at each assertion (`demo`).
//!
//! Keycloak starts once for the run. Each test gets a Vestibule of its own with an empty store; they run in a row,
//! because Keycloak knows Vestibule by one address.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod administrator;
mod authlib;
mod console;
mod example;
mod first_door;
mod keys;
mod messages;
mod oidc;
mod person;
mod pysaml2;
mod refusals;
mod relying_party;
mod saml;
mod scene;
mod second_factor;
mod vestibule;
mod wiki;
