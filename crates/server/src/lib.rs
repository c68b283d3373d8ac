//! The vestibule binary: wiring, command line, configuration, HTTP and pages.

pub mod cli;
pub mod config;
mod expiry;
pub mod http;
pub mod rejections;
pub mod telemetry;
pub mod view;
pub mod wiring;
