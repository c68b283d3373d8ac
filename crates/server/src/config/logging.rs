//! What the service writes about itself: `logging`.

use tracing::Level;

use super::{
    reader::Reader,
    setting::{Key, Section},
};

/// What the service writes about itself, to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logging {
    /// How much.
    pub level: Level,
    /// In which form.
    pub format: LogFormat,
}

impl Default for Logging {
    fn default() -> Self {
        Self {
            level: Level::INFO,
            format: LogFormat::Json,
        }
    }
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// The key of this topic, at the top of the file.
pub(super) const KEY: Key = Key::optional(
    "logging",
    "a map",
    "see below",
    "What the service writes about itself, to standard error.",
);

/// Keys of this section.
pub(super) const SECTION: Section = Section {
    path: "logging",
    about: "What the service writes about itself, to standard error. Decisions about people are in the audit log besides.",
    keys: &[
        Key::optional(
            "level",
            "`error`, `warn`, `info`, `debug` or `trace`",
            "info",
            "How much.",
        )
        .danger("Secrets are in no level, but `debug` and `trace` tell much about people and slow the service down."),
        Key::optional("format", "`json` or `text`", "json", "In which form."),
    ],
};

/// Reads the topic.
pub(super) fn read(reader: Option<Reader<'_>>) -> Logging {
    let usual = Logging::default();
    let Some(fields) = reader.and_then(|reader| reader.section(&SECTION)) else {
        return usual;
    };
    let level = fields.get("level").and_then(|reader| level(&reader));
    let format = fields
        .get("format")
        .and_then(|reader| reader.one_of(&[("json", LogFormat::Json), ("text", LogFormat::Text)]));
    Logging {
        level: level.unwrap_or(usual.level),
        format: format.unwrap_or(usual.format),
    }
}

fn level(reader: &Reader<'_>) -> Option<Level> {
    let level = reader.one_of(&[
        ("error", Level::ERROR),
        ("warn", Level::WARN),
        ("info", Level::INFO),
        ("debug", Level::DEBUG),
        ("trace", Level::TRACE),
    ])?;
    if level > Level::INFO {
        reader.warn(
            "talkative",
            "this level tells much about people and fills disks",
            "go back to `info` when the search is over",
        );
    }
    Some(level)
}
