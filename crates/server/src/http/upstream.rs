//! Our face towards one upstream.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use vestibule_core::id::UpstreamId;

use super::{
    Site, browser::Browser, message::Message, respond, saml::as_metadata, to_its_end::to_its_end,
};

/// What a SAML upstream needs to know of us.
pub(super) async fn saml_metadata(site: Data<Site>, id: Path<String>) -> HttpResponse {
    let id = UpstreamId::new(id.into_inner()).ok();
    match id.and_then(|id| site.saml_upstreams.get(&id)) {
        Some(upstream) => as_metadata(
            &site,
            upstream.sp_metadata().map_err(|error| error.to_string()),
        ),
        None => respond::not_found(site).await,
    }
}

/// An answer: by redirect, or by form post, which comes from another site and so without our cookie.
pub(super) async fn answered(
    site: Data<Site>,
    request: HttpRequest,
    id: Path<String>,
    Message(callback): Message,
) -> HttpResponse {
    let Ok(upstream) = UpstreamId::new(id.into_inner()) else {
        return respond::not_found(site).await;
    };
    let browser = Browser::known(&site, &request);
    let (at, visitor) = (site.clone(), browser.visitor);
    // A question to the provider counts also if whoever caused it hangs up (attack row WA-21).
    let judged =
        to_its_end(async move { at.engine.callback(&upstream, callback, visitor).await }).await;
    respond::outcome(&site, browser, judged)
}
