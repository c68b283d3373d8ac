//! `vestibule serve` in a process of its own.
//!
//! Owns its start, its end, and what can be read of it from outside: CPU, memory. Does not own its configuration.

use std::{
    fs::File,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::clock::ProcessClock;

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server; killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) clock: ProcessClock,
    /// From the start of the process to its first answer 200.
    pub(crate) started_in: Duration,
}

impl Server {
    /// Starts it with a configuration, and waits until it says that it is ready.
    ///
    /// # Errors
    /// If it ends, or is not ready in time.
    pub(crate) fn start(program: &Path, configuration: &Path, port: u16) -> Result<Self> {
        let folder = configuration.parent().context("a file in a folder")?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join("log"))?;
        let begun = Instant::now();
        let process = Command::new(program)
            .arg("--config")
            .arg(configuration)
            .arg("serve")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let clock = ProcessClock::of(process.id())?;
        let mut server = Self {
            process,
            clock,
            started_in: Duration::ZERO,
        };
        while !is_ready(port) {
            if let Some(status) = server.process.try_wait()? {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                let end: Vec<&str> = log.lines().rev().take(5).collect();
                bail!("the server ended with {status}: {}", end.join("\n"));
            }
            if begun.elapsed() > PATIENCE {
                bail!("the server is not ready after {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        server.started_in = begun.elapsed();
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which a measurement has noticed before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One request on a connection of its own.
fn is_ready(port: u16) -> bool {
    let asked = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"HTTP/1.1 200")
    };
    asked().unwrap_or(false)
}
