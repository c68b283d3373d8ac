//! The command line: one file per command.
//!
//! Owns the arguments, what is printed, and the exit status: 0 for yes, 1 for no, 2 where the question could not be put or
//! nobody could look, 141 when nobody reads any more what is printed. What each command's yes and no are stands in
//! `docs/reference/exit-status.md`. Does not own what a command does: the wiring, the store and the core do it.

mod audit;
mod check;
mod demo;
mod failure;
mod inspect;
mod key;
mod logout;
mod metadata;
mod migrate;
mod policy;
mod serve;
mod session;
mod terminal;
mod user;
mod who;

use std::{ffi::OsString, future::Future, path::PathBuf};

use clap::{Arg, Parser, Subcommand, error::ErrorKind, value_parser};

use self::failure::Failure;
pub use self::terminal::{Terminal, ThisTerminal};
use crate::config::Config;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked, and the answer is yes.
    Yes,
    /// The answer is no, or what was asked for is refused.
    No,
    /// Nobody could look: the configuration, the store or a counterpart is not as it has to be.
    Unable,
    /// Whoever read the output went away before its end.
    Unread,
    /// The arguments make no sense, or name something that is not in the configuration.
    Usage,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Yes => Self::SUCCESS,
            Exit::No => Self::from(1),
            Exit::Unable | Exit::Usage => Self::from(2),
            // 128 + SIGPIPE, as a shell reports programs that the signal ends.
            Exit::Unread => Self::from(141),
        }
    }
}

/// A second factor in front of Atlassian, by group policy, whatever the identity provider behind it.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, max_term_width = 100)]
struct Cli {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_CONFIG",
        default_value = "broker.yaml",
        value_name = "FILE"
    )]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

/// `--config` of a command that does not read it: taken, as everywhere, and not offered.
fn unread_config() -> Arg {
    Arg::new("config")
        .long("config")
        .global(true)
        .hide(true)
        .value_parser(value_parser!(PathBuf))
}

#[derive(Debug, Subcommand)]
enum Command {
    Audit(audit::Audit),
    Check(check::Check),
    Demo(demo::Demo),
    Inspect(Box<inspect::Inspect>),
    Key(key::Key),
    Logout(logout::LogoutCommand),
    Metadata(metadata::Metadata),
    Migrate(migrate::Migrate),
    Policy(policy::PolicyCommand),
    Serve(serve::Serve),
    Session(session::SessionCommand),
    User(user::User),
}

/// Runs one command. `arguments` begin with the program's name.
pub fn run<I>(arguments: I, terminal: &mut dyn Terminal) -> Exit
where
    I: IntoIterator,
    I::Item: Into<OsString> + Clone,
{
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return help_or_usage(&error, terminal),
    };
    let done = match cli.command {
        Command::Audit(command) => command.run(&cli.config, terminal),
        Command::Check(command) => command.run(&cli.config, terminal),
        Command::Demo(command) => command.run(&cli.config, terminal),
        Command::Inspect(command) => command.run(terminal),
        Command::Key(command) => command.run(&cli.config, terminal),
        Command::Logout(command) => command.run(&cli.config, terminal),
        Command::Metadata(command) => command.run(&cli.config, terminal),
        Command::Migrate(command) => command.run(&cli.config, terminal),
        Command::Policy(command) => command.run(&cli.config, terminal),
        Command::Serve(command) => command.run(&cli.config, terminal),
        Command::Session(command) => command.run(&cli.config, terminal),
        Command::User(command) => command.run(&cli.config, terminal),
    };
    done.unwrap_or_else(|failure| failure.tell(terminal))
}

fn help_or_usage(error: &clap::Error, terminal: &mut dyn Terminal) -> Exit {
    let text = error.render().to_string();
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    // Nobody is left to tell when the terminal is gone.
    let _ = if asked_for {
        terminal.print(text.trim_end())
    } else {
        terminal.complain(text.trim_end())
    };
    if asked_for { Exit::Yes } else { Exit::Usage }
}

/// Loads a configuration for a command that needs one without mistakes; its risks are told by `check` and `serve`.
fn load(path: &std::path::Path) -> Result<Config, Failure> {
    let (config, _) = Config::load(path)?;
    Ok(config)
}

/// Waits for a command's work. Each command is a program of its own, so one thread is enough.
fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(work)
}

/// As [`wait`], with a runtime that serves: as many threads as cores.
fn serving<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    actix_web::rt::System::with_tokio_rt(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        runtime.unwrap_or_else(|error| {
            tracing::error!(code = "runtime_failed", %error, "no threads can be started");
            std::process::exit(1)
        })
    })
    .block_on(work)
}

#[cfg(test)]
mod tests;
