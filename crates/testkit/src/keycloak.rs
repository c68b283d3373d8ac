//! A real Keycloak, as an upstream that was not written by us.
//!
//! Owns getting it (by its Maven coordinates, once per checkout), starting it on a free loopback port with a realm of
//! the test's choice, and its addresses. Does not own what is in the realm: that is [`Realm`], filled by the test.
//!
//! It answers as `localhost`. A Vestibule under test listens on `127.0.0.1`, which is another site to a browser: so the
//! cookie rules between the two are those of real life.

mod distribution;
mod realm;

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    process::Command,
    time::Duration,
};

use url::Url;

pub use self::realm::{NameId, OidcClient, Person, Realm, SamlClient, SamlSignatures};
use crate::{
    Error, port,
    supervised::{Launch, Supervised},
};

/// A cold start takes 15 to 60 seconds on two cores, depending on what else they do.
const START_LIMIT: Duration = Duration::from_secs(240);

/// The heap and the compiler of a server that lives for minutes.
const JAVA_OPTIONS: [(&str, &str); 2] = [
    ("JAVA_OPTS_KC_HEAP", "-Xms128m -Xmx640m"),
    ("JAVA_OPTS_APPEND", "-XX:TieredStopAtLevel=1"),
];

/// A running Keycloak with one realm of ours.
#[derive(Debug)]
pub struct Keycloak {
    // Held for its end: dropping it stops the server.
    _server: Supervised,
    realm: Url,
}

impl Keycloak {
    /// Starts Keycloak with `realm`, fetching it first if this checkout has not yet. Blocks until it answers.
    ///
    /// # Errors
    /// As [`Keycloak::import`].
    pub fn start(realm: &Realm) -> Result<Self, Error> {
        Self::import(&[(realm.name(), &realm.json().to_string())], &[])
    }

    /// As [`Keycloak::start`], with realms written by others: name and JSON of each. The addresses are those of the
    /// first. `${NAME}` in them stands for a variable of `environment`.
    ///
    /// # Errors
    /// [`Error::Missing`] without a Java that it runs on, or without Maven to fetch it; [`Error::NotReady`] with the
    /// end of its log when it does not come up, for instance over a realm that it does not understand.
    pub fn import(
        realms: &[(&str, &str)],
        environment: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let java = distribution::java()?;
        let home = distribution::home()?;
        port::with_free(|port| {
            let folder = tempfile::Builder::new()
                .prefix("vestibule-keycloak-")
                .tempdir()
                .map_err(Error::io("cannot create a folder for Keycloak"))?;
            // Keycloak writes beside its own programs, so each one gets a copy.
            let copy = Command::new("cp")
                .arg("-R")
                .arg(home.join("."))
                .arg(folder.path())
                .status();
            copy.map_err(Error::io("cannot copy Keycloak"))?;
            let import = folder.path().join("data").join("import");
            fs::create_dir_all(&import)
                .map_err(Error::io("cannot create Keycloak's import folder"))?;
            for (name, json) in realms {
                fs::write(import.join(format!("{name}-realm.json")), json)
                    .map_err(Error::io("cannot write a realm"))?;
            }

            let mut variables: Vec<(&str, String)> = [&JAVA_OPTIONS, environment]
                .concat()
                .into_iter()
                .map(|(name, value)| (name, value.to_owned()))
                .collect();
            variables.push(("JAVA", java.display().to_string()));
            let address = format!("http://localhost:{port}");
            let server = Supervised::start(Launch {
                folder: folder.keep(),
                command: &command(port, &address),
                environment: &variables,
                signal: "TERM",
                user: None,
            })?;
            let first = realms.first().map_or("master", |(name, _)| name);
            let path = format!("/realms/{first}");
            server.wait_until("Keycloak", START_LIMIT, || answers(port, &path))?;
            let realm = Url::parse(&format!("{address}{path}"));
            let realm = realm.map_err(|_| Error::Page {
                what: "no address".to_owned(),
                page: path,
            })?;
            Ok(Self {
                _server: server,
                realm,
            })
        })
    }

    /// The realm's address: issuer of its ID tokens and entity ID of its SAML identity provider.
    #[must_use]
    pub fn realm(&self) -> &Url {
        &self.realm
    }

    /// The issuer, for `<issuer>/.well-known/openid-configuration`.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.realm.to_string()
    }

    /// Where the SAML metadata of the realm is.
    #[must_use]
    pub fn saml_metadata(&self) -> Url {
        self.below("/protocol/saml/descriptor")
    }

    /// Where the realm takes SAML messages.
    #[must_use]
    pub fn saml_endpoint(&self) -> Url {
        self.below("/protocol/saml")
    }

    /// Where the realm takes authorization requests.
    #[must_use]
    pub fn authorization_endpoint(&self) -> Url {
        self.below("/protocol/openid-connect/auth")
    }

    fn below(&self, path: &str) -> Url {
        let mut url = self.realm.clone();
        url.set_path(&format!("{}{path}", self.realm.path()));
        url
    }
}

fn command(port: u16, address: &str) -> Vec<String> {
    let port = format!("--http-port={port}");
    let hostname = format!("--hostname={address}");
    [
        "sh",
        "bin/kc.sh",
        "start-dev",
        "--db=dev-mem",
        "--import-realm",
        "--http-host=127.0.0.1",
        &port,
        &hostname,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Whether a GET of `path` is answered with 200. The realm is imported before Keycloak listens.
fn answers(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
        )?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(&status == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
