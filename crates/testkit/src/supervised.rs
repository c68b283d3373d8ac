//! A server process that cannot outlive the test process, however that one ends.
//!
//! A value in a `static` is never dropped, and a killed process drops nothing. So a small shell stands between: it
//! starts the server, waits for its own standard input to close (which the kernel does when the test process ends),
//! stops the server and removes its folder.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::Error;

// "$1" is the folder, "$2" the signal that stops the server, the rest is the server's command. A server that ends by
// itself leaves a mark and its log, which the test reads before it lets go.
const KEEPER: &str = r#"
folder=$1; signal=$2; shift 2
exec 3<&0
"$@" 3<&- </dev/null & server=$!
( cat <&3 >/dev/null; [ -e "$folder/ended" ] || kill -s "$signal" "$server" ) & watcher=$!
wait "$server"
: >"$folder/ended"
wait "$watcher"
rm -rf "$folder"
"#;

/// A running server, and the folder that goes with it.
#[derive(Debug)]
pub(crate) struct Supervised {
    keeper: Child,
    folder: PathBuf,
}

/// How a server is started.
pub(crate) struct Launch<'a> {
    /// The folder of the server: its working directory, removed when it ends.
    pub(crate) folder: PathBuf,
    /// The program and its arguments.
    pub(crate) command: &'a [String],
    /// Variables set for the program.
    pub(crate) environment: &'a [(&'a str, String)],
    /// The signal that stops the server in order.
    pub(crate) signal: &'static str,
    /// Run as this user and group instead of the present one.
    pub(crate) user: Option<User>,
}

/// A user of the system, by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Supervised {
    /// Starts a server. Whether it works is for the caller to find out.
    pub(crate) fn start(launch: Launch<'_>) -> Result<Self, Error> {
        let Launch {
            folder,
            command,
            environment,
            signal,
            user,
        } = launch;
        let log = File::create(log_of(&folder)).map_err(Error::io("cannot create a log"))?;
        let second = log.try_clone().map_err(Error::io("cannot create a log"))?;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", KEEPER, "keeper"])
            .arg(&folder)
            .arg(signal)
            .args(command);
        shell
            .current_dir(&folder)
            .envs(environment.iter().map(|(name, value)| (name, value)));
        shell.stdin(Stdio::piped()).stdout(log).stderr(second);
        // Ctrl-C at the terminal is for the test process; the keeper hears of it by its closed input.
        shell.process_group(0);
        if let Some(user) = user {
            shell.uid(user.uid).gid(user.gid);
        }
        let keeper = shell.spawn().map_err(Error::io("cannot start a shell"))?;
        Ok(Self { keeper, folder })
    }

    /// The folder of the server.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The last lines that the server wrote.
    pub(crate) fn log(&self) -> String {
        let text = fs::read(log_of(&self.folder)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines
            .get(lines.len().saturating_sub(40)..)
            .unwrap_or_default()
            .join("\n")
    }

    /// Asks `ready` until it says yes, for at most `limit`, or until the server has ended.
    pub(crate) fn wait_until(
        &self,
        server: &'static str,
        limit: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + limit;
        loop {
            if ready() {
                return Ok(());
            }
            let reason = if self.folder.join("ended").exists() {
                "it ended by itself".to_owned()
            } else if Instant::now() > deadline {
                format!("nothing after {} s", limit.as_secs())
            } else {
                thread::sleep(Duration::from_millis(50));
                continue;
            };
            return Err(Error::NotReady {
                server,
                reason,
                log: self.log(),
            });
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // The keeper ends when the server has ended; there is nobody to tell if it does not.
        let _ = self.keeper.wait();
    }
}

fn log_of(folder: &Path) -> PathBuf {
    folder.join("server.log")
}
