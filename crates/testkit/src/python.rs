//! Counterparts in Python: pysaml2 as a service provider, Authlib as OpenID clients.
//!
//! Owns the libraries (from the package index, in exact versions that are known by their hashes, once per target
//! folder), and starting one of the programs in `peers/python` on a port of the test's choice. Does not own their
//! judgement, nor what a test asks of them.

use std::{
    fs,
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use aws_lc_rs::digest;
use serde_json::{Map, Value};
use url::Url;

use crate::{
    Error, port,
    supervised::{Launch, Supervised},
    target, tool,
};

/// The libraries, and what they need.
const REQUIREMENTS: &str = include_str!("../peers/python/requirements.txt");

/// Importing the libraries takes a second or two, more when all cores are busy.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Seconds without an answer of the package index, and how often it is asked again: so that a run without a network
/// ends with a word instead of hanging.
const PATIENCE: [&str; 2] = ["--timeout=15", "--retries=2"];

/// A program of `peers/python`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// OpenID clients, made of Authlib; tokens are verified by PyJWT, too.
    OpenIdClient,
    /// A SAML service provider, made of pysaml2.
    SamlService,
}

/// A running program; it stops when this is dropped.
#[derive(Debug)]
pub struct Peer {
    server: Supervised,
    address: Url,
}

impl Program {
    fn file(self) -> &'static str {
        match self {
            Self::OpenIdClient => "openid_client.py",
            Self::SamlService => "saml_service.py",
        }
    }

    /// Starts it with these settings on a free port. Blocks until it listens.
    ///
    /// # Errors
    /// [`Error::Missing`] without Python; [`Error::Tool`] when its libraries cannot be fetched; [`Error::NotReady`] with
    /// its log when it does not come up.
    pub fn start(self, settings: &[(&str, Value)]) -> Result<Peer, Error> {
        let python = environment()?.join("bin/python");
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/python");
        port::with_free(|port| {
            let folder = tempfile::Builder::new()
                .prefix("vestibule-peer-")
                .tempdir()
                .map_err(Error::io("cannot create a folder for a peer"))?
                .keep();
            let ours = [
                ("port", port.into()),
                ("folder", folder.display().to_string().into()),
            ];
            let told: Map<_, _> = settings
                .iter()
                .chain(&ours)
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            let file = folder.join("settings.json");
            fs::write(&file, Value::from(told).to_string())
                .map_err(Error::io("cannot write settings"))?;
            let words = [&python, &program.join(self.file()), &file];
            let server = Supervised::start(Launch {
                folder,
                command: &words.map(|word| word.display().to_string()),
                environment: &[
                    // Authlib speaks plain http only when it is told to; all of this is on loopback.
                    ("AUTHLIB_INSECURE_TRANSPORT", "1".to_owned()),
                    ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
                    ("PYTHONUNBUFFERED", "1".to_owned()),
                ],
                signal: "TERM",
                user: None,
            })?;
            server.wait_until(self.file(), START_LIMIT, || {
                TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
            })?;
            let address = format!("http://127.0.0.1:{port}/");
            let address = Url::parse(&address).map_err(|_| Error::Page {
                what: "no address".to_owned(),
                page: address,
            })?;
            Ok(Peer { server, address })
        })
    }
}

impl Peer {
    /// Its root; it ends in a slash.
    #[must_use]
    pub fn address(&self) -> &Url {
        &self.address
    }

    /// The last lines that it wrote: what a library thinks of what it refused.
    #[must_use]
    pub fn log(&self) -> String {
        self.server.log()
    }
}

/// The folder of a Python with the libraries, made when it is not there.
fn environment() -> Result<PathBuf, Error> {
    let cache = target::folder().join("python");
    let home = cache.join(name_of(REQUIREMENTS));
    if home.is_dir() {
        return Ok(home);
    }
    let place = Error::io("cannot create the folder for Python");
    fs::create_dir_all(&cache).map_err(place)?;
    let place = Error::io("cannot create the folder for Python");
    let fresh = tempfile::tempdir_in(&cache).map_err(place)?;
    let made = fresh.path().join("environment");
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&made);
    tool::succeed(&mut venv, "python3-venv")?;
    let requirements = fresh.path().join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).map_err(Error::io("cannot write requirements"))?;
    let mut pip = Command::new(made.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--only-binary=:all:"])
        .args(PATIENCE)
        .args(["--require-hashes", "--requirement"])
        .arg(&requirements);
    tool::succeed(&mut pip, "python3-venv")?;
    // Two runs may fetch at once; the second finds the place taken by the same files. Python finds its libraries by the
    // place of its own file, so that it may be moved.
    match fs::rename(&made, &home) {
        Err(_) if home.is_dir() => Ok(home),
        outcome => outcome
            .map(|()| home)
            .map_err(Error::io("cannot move Python into its place")),
    }
}

/// A folder for each set of libraries.
fn name_of(requirements: &str) -> String {
    let hash = digest::digest(&digest::SHA256, requirements.as_bytes());
    let hash = hash.as_ref().iter().take(8);
    hash.map(|byte| format!("{byte:02x}")).collect()
}
