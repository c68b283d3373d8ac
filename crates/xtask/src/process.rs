//! Running other programs: a step that must succeed, a probe that may fail, and a deadline for what talks to the
//! network.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How a program with a deadline ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It ended by itself with an error.
    Failed,
    /// It was stopped at the deadline.
    Late,
    /// It ended by itself with status 0.
    Succeeded,
}

/// Git gives up by itself: it must not ask a person for a password when a proxy answers instead of the host, and must
/// not outlive the cargo that started it.
const PATIENCE_OF_GIT: &[(&str, &str)] = &[
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_HTTP_LOW_SPEED_LIMIT", "1000"),
    ("GIT_HTTP_LOW_SPEED_TIME", "15"),
];

/// Runs `cargo` with `arguments` in `root`, showing its output; an error names the command that failed.
pub(crate) fn cargo(root: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    eprintln!("\n== cargo {}", arguments.join(" "));
    let status = cargo_command(root, arguments, environment)
        .status()
        .context("cargo could not be started")?;
    if !status.success() {
        bail!("failed: cargo {}", arguments.join(" "));
    }
    Ok(())
}

/// Whether `program` with `arguments` can be started and ends with status 0. Nothing is shown.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs `cargo` with `arguments`, silently, for at most `limit`.
pub(crate) fn cargo_within(root: &Path, arguments: &[&str], limit: Duration) -> Result<Ending> {
    let mut child = cargo_command(root, arguments, PATIENCE_OF_GIT)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cargo could not be started")?;
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() {
                Ending::Succeeded
            } else {
                Ending::Failed
            });
        }
        thread::sleep(Duration::from_millis(100));
    }
    child.kill()?;
    child.wait()?;
    Ok(Ending::Late)
}

fn cargo_command(root: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(arguments)
        .current_dir(root)
        .envs(environment.iter().copied());
    command
}
