//! What tests stand on: real servers that a test starts and stops, a browser that keeps cookies, and second opinions.
//!
//! Owns the harnesses: [`postgres`], [`keycloak`], [`chromium`] with [`axe`], [`xmlsec`],
//! [`samael`], [`python`]. Each is started by the test that
//! needs it, on a free loopback port, in a folder of its own, and is gone when the test ends, also when the test was
//! killed. A [`security_key`] is software, and needs none of that. Hands on what the demo's robot logs in with: its
//! [`browser`] and its [`authenticator`]. Does not own what the tests claim. Never part of a release build: nothing but
//! `dev-dependencies` names this crate.

pub mod axe;
pub mod chromium;
mod error;
pub mod keycloak;
mod port;
pub mod postgres;
pub mod python;
pub mod samael;
pub mod security_key;
mod supervised;
mod target;
mod tool;
pub mod xmlsec;

pub use vestibule_demo::{authenticator, browser};

pub use self::{error::Error, port::free as free_port, target::folder as target_folder};
