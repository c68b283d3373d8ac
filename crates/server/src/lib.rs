//! The vestibule binary: wiring, command line, configuration, HTTP and pages.

mod calls;
mod certificates;
pub mod cli;
pub mod config;
mod descriptions;
pub mod http;
mod keys;
pub mod rejections;
pub mod telemetry;
pub mod upkeep;
pub mod view;
pub mod wiring;
