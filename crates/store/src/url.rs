//! The address of a store: `sqlite:PATH`, `sqlite::memory:`, `postgres://…`.
//!
//! Owns its spelling and the choice of TLS. Does not connect.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::error::OpenError;

/// A checked address. It may hold a password: neither [`fmt::Debug`] nor [`fmt::Display`] shows it.
#[derive(Clone)]
pub struct StoreUrl(Target);

/// What an address means.
#[derive(Clone)]
pub(crate) enum Target {
    /// A SQLite database in a file.
    File(PathBuf),
    /// A SQLite database that lives as long as the store: for tests and for looking around.
    Memory,
    /// A PostgreSQL server.
    Postgres(Box<PostgresTarget>),
}

/// A PostgreSQL server, or several of which one takes writes.
#[derive(Clone)]
pub(crate) struct PostgresTarget {
    /// Host, port, user, database and the rest, as libpq spells them.
    pub(crate) config: tokio_postgres::Config,
    /// Certificates that the server's must go back to, PEM; `None`: those that the system trusts.
    pub(crate) roots: Option<PathBuf>,
}

/// Where Debian's server listens, and libpq looks, when no host is named.
const USUAL_SOCKET: &str = "/var/run/postgresql";

impl StoreUrl {
    /// Reads an address.
    ///
    /// `postgres://` is spelled as libpq spells it (PostgreSQL 34.1.1.2), `?sslmode=` and `?sslrootcert=` included.
    /// Where no `sslmode` is given, a server on this machine is spoken to in plain and any other one with
    /// `verify-full`. Unlike libpq, a certificate is verified whenever there is one: encryption towards whoever is in
    /// between protects nobody.
    ///
    /// # Errors
    /// [`OpenError::Url`] with the remedy.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let target = match text.split_once(':') {
            Some(("sqlite", ":memory:")) => Target::Memory,
            Some(("sqlite", "")) => return Err(wrong("name a file: sqlite:vestibule.db")),
            // SQLite would read a path that begins so as an address of its own kind, with options in it.
            Some(("sqlite", path)) if path.starts_with("file:") => {
                Target::File(PathBuf::from("./").join(path))
            }
            Some(("sqlite", path)) => Target::File(path.into()),
            Some(("postgres" | "postgresql", _)) => Target::Postgres(Box::new(postgres(text)?)),
            _ => return Err(wrong("it must begin with sqlite: or postgres:")),
        };
        Ok(Self(target))
    }

    /// A SQLite database in this file.
    #[must_use]
    pub fn in_file(path: impl Into<PathBuf>) -> Self {
        Self(Target::File(path.into()))
    }

    /// The file of a SQLite database, if it has one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Target::File(path) => Some(path),
            Target::Memory | Target::Postgres(_) => None,
        }
    }

    /// Whether everything is forgotten when the store is closed.
    #[must_use]
    pub fn forgets(&self) -> bool {
        matches!(self.0, Target::Memory)
    }

    pub(crate) fn target(&self) -> &Target {
        &self.0
    }
}

impl FromStr for StoreUrl {
    type Err = OpenError;
    fn from_str(text: &str) -> Result<Self, OpenError> {
        Self::parse(text)
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::File(path) => write!(f, "sqlite:{}", path.display()),
            Target::Memory => f.write_str("sqlite::memory:"),
            Target::Postgres(target) => {
                let hosts: Vec<String> = target.config.get_hosts().iter().map(host_name).collect();
                let database = target.config.get_dbname().unwrap_or_default();
                write!(f, "postgres://{}/{database}", hosts.join(","))
            }
        }
    }
}

fn wrong(what: impl Into<String>) -> OpenError {
    OpenError::Url(what.into())
}

fn host_name(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    }
}

fn postgres(text: &str) -> Result<PostgresTarget, OpenError> {
    let (place, query) = text.split_once('?').unwrap_or((text, ""));
    let (mut ssl_mode, mut roots, mut rest) = (None, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        // The driver knows neither `verify-full` nor `sslrootcert`.
        match pair.split_once('=') {
            Some(("sslmode", mode)) => ssl_mode = Some(parse_ssl_mode(mode)?),
            Some(("sslrootcert", path)) => roots = Some(PathBuf::from(path)),
            _ => rest.push(pair),
        }
    }
    let bare = if rest.is_empty() {
        place.to_owned()
    } else {
        format!("{place}?{}", rest.join("&"))
    };
    let mut config =
        tokio_postgres::Config::from_str(&bare).map_err(|error| wrong(error.to_string()))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        config.host_path(USUAL_SOCKET);
    }
    config.ssl_mode(ssl_mode.unwrap_or(if is_local(&config) {
        SslMode::Disable
    } else {
        SslMode::Require
    }));
    if config.get_target_session_attrs() == TargetSessionAttrs::ReadOnly {
        return Err(wrong(
            "target_session_attrs=read-only: a store is written to; leave it out",
        ));
    }
    // Only a server that takes writes is of use, be it one of several or the only one: what a replica knows is old, and
    // a code that was used a second ago may still be good there (attack row FT-04). After a failover it is another one.
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    if config.get_application_name().is_none() {
        config.application_name("vestibule");
    }
    Ok(PostgresTarget { config, roots })
}

fn parse_ssl_mode(mode: &str) -> Result<SslMode, OpenError> {
    match mode {
        "disable" => Ok(SslMode::Disable),
        "prefer" => Ok(SslMode::Prefer),
        "require" | "verify-full" => Ok(SslMode::Require),
        _ => Err(wrong(
            "sslmode must be disable, prefer, require or verify-full",
        )),
    }
}

/// Nobody is in between.
fn is_local(config: &tokio_postgres::Config) -> bool {
    let host_is_local = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse()
                    .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
    };
    match config.get_hostaddrs() {
        [] => config.get_hosts().iter().all(host_is_local),
        addresses => addresses.iter().all(std::net::IpAddr::is_loopback),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ssl_mode(text: &str) -> SslMode {
        match StoreUrl::parse(text).unwrap().0 {
            Target::Postgres(target) => target.config.get_ssl_mode(),
            _ => panic!("{text} is not PostgreSQL"),
        }
    }

    #[test]
    fn other_machines_are_spoken_to_with_tls_unless_it_is_switched_off() {
        let table = [
            ("postgres://v@127.0.0.1:5432/v", SslMode::Disable),
            ("postgres://v@localhost/v", SslMode::Disable),
            ("postgres://v@%2Frun%2Fpostgresql/v", SslMode::Disable),
            ("postgres:///v?host=/run/postgresql", SslMode::Disable),
            ("postgres:///v", SslMode::Disable),
            ("postgres://v@db.example/v", SslMode::Require),
            ("postgres://v@localhost,db.example/v", SslMode::Require),
            (
                "postgres://v@localhost/v?hostaddr=192.0.2.1",
                SslMode::Require,
            ),
            (
                "postgres://v@db.example/v?sslmode=disable",
                SslMode::Disable,
            ),
            ("postgres://v@db.example/v?sslmode=prefer", SslMode::Prefer),
            (
                "postgresql://v@db.example/v?sslmode=require&connect_timeout=3",
                SslMode::Require,
            ),
            (
                "postgres://v@127.0.0.1/v?sslmode=verify-full&sslrootcert=/etc/ca.pem",
                SslMode::Require,
            ),
        ];
        for (text, expect) in table {
            assert_eq!(ssl_mode(text), expect, "{text}");
        }
    }

    #[test]
    fn ft_04_a_server_that_takes_writes_is_meant() {
        for text in [
            "postgres://v@a,b/v",
            "postgres://v@a/v",
            "postgres://v@a/v?target_session_attrs=any",
            "postgres://v@a/v?target_session_attrs=read-write",
        ] {
            let Target::Postgres(target) = StoreUrl::parse(text).unwrap().0 else {
                panic!("not PostgreSQL");
            };
            assert_eq!(
                target.config.get_target_session_attrs(),
                TargetSessionAttrs::ReadWrite,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            "",
            "sqlite:",
            "mysql://x",
            "postgres://v@h/v?sslmode=verify-ca",
            "postgres://v@h/v?nonsense=1",
            "postgres://v@h/v?target_session_attrs=read-only",
        ] {
            assert_eq!(
                StoreUrl::parse(bad).unwrap_err().code(),
                "store_url",
                "{bad}"
            );
        }
    }

    #[test]
    fn wa_16_a_password_is_not_shown() {
        let url = StoreUrl::parse("postgres://v:hunter2@db.example/v").unwrap();
        assert_eq!(url.to_string(), "postgres://db.example/v");
        assert!(!format!("{url:?}").contains("hunter2"));
    }
}
