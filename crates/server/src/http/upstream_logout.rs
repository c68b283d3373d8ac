//! Where upstreams say that their sessions are over, or answer us: `/upstream/{id}/saml/slo` and
//! `/upstream/{id}/oidc/signed-out` for what a browser brings, `/upstream/{id}/oidc/backchannel-logout` for those that call
//! us themselves.
//!
//! Owns the status of our answer. What ends, and who is told of it, is the engine's.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use vestibule_core::{id::UpstreamId, port::Callback};

use super::{Site, browser::Browser, message::Message, respond, to_its_end::to_its_end};

/// A logout message, by HTTP-Redirect or HTTP-POST; or a browser that is back from an OpenID provider (RP-Initiated Logout
/// 1.0 section 3).
pub(super) async fn brought(
    site: Data<Site>,
    browser: Browser,
    id: Path<String>,
    Message(message): Message,
) -> HttpResponse {
    let Ok(upstream) = UpstreamId::new(id.into_inner()) else {
        return respond::not_found(site).await;
    };
    let (at, visitor) = (site.clone(), browser.visitor);
    let ended =
        to_its_end(async move { at.engine.upstream_logout(&upstream, message, visitor).await });
    respond::outcome(&site, browser, ended.await)
}

/// A logout token, posted by the provider itself (Back-Channel Logout 1.0 section 2.5). The answer is its status alone, and
/// is not to be kept by anybody (section 2.8).
pub(super) async fn back_channel(
    site: Data<Site>,
    request: HttpRequest,
    id: Path<String>,
    message: Result<Message, actix_web::Error>,
) -> HttpResponse {
    let Ok(upstream) = UpstreamId::new(id.into_inner()) else {
        return respond::not_found(site).await;
    };
    // Section 2.8: whatever was wrong with the request, or with us, is a 400.
    let Ok(Message(message)) = message else {
        return HttpResponse::BadRequest().finish();
    };
    let message = Callback {
        query: String::new(),
        ..message
    };
    let (at, visitor) = (site.clone(), Browser::known(&site, &request).visitor);
    let heard =
        to_its_end(async move { at.engine.upstream_calls(&upstream, message, visitor).await });
    match heard.await {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(_) => HttpResponse::BadRequest().finish(),
    }
}
