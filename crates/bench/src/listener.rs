//! A web server of this process, on a port of its own: identity providers and applications that the server calls.

use std::{net::TcpListener, time::Duration};

use actix_web::{App, HttpServer, dev::ServerHandle, web::ServiceConfig};
use anyhow::Result;

/// Longer than any pause of a measurement: a connection that is closed while it is taken up would fail a login.
const KEPT: Duration = Duration::from_secs(300);

/// A port that is taken.
pub(crate) struct Listener {
    socket: TcpListener,
    base: String,
}

impl Listener {
    /// Takes one.
    ///
    /// # Errors
    /// If none is free.
    pub(crate) fn bind() -> Result<Self> {
        let socket = TcpListener::bind("127.0.0.1:0")?;
        let base = format!("http://{}", socket.local_addr()?);
        Ok(Self { socket, base })
    }

    /// Its address, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Serves until it is told to stop; needs a runtime around it.
    ///
    /// # Errors
    /// If the port cannot be listened on.
    pub(crate) fn serve(
        self,
        routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<ServerHandle> {
        let server = HttpServer::new(move || App::new().configure(routes.clone()))
            .workers(1)
            .keep_alive(KEPT)
            .disable_signals()
            .listen(self.socket)?
            .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(handle)
    }
}
