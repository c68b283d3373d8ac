//! Our face towards one upstream.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CONTENT_TYPE,
    web::{Data, Path, Payload},
};
use vestibule_core::{id::UpstreamId, port::Callback};

use super::{App, body::raw_form, browser::Browser, respond, saml::METADATA};

/// What a SAML upstream needs to know of us.
pub(super) async fn saml_metadata(app: Data<App>, id: Path<String>) -> HttpResponse {
    let metadata = UpstreamId::new(id.into_inner())
        .ok()
        .and_then(|id| app.sp_metadata.get(&id).cloned());
    match metadata {
        Some(xml) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, METADATA))
            .body(xml),
        None => respond::not_found(app).await,
    }
}

/// An answer by redirect.
pub(super) async fn redirected(
    app: Data<App>,
    request: HttpRequest,
    id: Path<String>,
) -> HttpResponse {
    let callback = Callback {
        query: request.query_string().to_owned(),
        form: None,
    };
    finish(app, request, id, callback).await
}

/// An answer by form post: from another site, so without our cookie.
pub(super) async fn posted(
    app: Data<App>,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> HttpResponse {
    match raw_form(&request, payload).await {
        Ok(raw) => {
            let callback = Callback {
                query: request.query_string().to_owned(),
                form: Some(raw),
            };
            finish(app, request, id, callback).await
        }
        Err(bad) => respond::bad_body(&app, bad),
    }
}

async fn finish(
    app: Data<App>,
    request: HttpRequest,
    id: Path<String>,
    callback: Callback,
) -> HttpResponse {
    let Ok(upstream) = UpstreamId::new(id.into_inner()) else {
        return respond::not_found(app).await;
    };
    let browser = Browser::known(&app, &request);
    let outcome = app
        .engine
        .callback(&upstream, callback, browser.visitor)
        .await;
    respond::outcome(&app, browser, outcome)
}
