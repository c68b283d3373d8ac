//! How fast Vestibule is, and what it needs: the goals of performance, measured in one run.
//!
//! Owns the measurements, their arithmetic, and the verdicts. Everything that moves with the machine is stated as a
//! ratio to something that was measured in the same round: bare cryptography, `xmlsec1`, a bare commit. The server is
//! the real `vestibule serve`, in a process of its own, with a SQLite file; what people, identity providers and
//! applications do is done here, so that its cost is not the server's.
//! Does not own what is measured. Never part of a release build.

mod administrator;
pub mod clock;
pub mod figure;
mod floor;
pub mod goal;
mod house;
mod judge;
mod known;
mod listener;
mod login;
mod measure;
pub mod memory;
mod people;
pub mod plan;
mod provider;
mod receiver;
pub mod report;
mod request;
mod rounds;
mod run;
mod scene;
mod seed;
mod server;
mod suite;
mod trust;
mod visit;

pub use measure::key_change::{Change, Readers};
pub use run::{change_keys, run};
