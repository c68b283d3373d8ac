//! Programs that do one thing and end.

use std::{
    io::ErrorKind,
    process::{Command, Output},
};

use crate::Error;

/// Runs a program to its end, which must be a good one. `package` is the Debian package that brings it.
pub(crate) fn succeed(command: &mut Command, package: &'static str) -> Result<Output, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Error::Missing { program, package });
        }
        Err(cause) => {
            return Err(Error::Io {
                what: format!("cannot start {program}"),
                cause,
            });
        }
    };
    if output.status.success() {
        return Ok(output);
    }
    Err(Error::Tool {
        program,
        output: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
