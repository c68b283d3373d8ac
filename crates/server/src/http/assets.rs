//! Our own style sheet, script and logo, compiled in.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web::{Data, Path},
};

use super::{Site, respond};

/// Name, media type, content.
const FILES: &[(&str, &str, &str)] = &[
    (
        "vestibule.css",
        "text/css; charset=utf-8",
        include_str!("../../../../web/static/vestibule.css"),
    ),
    (
        "frames.js",
        "text/javascript; charset=utf-8",
        include_str!("../../../../web/static/frames.js"),
    ),
    (
        "logo.svg",
        "image/svg+xml",
        include_str!("../../../../web/static/logo.svg"),
    ),
    (
        "page.js",
        "text/javascript; charset=utf-8",
        include_str!("../../../../web/static/page.js"),
    ),
    (
        "submit.js",
        "text/javascript; charset=utf-8",
        include_str!("../../../../web/static/submit.js"),
    ),
    (
        "webauthn.js",
        "text/javascript; charset=utf-8",
        include_str!("../../../../web/static/webauthn.js"),
    ),
];

/// One of them; anything else is not found.
pub(super) async fn file(site: Data<Site>, name: Path<String>) -> HttpResponse {
    match FILES.iter().find(|(given, ..)| *given == name.as_str()) {
        Some((_, kind, content)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, *kind))
            .insert_header((CACHE_CONTROL, "public, max-age=3600"))
            .body(*content),
        None => respond::not_found(site).await,
    }
}
