//! A private PostgreSQL cluster for tests: made by `initdb` in a temporary folder, gone with the test.
//!
//! Owns finding PostgreSQL's programs, the cluster and its databases. Does not own schemas: a fresh database is empty.
//! The cluster listens on a socket in its own folder and on a free port of 127.0.0.1, and trusts whoever connects
//! there: it holds nothing but test data.

mod standby;

use std::{
    env,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use crate::{
    Error, port,
    supervised::{Launch, Supervised, User},
    tool,
};

/// The Debian package that brings the server and its tools.
const PACKAGE: &str = "postgresql";

/// The superuser of every test cluster.
const ROLE: &str = "vestibule";

/// A running cluster.
#[derive(Debug)]
pub struct Postgres {
    server: Supervised,
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
}

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// PostgreSQL's own defaults: for measurements, and for tests that pull the plug.
    Durable,
    /// Nothing waits for the disk; a test does not survive a power failure anyway.
    Fast,
}

impl Postgres {
    /// Starts a cluster that does not wait for the disk.
    ///
    /// # Errors
    /// [`Error::Missing`] without PostgreSQL's server programs; [`Error::NotReady`] when it does not come up.
    pub fn start() -> Result<Self, Error> {
        Self::start_with(Durability::Fast)
    }

    /// Starts a cluster.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn start_with(durability: Durability) -> Result<Self, Error> {
        let programs = programs()?;
        port::with_free(|port| Self::start_on(port, &programs, durability))
    }

    fn start_on(port: u16, programs: &Path, durability: Durability) -> Result<Self, Error> {
        let folder = tempfile::Builder::new()
            .prefix("vestibule-pg-")
            .tempdir()
            .map_err(Error::io("cannot create a folder for PostgreSQL"))?;
        let user = user_for(folder.path())?;
        create_cluster(programs, folder.path(), user)?;
        // From here on the keeper of the process removes the folder.
        let server = Supervised::start(Launch {
            command: &server_command(programs, folder.path(), port, durability),
            folder: folder.keep(),
            environment: &[],
            signal: "INT", // "fast shutdown": PostgreSQL's manual, 19.5
            user,
        })?;
        let cluster = Self {
            server,
            programs: programs.to_owned(),
            port,
            databases: AtomicU32::new(0),
        };
        cluster
            .server
            .wait_until("PostgreSQL", Duration::from_secs(60), || cluster.is_ready())?;
        Ok(cluster)
    }

    /// The cluster that all tests of this process share, started by the first that asks.
    ///
    /// # Errors
    /// As [`Postgres::start`]; the first error is told to everyone who asks.
    pub fn shared() -> Result<&'static Self, &'static Error> {
        static SHARED: OnceLock<Result<Postgres, Error>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// Creates an empty database that no other test knows, and gives its URL.
    ///
    /// # Errors
    /// [`Error::Tool`] when the cluster refuses.
    pub fn create_database(&self) -> Result<String, Error> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        let mut createdb = self.client("createdb");
        tool::succeed(createdb.arg("--template=template0").arg(&name), PACKAGE)?;
        Ok(self.url(&name))
    }

    /// Runs one SQL command in a database of this cluster, given by its URL, and gives the bare rows that it prints.
    ///
    /// # Errors
    /// [`Error::Tool`] with what PostgreSQL said.
    pub fn sql(&self, url: &str, command: &str) -> Result<String, Error> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            command,
            url,
        ]);
        let output = tool::succeed(&mut psql, PACKAGE)?;
        Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned())
    }

    /// The URL of the database `name` over loopback.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/{name}", self.port)
    }

    /// The folder of the cluster's socket, for clients that take a path as host.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.server.folder()
    }

    fn is_ready(&self) -> bool {
        self.client("pg_isready")
            .output()
            .is_ok_and(|output| output.status.success())
    }

    /// A client program that speaks to this cluster over its socket, so that it cannot meet another one on the port.
    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.arg("--host").arg(self.server.folder());
        command.args(["--port", &self.port.to_string(), "--username", ROLE]);
        command
    }
}

/// The folder with PostgreSQL's server programs: from `PATH`, or the newest of Debian's places.
fn programs() -> Result<PathBuf, Error> {
    let on_path = env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect::<Vec<_>>())
        .unwrap_or_default();
    let installed = |folder: &PathBuf| {
        ["initdb", "postgres", "psql", "createdb", "pg_isready"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    let mut places = on_path;
    places.extend(versions(Path::new("/usr/lib/postgresql")));
    places
        .into_iter()
        .find(installed)
        .ok_or_else(|| Error::Missing {
            program: "PostgreSQL's server (initdb, postgres)".to_owned(),
            package: PACKAGE,
        })
}

/// `<root>/<major version>/bin`, newest first.
fn versions(root: &Path) -> Vec<PathBuf> {
    let entries = root.read_dir().into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// PostgreSQL refuses to run as root. Then it runs as the user that its package made, or as nobody.
fn user_for(folder: &Path) -> Result<Option<User>, Error> {
    let owner = folder
        .metadata()
        .map_err(Error::io("cannot read the folder for PostgreSQL"))?
        .uid();
    if owner != 0 {
        return Ok(None);
    }
    let user = ["postgres", "nobody"].into_iter().find_map(|name| {
        Some(User {
            uid: number_of(name, "-u")?,
            gid: number_of(name, "-g")?,
        })
    });
    let user = user.ok_or_else(|| Error::Missing {
        program: "a user that PostgreSQL may run as (it refuses root)".to_owned(),
        package: PACKAGE,
    })?;
    chown(folder, Some(user.uid), Some(user.gid))
        .map_err(Error::io("cannot give PostgreSQL its folder"))?;
    Ok(Some(user))
}

fn number_of(name: &str, which: &str) -> Option<u32> {
    let output = Command::new("id").args([which, name]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn create_cluster(programs: &Path, folder: &Path, user: Option<User>) -> Result<(), Error> {
    let mut initdb = Command::new(programs.join("initdb"));
    initdb
        .current_dir(folder)
        .arg("--pgdata")
        .arg(data_of(folder));
    initdb.args([
        "--username",
        ROLE,
        "--auth=trust",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
    ]);
    if let Some(user) = user {
        initdb.uid(user.uid).gid(user.gid);
    }
    tool::succeed(&mut initdb, PACKAGE)?;
    Ok(())
}

fn server_command(
    programs: &Path,
    folder: &Path,
    port: u16,
    durability: Durability,
) -> Vec<String> {
    let mut command = vec![
        programs.join("postgres").display().to_string(),
        "-D".to_owned(),
        data_of(folder).display().to_string(),
    ];
    let port = format!("port={port}");
    let socket = format!("unix_socket_directories={}", folder.display());
    let mut settings = vec![
        port.as_str(),
        socket.as_str(),
        "listen_addresses=127.0.0.1",
        "max_connections=200",
        "timezone=UTC",
    ];
    if durability == Durability::Fast {
        settings.extend([
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
        ]);
    }
    for setting in settings {
        command.extend(["-c".to_owned(), setting.to_owned()]);
    }
    command
}

fn data_of(folder: &Path) -> PathBuf {
    folder.join("data")
}
