//! A verdict, for machines and for people.
//!
//! Owns the form of the output. Does not own what an accepted message says: each kind of message has that. Values of
//! messages are told as they are to machines; for a terminal, what could pretend to be something else is escaped. No
//! secret is told: there is none in what a message proves.

use aws_lc_rs::digest;
use serde::Serialize;
use serde_json::Value;

use super::Failure;
use crate::rejections;

/// An accepted message.
#[derive(Debug, Clone)]
pub(super) struct Accepted<S> {
    /// What it says.
    pub(super) says: S,
    /// What makes it this message and no other, for `--replay`; `None` if it may come again and again.
    pub(super) once: Option<Once>,
}

/// What a message says, in the fields of its JSON and in words.
pub(super) trait Statement: Serialize {
    /// What it means that it was accepted: the first line.
    const HOLDS: &'static str = "accepted: the signature and every check hold";

    /// The other lines.
    fn tell(&self, lines: &mut Lines);
}

/// A message by what identifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Once([u8; 32]);

impl Once {
    /// The message that these parts identify.
    pub(super) fn of(parts: &[&str]) -> Self {
        let mut digest = digest::Context::new(&digest::SHA256);
        for part in parts {
            digest.update(&part.len().to_be_bytes());
            digest.update(part.as_bytes());
        }
        let mut once = [0; 32];
        for (to, from) in once.iter_mut().zip(digest.finish().as_ref()) {
            *to = *from;
        }
        Self(once)
    }
}

/// A message that does not count.
#[derive(Debug, Clone)]
pub(super) struct Rejected {
    /// The stable reason code.
    pub(super) code: &'static str,
    /// Expected, received, remedy.
    pub(super) detail: String,
}

impl From<vestibule_core::port::Rejection> for Rejected {
    fn from(rejection: vestibule_core::port::Rejection) -> Self {
        Self {
            code: rejection.code,
            detail: rejection.detail,
        }
    }
}

impl From<vestibule_upstream::Rejection> for Rejected {
    fn from(rejection: vestibule_upstream::Rejection) -> Self {
        Self {
            code: rejection.code,
            detail: rejection.detail,
        }
    }
}

/// A verdict as one line of JSON.
pub(super) fn json<S: Statement>(
    id: &Value,
    verdict: Result<&S, &Rejected>,
) -> Result<String, Failure> {
    #[derive(Serialize)]
    struct Yes<'a, S> {
        id: &'a Value,
        accepted: bool,
        #[serde(flatten)]
        message: &'a S,
    }
    #[derive(Serialize)]
    struct No<'a> {
        id: &'a Value,
        accepted: bool,
        rejection: &'a str,
        detail: &'a str,
    }
    Ok(match verdict {
        Ok(message) => serde_json::to_string(&Yes {
            id,
            accepted: true,
            message,
        })?,
        Err(rejected) => serde_json::to_string(&No {
            id,
            accepted: false,
            rejection: rejected.code,
            detail: &rejected.detail,
        })?,
    })
}

/// A verdict for a person.
pub(super) fn in_words<S: Statement>(verdict: Result<&S, &Rejected>) -> String {
    match verdict {
        Ok(says) => {
            let mut lines = Lines(vec![S::HOLDS.to_owned()]);
            says.tell(&mut lines);
            lines.0.join("\n")
        }
        Err(rejected) => diagnosed(rejected),
    }
}

/// What a message says, line by line.
pub(super) struct Lines(Vec<String>);

impl Lines {
    /// A value, if there is one.
    pub(super) fn add(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.push(format!("  {name:<14}{}", shown(value)));
        }
    }

    /// Something that is so.
    pub(super) fn note(&mut self, what: &str, is_so: bool) {
        if is_so {
            self.0.push(format!("  {what}"));
        }
    }

    /// Values by name, below a heading.
    pub(super) fn table<'a>(
        &mut self,
        heading: &str,
        rows: impl Iterator<Item = (&'a String, &'a Vec<String>)>,
    ) {
        let mut rows = rows.peekable();
        self.note(heading, rows.peek().is_some());
        for (name, values) in rows {
            let values: Vec<String> = values.iter().map(|value| shown(value)).collect();
            self.0
                .push(format!("    {}: {}", shown(name), values.join(", ")));
        }
    }
}

fn diagnosed(rejected: &Rejected) -> String {
    let mut lines = vec![
        format!("rejected: {}", rejected.code),
        format!("  What     {}", shown(&rejected.detail)),
    ];
    if let Some(known) = rejections::find(rejected.code) {
        lines.push(format!("  Meaning  {}", known.meaning));
        lines.push(format!("  Remedy   {}", known.remedy));
    }
    lines.join("\n")
}

/// A value of a message, so that no terminal is led to do or show something else.
fn shown(value: &str) -> String {
    let harmless = |c: char| !c.is_control() && (c.is_ascii() || c.escape_debug().len() == 1);
    if value.chars().all(harmless) {
        value.to_owned()
    } else {
        format!("{value:?}")
    }
}
