//! What a command prints to and asks from.
//!
//! Owns the one trait through which commands touch standard input and output, so that tests see what was printed.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use secrecy::SecretString;
use serde::Serialize;

/// Standard output, standard error, and the person in front of them.
pub trait Terminal {
    /// Asks for a password without showing it; reads one line from standard input if that is no terminal.
    ///
    /// # Errors
    /// As the system says.
    fn ask_password(&mut self, question: &str) -> io::Result<SecretString>;

    /// Prints a line to standard error.
    ///
    /// # Errors
    /// As the system says.
    fn complain(&mut self, text: &str) -> io::Result<()>;

    /// Standard input, to be read line by line as it comes.
    fn input(&mut self) -> Box<dyn BufRead>;

    /// Is somebody there who can be asked twice?
    fn is_interactive(&self) -> bool;

    /// Prints a line to standard output.
    ///
    /// # Errors
    /// As the system says.
    fn print(&mut self, text: &str) -> io::Result<()>;
}

impl dyn Terminal + '_ {
    /// Prints a value as JSON.
    pub(super) fn print_json(&mut self, value: &impl Serialize) -> Result<(), super::Failure> {
        let text = serde_json::to_string_pretty(value)?;
        Ok(self.print(&text)?)
    }
}

/// The terminal that the program was started in.
#[derive(Debug, Clone, Copy)]
pub struct ThisTerminal;

/// The longest line that is read for a password.
const LONGEST_LINE: u64 = 4096;

impl Terminal for ThisTerminal {
    fn ask_password(&mut self, question: &str) -> io::Result<SecretString> {
        if self.is_interactive() {
            return rpassword::prompt_password(question).map(SecretString::from);
        }
        let mut text = String::new();
        io::stdin()
            .lock()
            .take(LONGEST_LINE)
            .read_to_string(&mut text)?;
        Ok(SecretString::from(text.lines().next().unwrap_or_default()))
    }

    fn complain(&mut self, text: &str) -> io::Result<()> {
        writeln!(io::stderr().lock(), "{text}")
    }

    fn input(&mut self) -> Box<dyn BufRead> {
        Box::new(io::stdin().lock())
    }

    fn is_interactive(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{text}")
    }
}
