//! One message.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use chrono::Utc;

use super::{
    Exit, Failure, Fault, How, Judge, Materials, Terminal,
    report::{self, Rejected},
};

pub(super) fn run<S: Judge>(
    settings: &S,
    how: &How,
    terminal: &mut dyn Terminal,
) -> Result<Exit, Failure> {
    let read;
    let message = match settings.message() {
        Some(message) => message.as_bytes(),
        None => {
            read = from_file(how.file.as_deref(), S::LARGEST, terminal)?;
            S::bare(&read)
        }
    };
    let outcome = if message.len() > S::LARGEST {
        Err(Fault::Rejected(too_large::<S>()))
    } else {
        settings.judge(message, &mut Materials::default(), Utc::now())
    };
    let verdict = match outcome {
        Ok(accepted) => Ok(accepted.says),
        Err(Fault::Rejected(rejected)) => Err(rejected),
        Err(Fault::Unjudged(why)) => return Err(Failure::Usage(why)),
        Err(Fault::Unusable { argument, why }) => {
            let argument = argument.replace('_', "-");
            return Err(Failure::Usage(format!("--{argument} {why}")));
        }
    };
    if how.json {
        let line = report::json(&serde_json::Value::Null, verdict.as_ref())?;
        terminal.print(&line)?;
    } else {
        terminal.print(&report::in_words(verdict.as_ref()))?;
    }
    Ok(match verdict {
        Ok(_) => Exit::Yes,
        Err(_) => Exit::No,
    })
}

/// The verdict on a message that is larger than any that is looked at.
pub(super) fn too_large<S: Judge>() -> Rejected {
    Rejected {
        code: S::TOO_LARGE,
        detail: format!("the message is larger than {} bytes", S::LARGEST),
    }
}

/// The message, or so much of it that it is seen to be too large.
fn from_file(
    file: Option<&Path>,
    largest: usize,
    terminal: &mut dyn Terminal,
) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    // White space around it may be dropped.
    let bound = u64::try_from(largest).unwrap_or(u64::MAX).saturating_mul(2);
    let mut reader = open(file, terminal)?.take(bound);
    reader.read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// What cannot be read is not rejected: nothing is known of it.
pub(super) fn unreadable(error: io::Error) -> Failure {
    Failure::Usage(format!("the input cannot be read: {error}"))
}

/// The file, or standard input.
pub(super) fn open(
    file: Option<&Path>,
    terminal: &mut dyn Terminal,
) -> Result<Box<dyn io::BufRead>, Failure> {
    match file {
        Some(path) if path != Path::new("-") => {
            let file = File::open(path)
                .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
            Ok(Box::new(io::BufReader::new(file)))
        }
        _ => Ok(terminal.input()),
    }
}
