//! Log lines: one JSON object each, or text for people, to standard error.
//!
//! Owns the form of the log, and what is told of a panic. What is written is decided where it happens; nothing secret
//! is ever handed to it.

use std::{
    ffi::OsStr,
    io::{self, IsTerminal},
    panic,
};

use tracing::Level;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::{LogFormat, Logging};

/// Begins to log. The first call of a process holds; further ones change nothing.
pub fn start(logging: Logging) {
    let filter = filter(logging.level);
    let lines = match logging.format {
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(io::stderr)
            .boxed(),
        LogFormat::Text => fmt::layer()
            .with_ansi(colours(
                io::stderr().is_terminal(),
                std::env::var_os("NO_COLOR").as_deref(),
            ))
            .with_writer(io::stderr)
            .boxed(),
    };
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init();
    panic::set_hook(Box::new(|panicked| {
        // What it says may hold a part of what was being read, so only the place is written down.
        let place = panicked.location().map(ToString::to_string);
        tracing::error!(code = "panicked", place, "a fault of ours");
    }));
}

/// Colours are for a terminal: in a file they are characters that no search expects. `NO_COLOR` has none there either.
fn colours(on_terminal: bool, no_color: Option<&OsStr>) -> bool {
    on_terminal && no_color.is_none_or(OsStr::is_empty)
}

/// The prefix of our own rooms' names.
const OURS: &str = "vestibule_";

/// Libraries are heard from `warn` on at most: their finer levels may print messages whole.
fn filter(level: Level) -> Targets {
    let ours = LevelFilter::from_level(level);
    Targets::new()
        .with_default(ours.min(LevelFilter::WARN))
        .with_target(OURS, ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_a_terminal() {
        for (on_terminal, no_color, expected) in [
            (true, None, true),
            (true, Some(""), true),
            (true, Some("1"), false),
            (false, None, false),
            (false, Some(""), false),
        ] {
            let no_color = no_color.map(OsStr::new);
            assert_eq!(colours(on_terminal, no_color), expected, "{no_color:?}");
        }
    }

    #[test]
    fn our_rooms_are_heard_at_the_level_and_libraries_less() {
        for (level, target, told, heard) in [
            (Level::INFO, "vestibule_engine::act", Level::INFO, true),
            (Level::INFO, "vestibule_engine::act", Level::DEBUG, false),
            (Level::DEBUG, "vestibule_upstream", Level::DEBUG, true),
            (Level::DEBUG, "hyper::proto", Level::INFO, false),
            (Level::DEBUG, "hyper::proto", Level::WARN, true),
            (Level::ERROR, "hyper::proto", Level::WARN, false),
            (Level::ERROR, "vestibule_store", Level::ERROR, true),
        ] {
            let filter = filter(level);
            assert_eq!(filter.would_enable(target, &told), heard, "{target} {told}");
        }
    }
}
