//! A second server that follows a cluster, as PostgreSQL's manual 26.2 describes it, and takes its place when it is
//! told.

use std::{
    os::unix::process::CommandExt,
    process::Command,
    sync::atomic::AtomicU32,
    time::{Duration, Instant},
};

use super::{Durability, PACKAGE, Postgres, ROLE, data_of, server_command, user_for};
use crate::{
    Error, port,
    supervised::{Launch, Supervised},
    tool,
};

/// How long a standby may take for what it is told.
const PATIENCE: Duration = Duration::from_secs(60);

impl Postgres {
    /// Starts a server that has what this one has, follows it, and takes no writes.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn standby(&self) -> Result<Self, Error> {
        port::with_free(|port| self.standby_on(port))
    }

    fn standby_on(&self, port: u16) -> Result<Self, Error> {
        let folder = tempfile::Builder::new()
            .prefix("vestibule-pg-")
            .tempdir()
            .map_err(Error::io("cannot create a folder for PostgreSQL"))?;
        let user = user_for(folder.path())?;
        let mut copy = Command::new(self.programs.join("pg_basebackup"));
        copy.arg("--host").arg(self.server.folder());
        copy.args(["--port", &self.port.to_string(), "--username", ROLE]);
        copy.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]);
        copy.arg("--pgdata").arg(data_of(folder.path()));
        if let Some(user) = user {
            copy.uid(user.uid).gid(user.gid);
        }
        tool::succeed(copy.current_dir(folder.path()), PACKAGE)?;
        let command = server_command(&self.programs, folder.path(), port, Durability::Fast);
        let server = Supervised::start(Launch {
            command: &command,
            folder: folder.keep(),
            environment: &[],
            signal: "INT",
            user,
        })?;
        let standby = Self {
            server,
            programs: self.programs.clone(),
            port,
            databases: AtomicU32::new(0),
        };
        standby
            .server
            .wait_until("PostgreSQL", PATIENCE, || standby.is_ready())?;
        Ok(standby)
    }

    /// Waits until this server, a standby, has everything that `primary` has written so far.
    ///
    /// # Errors
    /// [`Error::Tool`] when one of them does not answer; [`Error::NotReady`] when it does not catch up.
    pub fn catches_up_with(&self, primary: &Self) -> Result<(), Error> {
        let end = primary.sql(
            &primary.url("postgres"),
            "SELECT pg_current_wal_insert_lsn()",
        )?;
        let is_there = format!("SELECT pg_last_wal_replay_lsn() >= '{end}'");
        let deadline = Instant::now() + PATIENCE;
        while self.sql(&self.url("postgres"), &is_there)? != "t" {
            if Instant::now() > deadline {
                return Err(Error::NotReady {
                    server: "PostgreSQL's standby",
                    reason: format!("it never had {end}"),
                    log: self.server.log(),
                });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Makes this server, a standby, take writes.
    ///
    /// # Errors
    /// [`Error::Tool`] when it refuses.
    pub fn promote(&self) -> Result<(), Error> {
        self.sql(&self.url("postgres"), "SELECT pg_promote()")?;
        Ok(())
    }
}
