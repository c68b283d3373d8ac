//! Many messages: one JSON object a line in, one out.
//!
//! Owns the loop, the overriding of arguments, and the memory of what was accepted. Each line is judged on its own;
//! only with `--replay` does an earlier one count. A verdict is printed before the next line is read, so that the
//! program can be asked line by line.

use std::collections::HashSet;

use chrono::Utc;
use serde_json::{Map, Value};
use vestibule_core::port::{Conflict, StoreError};

use super::{
    Exit, Failure, Fault, How, Judge, Materials, Terminal,
    line::{self, BadLine, Line},
    needed,
    report::{self, Accepted, Once, Rejected},
    single,
};

/// A line that could not be judged. Not a verdict of the live endpoint.
const BAD_LINE: &str = "bad_line";

pub(super) fn run<S: Judge>(
    settings: &S,
    how: &How,
    terminal: &mut dyn Terminal,
) -> Result<Exit, Failure> {
    let Value::Object(arguments) = serde_json::to_value(settings)? else {
        return Err(Failure::No("the arguments have no names".to_owned()));
    };
    let mut batch = Batch {
        arguments,
        replay: how.replay,
        materials: Materials::default(),
        accepted: HashSet::new(),
    };
    let mut reader = single::open(how.file.as_deref(), terminal)?;
    let (mut buffer, mut all_judged, mut first) = (Vec::new(), true, true);
    while let Some(whole) = line::next(reader.as_mut(), &mut buffer).map_err(single::unreadable)? {
        let mut bytes = buffer.as_slice();
        if std::mem::take(&mut first) {
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let (id, outcome) = batch.line::<S>(bytes, whole);
        let verdict = outcome.map(|accepted| accepted.says).map_err(|fault| {
            let why = match fault {
                Fault::Rejected(rejected) => return rejected,
                Fault::Unjudged(why) => why,
                Fault::Unusable { argument, why } => format!("`{argument}` {why}"),
            };
            all_judged = false;
            Rejected {
                code: BAD_LINE,
                detail: why,
            }
        });
        terminal.print(&report::json(&id, verdict.as_ref())?)?;
    }
    Ok(if all_judged { Exit::Yes } else { Exit::Usage })
}

struct Batch {
    /// The arguments of the command line, by their names.
    arguments: Map<String, Value>,
    replay: bool,
    materials: Materials,
    /// What was accepted so far.
    accepted: HashSet<Once>,
}

impl Batch {
    fn line<S: Judge>(
        &mut self,
        bytes: &[u8],
        whole: bool,
    ) -> (Value, Result<Accepted<S::Says>, Fault>) {
        let line = match line::parse(bytes) {
            Ok(line) if whole => line,
            Err(bad) if whole => return (bad.id, Err(Fault::Unjudged(bad.why))),
            Ok(Line { id, .. }) | Err(BadLine { id, .. }) => {
                let fault = match id {
                    Value::Null => Fault::Unjudged("the line is too long".to_owned()),
                    // No message that fills such a line can be accepted, so this is a verdict.
                    _ => Fault::Rejected(single::too_large::<S>()),
                };
                return (id, Err(fault));
            }
        };
        let outcome = self.judge::<S>(&line);
        (line.id, outcome)
    }

    fn judge<S: Judge>(&mut self, line: &Line) -> Result<Accepted<S::Says>, Fault> {
        if let (Some(true), Err(why)) = (line.replay, S::REPLAY) {
            return Err(Fault::Unusable {
                argument: "replay",
                why: why.to_owned(),
            });
        }
        let settings: S = self.overridden(line)?;
        let message = line.message.as_deref().or(settings.message());
        let message = needed(message, "message")?.as_bytes();
        if message.len() > S::LARGEST {
            return Err(Fault::Rejected(single::too_large::<S>()));
        }
        let accepted = settings.judge(message, &mut self.materials, Utc::now())?;
        let first_time = accepted.once.is_none_or(|once| self.accepted.insert(once));
        if !first_time && line.replay.unwrap_or(self.replay) {
            // The code that the store gives a login.
            let code = StoreError::Conflict(Conflict::AlreadyUsed).code();
            return Err(Fault::Rejected(Rejected {
                code,
                detail: "a message with this content was accepted earlier in the batch".to_owned(),
            }));
        }
        Ok(accepted)
    }

    fn overridden<S: Judge>(&self, line: &Line) -> Result<S, Fault> {
        let mut arguments = self.arguments.clone();
        for (name, value) in &line.overrides {
            // All arguments are there, those that were not given as null.
            if arguments.remove(name).is_none() {
                return Err(Fault::Unjudged(format!("there is no argument `{name}`")));
            }
            if !value.is_null() {
                arguments.insert(name.clone(), value.clone());
            }
        }
        serde_json::from_value(Value::Object(arguments))
            .map_err(|error| Fault::Unjudged(error.to_string()))
    }
}
