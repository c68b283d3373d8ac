//! For operators and their tools: liveness, readiness, figures.

use std::{net::IpAddr, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::header::CONTENT_TYPE, web::Data};
use tokio::time::timeout;
use vestibule_engine::Visitor;

use super::{Site, browser::Browser, respond};

/// How long the store may take to answer before we call ourselves not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process is alive.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain"))
        .body("alive\n")
}

/// Logins can be served: the store answers. Keys are loaded, else we would not have started.
pub(super) async fn ready(site: Data<Site>) -> HttpResponse {
    match timeout(PATIENCE, site.health.ping()).await {
        Ok(Ok(())) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/plain"))
            .body("ready\n"),
        Ok(Err(error)) => {
            tracing::error!(code = error.code(), %error, "not ready");
            unready()
        }
        Err(_) => {
            tracing::error!(
                code = "store_slow",
                "not ready: the database did not answer within 2 s"
            );
            unready()
        }
    }
}

fn unready() -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header((CONTENT_TYPE, "text/plain"))
        .body("the database does not answer\n")
}

/// Figures in the Prometheus text format, for those who may read them: how many log in is nobody else's business.
pub(super) async fn metrics(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    let Visitor { address, .. } = Browser::known(&site, &request).visitor;
    let may_read = |address: IpAddr| {
        site.metrics_from
            .iter()
            .any(|network| network.contains(&address))
    };
    if !address.is_some_and(may_read) {
        return respond::not_found(site).await;
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4"))
        .body(site.metrics.render())
}
