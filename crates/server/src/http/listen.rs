//! Listening: TLS by own certificate or plain behind a proxy, time-outs, and a stop that lets running logins finish.

use std::{fs::File, io::BufReader, net::SocketAddr, path::PathBuf, time::Duration};

use actix_web::{App as ActixApp, HttpServer, dev::ServerHandle, middleware, web::Data};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use thiserror::Error;

use super::{Site, contain, framing, headers, observe, routes, unread};

/// The largest set of header lines takes longer to send than this only from somebody who dawdles.
const SLOWEST_HEADERS: Duration = Duration::from_secs(10);
/// How long a stop waits for requests under way.
const DRAIN_SECONDS: u64 = 20;

/// Certificate chain and key, PEM.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Leaf first.
    pub certificate: PathBuf,
    /// PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// Where and how to listen.
#[derive(Debug, Clone)]
pub struct Listener {
    /// Address and port.
    pub address: SocketAddr,
    /// `None`: plain http, for loopback or behind a proxy.
    pub tls: Option<Tls>,
    /// Threads that serve requests.
    pub workers: usize,
}

/// Why the server does not run.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
    /// It stopped by itself.
    #[error("the server stopped: {0}")]
    Stopped(std::io::Error),
    /// The certificate or key cannot be used.
    #[error("cannot use {file}: {cause}")]
    Tls {
        /// Which file.
        file: PathBuf,
        /// Why.
        cause: String,
    },
}

/// Serves until it is stopped by a signal or by the handle that `started` is given together with the bound address.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    site: Data<Site>,
    listener: Listener,
    started: impl FnOnce(SocketAddr, ServerHandle),
) -> Result<(), ServeError> {
    let server = HttpServer::new(move || {
        ActixApp::new()
            .wrap(middleware::from_fn(contain::contain))
            .wrap(middleware::from_fn(framing::check_framing))
            .wrap(middleware::from_fn(headers::harden))
            .wrap(middleware::from_fn(observe::observe))
            .wrap(middleware::from_fn(unread::hold_unread))
            .configure(routes(site.clone()))
    })
    .workers(listener.workers)
    .client_request_timeout(SLOWEST_HEADERS)
    .shutdown_timeout(DRAIN_SECONDS);
    let cannot_listen = |cause| ServeError::Listen {
        address: listener.address,
        cause,
    };
    let server = match &listener.tls {
        None => server.bind(listener.address),
        Some(tls) => server.bind_rustls_0_23(listener.address, tls_config(tls)?),
    };
    let server = server.map_err(cannot_listen)?;
    let address = server.addrs().first().copied().unwrap_or(listener.address);
    let server = server.run();
    started(address, server.handle());
    server.await.map_err(ServeError::Stopped)
}

fn tls_config(tls: &Tls) -> Result<ServerConfig, ServeError> {
    let fault = |file: &PathBuf, cause: String| ServeError::Tls {
        file: file.clone(),
        cause,
    };
    let open = |file: &PathBuf| {
        File::open(file)
            .map(BufReader::new)
            .map_err(|error| fault(file, error.to_string()))
    };
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_reader_iter(open(&tls.certificate)?)
            .collect::<Result<_, _>>()
            .map_err(|error| fault(&tls.certificate, error.to_string()))?;
    let key = PrivateKeyDer::from_pem_reader(open(&tls.key)?)
        .map_err(|error| fault(&tls.key, error.to_string()))?;
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| fault(&tls.certificate, error.to_string()))
}
