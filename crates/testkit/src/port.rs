//! A free port on loopback, and another one when somebody else was faster.

use std::net::{Ipv4Addr, TcpListener};

use crate::Error;

/// What servers say when their port is taken: PostgreSQL, Keycloak.
const TAKEN: [&str; 2] = ["Address already in use", "already bound"];

/// Calls `start` with a free port, and again with another one if the port was taken between the look and the start.
pub(crate) fn with_free<T>(start: impl Fn(u16) -> Result<T, Error>) -> Result<T, Error> {
    for _ in 0..3 {
        match start(free()?) {
            Err(Error::NotReady { log, .. }) if TAKEN.iter().any(|words| log.contains(words)) => {}
            outcome => return outcome,
        }
    }
    start(free()?)
}

/// A port of 127.0.0.1 that nobody listens on now: for a server whose address its counterpart must know beforehand.
///
/// # Errors
/// [`Error::Io`] when the system has none.
pub fn free() -> Result<u16, Error> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("no free port"))?;
    let address = listener.local_addr().map_err(Error::io("no free port"))?;
    Ok(address.port())
}
