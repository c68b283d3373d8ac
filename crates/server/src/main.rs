//! The `vestibule` binary.

use std::process::ExitCode;

use vestibule_server::cli::{ThisTerminal, run};

fn main() -> ExitCode {
    run(std::env::args_os(), &mut ThisTerminal).into()
}
