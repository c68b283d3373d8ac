//! The vestibule binary: wiring, command line, configuration, HTTP and pages.

pub mod config;
pub mod http;
pub mod view;
