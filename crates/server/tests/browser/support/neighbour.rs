//! Applications that the demo does not have, for logouts: the relying party Notes, told in a frame, and an address from
//! which nobody comes back.
//!
//! Owns a server that answers whatever is asked with a page that says where somebody is. It checks nothing; whether an
//! answer is good, the demo's application says.

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::{Server, ServerHandle},
    web,
};

/// It stops when its owner stops it.
pub(super) struct Neighbour {
    /// Where it is, without a slash at the end.
    pub(super) url: String,
    server: ServerHandle,
}

impl Neighbour {
    /// Begins to answer.
    pub(super) fn open() -> Self {
        let server = HttpServer::new(|| App::new().default_service(web::to(here)));
        let server = server.workers(1).disable_signals();
        let server = server.bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        let running: Server = server.run();
        let neighbour = Self {
            url,
            server: running.handle(),
        };
        actix_web::rt::spawn(running);
        neighbour
    }

    /// Answers nobody any more.
    pub(super) async fn close(self) {
        self.server.stop(false).await;
    }
}

async fn here(request: HttpRequest) -> HttpResponse {
    let heading = match request.path() {
        "/in" => "Notes: Logged in",
        _ => "Nobody is led back from here",
    };
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(format!(
            "<!doctype html><html lang=en><meta name=viewport content='width=device-width'>\
             <title>{heading}</title><main><h1>{heading}</h1></main>"
        ))
}
