//! Log lines: one JSON object each, or text for people, to standard error.
//!
//! Owns the form of the log. What is written is decided where it happens; nothing secret is ever handed to it.

use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{LogFormat, Logging};

/// Begins to log. The first call of a process holds; further ones change nothing.
pub fn start(logging: Logging) {
    // Libraries are heard from `info` on at most: their finer levels may print messages whole.
    let ours = logging.level.as_str();
    let theirs = if logging.level >= crate::config::LogLevel::Info {
        "warn"
    } else {
        ours
    };
    let filter = EnvFilter::new(format!(
        "{theirs},{}",
        OURS.map(|room| format!("{room}={ours}")).join(",")
    ));
    let lines = match logging.format {
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr)
            .boxed(),
        LogFormat::Text => fmt::layer().with_writer(std::io::stderr).boxed(),
    };
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init();
}

/// Our own rooms.
const OURS: [&str; 7] = [
    "vestibule_demo",
    "vestibule_engine",
    "vestibule_factor",
    "vestibule_notify",
    "vestibule_server",
    "vestibule_store",
    "vestibule_upstream",
];
