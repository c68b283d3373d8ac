//! Our face towards OpenID Connect applications, as far as browsers come to it.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    web::Data,
};
use vestibule_core::request::Protocol;

use super::{Site, browser::Browser, message::Message, respond};

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

/// An authorization request, as a GET or a POST (OpenID Connect Core 3.1.2.1).
pub(super) async fn authorize(
    site: Data<Site>,
    browser: Browser,
    Message(incoming): Message,
) -> HttpResponse {
    let outcome = site
        .engine
        .receive(Protocol::Oidc, &incoming, browser.visitor)
        .await;
    respond::outcome(&site, browser, outcome)
}
