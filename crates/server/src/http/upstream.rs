//! Our face towards one upstream.

use std::panic::resume_unwind;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use tracing::Instrument;
use vestibule_core::id::UpstreamId;

use super::{Site, browser::Browser, message::Message, respond, saml::as_metadata};

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

/// In a task of its own, which goes on if whoever asked hangs up.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        // A fault of ours is contained where all are.
        Err(failed) => resume_unwind(
            failed
                .try_into_panic()
                .unwrap_or_else(|gone| Box::new(gone)),
        ),
    }
}
