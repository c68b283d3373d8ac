//! What the service writes about itself: `logging`.

use super::{
    reader::Reader,
    setting::{Key, Section},
};

/// What the service writes about itself, to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logging {
    /// How much.
    pub level: LogLevel,
    /// In which form.
    pub format: LogFormat,
}

impl Default for Logging {
    fn default() -> Self {
        Self {
            level: LogLevel::Info,
            format: LogFormat::Json,
        }
    }
}

/// How much is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what is odd.
    Warn,
    /// And what happened.
    Info,
    /// And how.
    Debug,
    /// And every step.
    Trace,
}

impl LogLevel {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
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

fn level(reader: &Reader<'_>) -> Option<LogLevel> {
    let levels = [
        LogLevel::Error,
        LogLevel::Warn,
        LogLevel::Info,
        LogLevel::Debug,
        LogLevel::Trace,
    ];
    let level = reader.one_of(&levels.map(|level| (level.as_str(), level)))?;
    if level > LogLevel::Info {
        reader.warn(
            "talkative",
            "this level tells much about people and fills disks",
            "go back to `info` when the search is over",
        );
    }
    Some(level)
}
