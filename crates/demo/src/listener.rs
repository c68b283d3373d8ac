//! Ports of the stand-ins: loopback only, taken first and served later.
//!
//! Owns binding, running and stopping of one web server. Does not know what is served.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, HttpServer, middleware};
use url::Url;

use crate::DemoError;
use crate::page::{self, Authority};

/// The largest form that a stand-in takes: a SAML message in base64 and then some.
pub(crate) const MAX_BODY_BYTES: usize = 512 * 1024;

/// Connections of one server at a time.
const MAX_CONNECTIONS: usize = 256;

const SLOWEST_HEADERS: Duration = Duration::from_secs(10);

/// A port that is ours, not served yet; who connects now waits until it is.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) address: SocketAddr,
    listener: TcpListener,
    who: &'static str,
}

/// Takes a port.
pub(crate) fn bind(who: &'static str, host: IpAddr, port: u16) -> Result<Bound, DemoError> {
    if !host.is_loopback() {
        return Err(DemoError::NotLoopback(host));
    }
    let address = SocketAddr::new(host, port);
    let failed = |cause| DemoError::Listen {
        address,
        who,
        cause,
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Bound {
        address,
        listener,
        who,
    })
}

impl Bound {
    /// `http://127.0.0.1:8081/`.
    pub(crate) fn url(&self) -> Result<Url, DemoError> {
        Url::parse(&format!("http://{}/", self.address)).map_err(|_| DemoError::Url(self.address))
    }

    /// The port itself, for what is not HTTP.
    pub(crate) fn into_listener(self) -> TcpListener {
        self.listener
    }

    /// Serves `routes` from a task of its own; needs a runtime around it.
    pub(crate) fn serve<R>(self, routes: R) -> Result<ServerHandle, DemoError>
    where
        R: Fn(&mut ServiceConfig) + Clone + Send + 'static,
    {
        let (address, who) = (self.address, self.who);
        let authority = Data::new(Authority(address));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(authority.clone())
                .wrap(middleware::from_fn(page::harden))
                .configure(routes.clone())
        })
        .workers(1)
        .max_connections(MAX_CONNECTIONS)
        .client_request_timeout(SLOWEST_HEADERS)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(self.listener)
        .map_err(|cause| DemoError::Listen {
            address,
            who,
            cause,
        })?
        .run();
        let handle = server.handle();
        tokio::spawn(async move {
            if let Err(cause) = server.await {
                tracing::error!(%cause, who, "a stand-in stopped by itself");
            }
        });
        Ok(handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_taken() {
        for (host, expected) in [
            ("127.0.0.1", true),
            ("127.1.2.3", true),
            ("0.0.0.0", false),
            ("::", false),
            ("192.0.2.1", false),
            ("::ffff:127.0.0.1", false),
        ] {
            let bound = bind("test", host.parse().unwrap(), 0);
            assert_eq!(bound.is_ok(), expected, "{host}");
            if let Err(error) = bound {
                assert_eq!(error.code(), "demo_not_loopback");
                assert!(error.to_string().contains("loopback only"), "{error}");
            }
        }
    }

    #[test]
    fn a_port_that_is_taken_is_told() {
        let host = "127.0.0.1".parse().unwrap();
        let first = bind("test", host, 0).unwrap();
        let error = bind("mail catcher", host, first.address.port()).unwrap_err();
        assert_eq!(error.code(), "demo_listen");
        assert!(
            error.to_string().contains("for the mail catcher"),
            "{error}"
        );
    }
}
