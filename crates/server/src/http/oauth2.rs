//! Our face towards OpenID Connect applications, as far as browsers come to it.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    web::{Data, Payload},
};
use vestibule_core::{port::Incoming, request::Protocol};

use super::{Site, body::raw_form, browser::Browser, respond};

/// How long others may keep our metadata and our keys, in seconds: a new key is published long before it signs.
const KEPT: &str = "public, max-age=300";

/// What an application needs to know of us (OpenID Connect Discovery 1.0 section 4).
pub(super) async fn metadata(site: Data<Site>) -> HttpResponse {
    match site.oidc.metadata() {
        Ok(text) => published("application/json", text),
        Err(error) => {
            tracing::error!(
                code = error.code,
                %error,
                "our metadata cannot be written"
            );
            respond::fault_of_ours(&site, None)
        }
    }
}

/// Our public keys (RFC 7517 section 8.5.1).
pub(super) async fn jwks(site: Data<Site>) -> HttpResponse {
    published("application/jwk-set+json", site.oidc.jwks())
}

fn published(kind: &'static str, text: Arc<str>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static(KEPT)))
        .body(text.to_string())
}

/// An authorization request as a GET.
pub(super) async fn authorize(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::arriving(&site, &request);
    let incoming = Incoming {
        query: request.query_string().to_owned(),
        form: None,
    };
    receive(&site, browser, &incoming).await
}

/// An authorization request as a POST: as a rule from another site, so without our cookie.
pub(super) async fn authorize_by_form(
    site: Data<Site>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let raw = match raw_form(&request, payload.into_inner()).await {
        Ok(raw) => raw,
        Err(bad) => return respond::bad_body(&site, bad),
    };
    let browser = Browser::known(&site, &request);
    let incoming = Incoming {
        query: request.query_string().to_owned(),
        form: Some(raw),
    };
    receive(&site, browser, &incoming).await
}

async fn receive(site: &Site, browser: Browser, incoming: &Incoming) -> HttpResponse {
    let outcome = site
        .engine
        .receive(Protocol::Oidc, incoming, browser.visitor)
        .await;
    respond::outcome(site, browser, outcome)
}
